"""Ground → the lowest layers: addresses instead of streets, in the theme's inks, each kind drawn."""

import json
from typing import Any

from dashboard import theme
from dashboard.ground_layers import ground_layers
from dashboard.scenery import Kind, ground
from models.ids import CityId
from tests.unit.dashboard.little_town import town
from tests.unit.dashboard.snapshots import CITY

OPEN = ground(town())
CLOSED = ground(town("Kell Bridge"))


def layers(dark: bool = True, city: CityId = CITY) -> list[dict[str, Any]]:
    return [json.loads(one) for one in ground_layers(city, CLOSED, dark)]


def test_from_the_ground_up_water_over_streets_and_bridges_over_water() -> None:
    assert [one["id"] for one in layers()] == [
        "parks", "streets", "boulevard casing", "boulevards", "shore", "water", "bridge casing", "bridges", "closed",
        "zones", "zone names",
    ]  # fmt: skip


def test_a_session_is_sent_addresses_and_no_streets() -> None:
    said = ground_layers(CITY, OPEN, True)

    assert all('"data":"/city/' in one for one in said)
    assert sum(map(len, said)) < 5_000


def test_another_theme_has_other_inks_at_the_same_addresses() -> None:
    dark, light = layers(dark=True), layers(dark=False)

    assert [one["data"] for one in dark] == [one["data"] for one in light]
    assert dark[0]["getFillColor"] == theme.rgba("park", True) != light[0]["getFillColor"]


def test_the_same_ground_is_the_same_layers_so_that_nothing_is_made_or_fetched_again() -> None:
    assert ground_layers(CITY, ground(town()), True) is ground_layers(CITY, OPEN, True)


def test_only_what_changed_has_another_address() -> None:
    def data(of: Any) -> set[str]:
        return {json.loads(one)["data"] for one in ground_layers(CITY, of, True)}

    assert {address.split("/")[3].split(".")[0] for address in data(CLOSED) - data(OPEN)} == {"bridge", "closed"}


def test_any_citys_id_can_be_asked_for() -> None:
    assert layers(city=CityId("a/b?c#d&e"))[0]["data"].endswith("/park.geojson?city=a%2Fb%3Fc%23d%26e")


def test_what_is_closed_has_a_sign_and_words_and_not_only_a_colour() -> None:
    closed = next(one for one in layers() if one["id"] == "closed")

    assert closed["pointType"] == "icon+text"
    assert closed["iconMapping"].keys() == {Kind.CLOSED}
    assert "closed" in closed["getText"]
