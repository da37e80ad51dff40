"""The seven tiles: a number, its age, its course."""

import msgspec

from dashboard import markup
from dashboard.frames import marks, rows
from dashboard.snapshot import Progress, Snapshot
from dashboard.tiles import Minutes, Tile, tiles
from models.views import CityCard
from models.ways import MINUTE_MS
from tests.unit.dashboard.snapshots import CITY, NOW, WALL, minutes, snapshot


def shown(s: Snapshot | None = None, course: Minutes = None) -> dict[str, Tile]:
    s = s or snapshot()
    on_duty = marks(s)
    return {tile.key: tile for tile in tiles(s, rows(s, on_duty), on_duty, course)}


def test_the_tiles_count_what_is_open_now() -> None:
    found = shown()

    assert {key: tile.value for key, tile in found.items()} == {
        "active": "5", "late": "1", "risk": "1", "on-time": "94.2", "click": "29", "unassigned": "3", "drivers": "1",
    }  # fmt: skip
    assert (found["click"].second, found["unassigned"].unit, found["drivers"].unit) == ("44", "41 min", "of 3")


def test_the_worst_slack_stands_where_risk_has_no_history() -> None:
    assert shown()["late"].note == "worst −5 min"


def test_a_course_says_how_far_it_moved_in_a_quarter_of_an_hour() -> None:
    found = shown(course=minutes())

    assert found["active"].note == "+15 in 15 min"
    assert found["on-time"].note == "±0 in 15 min"


def test_a_figure_of_the_last_hour_says_of_how_much_of_it_while_the_city_is_younger() -> None:
    closed = snapshot().kpi
    assert closed is not None
    young = snapshot(cities={CITY: CityCard("Port Merrin", closed.minute - 4 * MINUTE_MS + 1)})
    found = shown(young, minutes())

    assert {key for key, tile in found.items() if tile.part == "of 4 min"} == {"on-time", "click"}
    assert "<em>of 4 min</em>" in markup.tile(found["on-time"])
    assert 'class="tile on-time part"' in markup.tile(found["on-time"])
    assert "Now of 4 min, since the city opened." in markup.tile(found["click"])
    assert "<em>+15 in 15 min</em>" in markup.tile(found["active"])


def test_of_a_city_that_is_not_known_to_be_young_nothing_is_said() -> None:
    for known in (snapshot(cities={}), snapshot(kpi=None), snapshot()):
        assert {tile.part for tile in shown(known).values()} == {""}


def test_without_postgres_the_line_is_missing_and_the_number_is_live() -> None:
    found = shown(course=None)

    assert found["active"].line is None
    assert found["active"].value == "5"
    assert "<i class=spark></i>" in markup.tile(found["active"])


def test_a_missing_number_keeps_its_place() -> None:
    found = shown(snapshot(view=None, kpi=None, answered=False))

    assert {tile.value for tile in found.values()} == {"–"}


def test_a_stale_tile_says_as_of_when_and_only_its_own_source_makes_it_so() -> None:
    fresh = snapshot()
    found = shown(
        msgspec.structs.replace(fresh, progress=fresh.progress | {"city_commands": Progress(NOW, WALL - 43_000)})
    )

    assert found["active"].stale
    assert not found["click"].stale
    assert "as of 09:15:00" in markup.tile(found["active"])
