"""What is where on the map, and the JSON that says so."""

import json
from typing import Any

import pytest

from dashboard import atlas, layers
from dashboard.deck import Map
from dashboard.frames import marks, rows
from dashboard.layers import TILE_PIXELS, WORLD_METRES, Frame, Places
from dashboard.snapshot import Snapshot
from models.geo import Point
from models.ids import OrderId
from tests.unit.dashboard.little_town import town_view
from tests.unit.dashboard.snapshots import LANTERN, TRAVEL, snapshot
from tests.unit.dashboard.test_frames import silenced

PLACE = Places(TRAVEL)


def drawn(s: Snapshot, chosen: str | None = None, dark: bool = True) -> dict[str, Any]:
    found, on_duty = rows(s, marks(s)), marks(s)
    row = next((r for r in found if r.id == chosen), None)
    mark = next((m for m in on_duty if row and m.driver.id == row.order.driver), None)
    assert s.view is not None
    made: dict[str, Any] = json.loads(Map(s, s.view, found, on_duty, dark).drawn(row, mark).to_json())
    return made


def layer(deck: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in deck["layers"] if one["id"] == name)


def test_the_map_asks_nobody_for_a_basemap() -> None:
    deck = drawn(snapshot())

    assert deck["mapStyle"] == "__MAP_STYLE__"  # pydeck's word for none: with any other Streamlit asks CARTO
    assert "http" not in json.dumps(deck).replace("http://www.w3.org/2000/svg", "")


def test_the_calm_lie_below_the_urgent() -> None:
    deck = drawn(snapshot())

    assert [one["id"] for one in deck["layers"]] == [
        "grid", "kitchens", "doors", "tight", "reach", "drivers", "urgent",
    ]  # fmt: skip
    assert [one["i"] for one in layer(deck, "drivers")["data"]] == ["free|on track", "to restaurant|tight"]
    assert [one["i"] for one in layer(deck, "urgent")["data"]] == ["at risk", "late", "to door|at risk"]


def test_every_icon_on_the_map_is_in_the_atlas() -> None:
    deck = drawn(silenced(snapshot(), 90), chosen="3")
    used = {d["i"] for one in deck["layers"] if one["@@type"] == "IconLayer" for d in one["data"]}

    assert used <= set(atlas.icon_mapping())


def test_the_atlas_has_another_ink_in_each_theme_and_no_icon_lies_on_another() -> None:
    cells = [(cell["x"], cell["y"]) for cell in atlas.icon_mapping().values()]

    assert atlas.atlas(True) != atlas.atlas(False)
    assert len(set(cells)) == len(cells)


@pytest.mark.parametrize(
    ("at", "degrees"), [(Point(0, -100), 0), (Point(-100, 0), -90), (Point(100, 0), 90), (Point(0, 100), -180)]
)
def test_an_arrow_points_where_its_driver_goes(at: Point, degrees: int) -> None:
    """From the south one heads north, 0; deck.gl counts against the clock."""
    s = snapshot()
    mark = marks(s)[1]
    here = type(mark)(mark.driver, at, mark.shape, mark.signal, 0, mark.risk)

    assert layers.heading(s, here) in (degrees, -degrees if abs(degrees) == 180 else degrees)


def test_a_silent_driver_may_be_anywhere_within_its_reach() -> None:
    near, far = (layers.silent_data(marks(silenced(snapshot(), seconds)), PLACE)[0]["r"] for seconds in (60, 3600))

    assert (near, far) == (300, 1200)


def test_a_chosen_order_adds_its_route_its_drivers_way_and_its_ends_on_top() -> None:
    deck = drawn(snapshot(), chosen="2")

    assert [one["id"] for one in deck["layers"]][-5:] == ["halo", "route", "way", "ends", "labels"]
    assert layer(deck, "route")["data"][0]["w"][0] == PLACE(LANTERN.point)
    assert [one["t"].split("\n")[0] for one in layer(deck, "labels")["data"]] == ["Lantern 52", "#2", "D-2"]


def test_the_view_goes_to_the_chosen_route_and_does_not_follow_the_driver() -> None:
    s = snapshot()
    moved = snapshot(positions={})

    assert drawn(s, chosen="2")["initialViewState"] == drawn(moved, chosen="2")["initialViewState"]
    assert drawn(s, chosen="2")["initialViewState"] != drawn(s)["initialViewState"]


def test_a_way_across_the_whole_city_is_not_seen_from_farther_off_than_the_city() -> None:
    s = snapshot(view=town_view("Kell Bridge"))

    assert drawn(s, chosen="2")["initialViewState"]["zoom"] >= drawn(s)["initialViewState"]["zoom"]


def test_the_citys_view_stays_while_orders_come_and_go() -> None:
    assert drawn(snapshot())["initialViewState"] == drawn(snapshot(orders={}))["initialViewState"]


def test_a_city_without_restaurants_still_has_a_view() -> None:
    view = drawn(snapshot(restaurants={}))["initialViewState"]

    assert 8 < view["zoom"] < 20


def test_a_city_with_streets_lies_on_them_and_needs_no_grid() -> None:
    deck = drawn(snapshot(view=town_view()), chosen="2")
    ids = [one["id"] for one in deck["layers"]]

    assert ids[0] == "parks"
    assert ids.index("zone names") < ids.index("kitchens")
    assert "grid" not in ids


def test_every_street_is_in_view_on_a_desk() -> None:
    """A map of 1440 × 900 is 448 pixels high, and 40 of them lie under its notes."""
    view = town_view()
    frame = Frame.of_city(snapshot(), view, Places(view.rules.travel))
    pixels_a_metre = TILE_PIXELS * 2**frame.zoom / (WORLD_METRES * frame.shrink)

    assert 1000 * pixels_a_metre <= 400
    assert 390 < 2000 * pixels_a_metre < 560


def test_the_route_and_the_drivers_way_go_along_the_streets() -> None:
    deck = drawn(snapshot(view=town_view("Kell Bridge")), chosen="2")
    corners = layer(deck, "route")["data"][0]["w"]

    assert corners[1:-1] == [
        PLACE(corner) for corner in (Point(0, 0), Point(0, 1000), Point(2000, 1000), Point(2000, 0))
    ]
    assert {dot["p"][1] for dot in layer(deck, "way")["data"]} >= {PLACE(Point(800, 100))[1], PLACE(LANTERN.point)[1]}


def test_a_restaurant_grows_with_what_it_has_to_cook() -> None:
    s = snapshot()
    kitchens = layers.kitchen_data(s, rows(s, marks(s)), PLACE)

    assert [kitchen["s"] for kitchen in kitchens] == [12, 9]
    assert kitchens[0]["t"] == "Lantern 52, 4 orders in the kitchen"


def test_an_order_whose_restaurant_nobody_knows_yet_has_no_route() -> None:
    s = snapshot(restaurants={})

    assert layers.route_data(s, s.orders[OrderId("1")], PLACE) == []
