"""Port Merrin on paper: one can get everywhere, and over the river only by bridge."""

import math
from random import Random

import msgspec
import pytest
import shapely

from models.geo import Point
from models.scenery import Ring
from models.streets import NO_WAY_METRES
from simulator.sources.town import BRIDGES, ZONES_NORTH, ZONES_SOUTH, Town, town


@pytest.fixture(scope="module", params=range(4))
def here(request: pytest.FixtureRequest) -> Town:
    return town(request.param)


def area(ring: Ring) -> shapely.Polygon:
    return shapely.Polygon([(p.x, p.y) for p in ring])


def test_the_same_seed_is_the_same_city() -> None:
    one, two = town(3), town(3)

    assert (one.travel, one.scenery, one.centres) == (two.travel, two.scenery, two.centres)


def test_every_junction_can_be_reached(here: Town) -> None:
    junctions = here.travel.junctions
    ways = [here.travel.metres(junctions[0], there) for there in junctions]

    assert 900 < len(junctions) < 1_500
    assert max(ways) < 20_000


def test_streets_cross_water_only_on_bridges(here: Town) -> None:
    wet = shapely.union_all([area(ring) for ring in here.scenery.water]).buffer(-8)
    for street in here.travel.streets:
        a, b = here.travel.junctions[street.a], here.travel.junctions[street.b]
        line = shapely.LineString([(a.x, a.y), (b.x, b.y)])

        assert street.name in BRIDGES or not wet.intersects(line)


def test_without_its_bridges_a_city_is_cut_in_two(here: Town) -> None:
    bridges = tuple(s.name for s in here.travel.streets if s.name in BRIDGES)
    cut = msgspec.structs.replace(here.travel, closed=bridges)
    north, south = here.centres[1], here.centres[5]

    assert 4 <= len(bridges) == len(set(bridges))
    assert here.travel.metres(north, south) < 8_000
    assert cut.metres(north, south) > NO_WAY_METRES


def test_each_bridge_can_be_closed_and_the_city_still_hangs_together(here: Town) -> None:
    for name in (s.name for s in here.travel.streets if s.name in BRIDGES):
        closed = msgspec.structs.replace(here.travel, closed=(name,))

        assert closed.metres(here.centres[1], here.centres[5]) < 12_000


def test_quarters_have_their_names_and_do_not_overlap(here: Town) -> None:
    rings = [area(zone.ring) for zone in here.scenery.zones]

    assert [zone.name for zone in here.scenery.zones] == [*ZONES_NORTH, *ZONES_SOUTH]
    assert math.fsum(ring.area for ring in rings) == pytest.approx(shapely.union_all(rings).area, rel=0.01)
    assert all(ring.contains(shapely.Point(c.x, c.y)) for ring, c in zip(rings, here.centres, strict=True))


def test_parks_are_dry_and_no_street_crosses_them(here: Town) -> None:
    wet = shapely.union_all([area(ring) for ring in here.scenery.water])
    for park in (area(ring) for ring in here.scenery.parks):
        assert not park.intersects(wet)
        for street in here.travel.streets:
            a, b = here.travel.junctions[street.a], here.travel.junctions[street.b]
            assert not park.buffer(-40).intersects(shapely.LineString([(a.x, a.y), (b.x, b.y)]))


def test_an_address_is_beside_its_street() -> None:
    here = town(0)
    streets = shapely.MultiLineString(
        [[(p.x, p.y) for p in (here.travel.junctions[s.a], here.travel.junctions[s.b])] for s in here.travel.streets]
    )
    for n in range(50):
        door = here.address(Random(n), Point(150.0 * n, 120.0 * n))

        assert streets.distance(shapely.Point(door.x, door.y)) == pytest.approx(14, abs=14)
