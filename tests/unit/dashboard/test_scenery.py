"""Rules → GeoJSON: what a street's name says, and which address changes when a bridge closes."""

import json
from typing import Any

import msgspec
import pytest

from dashboard.scenery import Ground, Kind, ground, middle
from models.geo import Point
from models.rules import Rules
from models.scenery import Scenery, Zone
from tests.unit.dashboard.little_town import SQUARE, town
from tests.unit.dashboard.snapshots import RULES


def features(rules: Rules, kind: Kind) -> list[dict[str, Any]]:
    part = next(p for p in ground(rules).parts if p.kind is kind)
    found: list[dict[str, Any]] = json.loads(part.geojson)["features"]
    return found


def addresses(rules: Rules) -> dict[Kind, str]:
    return {part.kind: part.digest for part in ground(rules).parts}


def test_a_city_of_which_only_points_are_known_has_no_ground() -> None:
    assert ground(RULES) == Ground()


def test_a_streets_name_says_what_it_is() -> None:
    names = {k: [f["properties"].get("name") for f in features(town(), k)] for k in addresses(town())}

    assert names == {
        Kind.PARK: [None], Kind.STREET: [None], Kind.BOULEVARD: ["Market Street"], Kind.WATER: [None],
        Kind.BRIDGE: ["Kell Bridge", "Old Bridge"], Kind.ZONE: ["Harbour"], Kind.LABEL: ["Harbour"],
    }  # fmt: skip


def test_all_side_streets_are_one_feature_of_many_lines_in_degrees() -> None:
    (streets,) = features(town(), Kind.STREET)

    assert streets["geometry"]["type"] == "MultiLineString"
    assert len(streets["geometry"]["coordinates"]) == 2
    assert streets["geometry"]["coordinates"][1][0] == [77.0, 43.0]


def test_a_closed_bridge_changes_its_own_parts_and_no_others() -> None:
    before, after = addresses(town()), addresses(town("Kell Bridge"))

    assert {kind for kind in after if after[kind] != before.get(kind)} == {Kind.BRIDGE, Kind.CLOSED}
    assert addresses(town()) == before


def test_a_closed_street_is_drawn_as_closed_and_marked_in_its_middle() -> None:
    way, sign = features(town("Market Street"), Kind.CLOSED)

    assert way["properties"] == sign["properties"] == {"kind": "closed", "name": "Market Street"}
    assert sign["geometry"]["type"] == "Point"
    (ends,) = way["geometry"]["coordinates"]
    assert sign["geometry"]["coordinates"][0] == pytest.approx((ends[0][0] + ends[1][0]) / 2, abs=1e-6)
    assert Kind.BOULEVARD not in addresses(town("Market Street"))


def test_an_areas_outline_comes_back_to_its_first_corner() -> None:
    (park,) = features(town(), Kind.PARK)
    (outline,) = park["geometry"]["coordinates"]

    assert len(outline) == 5
    assert outline[0] == outline[-1]


def test_two_corners_are_no_area() -> None:
    line = (Point(0, 0), Point(1, 1))
    rules = msgspec.structs.replace(RULES, scenery=Scenery(water=(line,), zones=(Zone("Quay", line),)))

    assert ground(rules).parts == ()


def test_a_zones_name_stands_in_the_middle_of_its_area_however_its_corners_lie() -> None:
    crowded = (*SQUARE[:2], Point(2000, 10), Point(2000, 20), *SQUARE[2:])

    assert (middle(crowded).x, middle(crowded).y) == pytest.approx((1000, 500))
    assert middle((Point(3, 4), Point(3, 4), Point(3, 4))) == Point(3, 4)


def test_the_box_holds_every_street() -> None:
    box = ground(town()).box

    assert box is not None
    assert (box[0].lat, box[0].lon) == (43.0, 77.0)
    assert box[1].lat > 43.008
    assert box[1].lon > 77.02


def test_a_part_is_found_by_its_kind_and_address_alone() -> None:
    whole = ground(town())
    park = whole.parts[0]

    assert whole.part("park", park.digest) == park
    assert whole.part("water", park.digest) is None
