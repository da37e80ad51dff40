"""What the panels say, before any of it is drawn."""

import msgspec
import pytest

from dashboard.frames import Filter, Row, counts, freshness, marks, matches, rows, status_words, way
from dashboard.snapshot import Progress, Snapshot
from models.driver import Signal
from models.events import Position
from models.geo import Point
from models.ids import DriverId, OrderId
from models.slack import Risk
from models.ways import MINUTE_MS
from tests.unit.dashboard.snapshots import LANTERN, NOW, WALL, order, snapshot, told


def listed(s: Snapshot) -> dict[str, Row]:
    return {row.id: row for row in rows(s, marks(s))}


def test_only_open_orders_are_listed_and_the_least_slack_comes_first() -> None:
    s = snapshot()

    assert [row.id for row in rows(s, marks(s))] == ["4", "3", "2", "1", "5"]


def test_each_risk_follows_the_promise_and_the_estimate() -> None:
    found = {number: row.risk for number, row in listed(snapshot()).items()}

    assert found["1"] is Risk.ON_TRACK
    assert found["2"] is Risk.TIGHT
    assert found["3"] is Risk.AT_RISK
    assert found["4"] is Risk.LATE


def test_an_order_without_an_estimate_has_no_slack_but_keeps_its_place() -> None:
    row = listed(snapshot())["5"]

    assert row.slack_ms is None
    assert row.eta is None


def test_an_estimate_that_time_has_overtaken_counts_as_now() -> None:
    s = snapshot(etas={OrderId("1"): told("1", -5)})

    assert listed(s)["1"].slack_ms == 30 * MINUTE_MS


def test_a_late_order_never_shows_slack_to_spare() -> None:
    s = snapshot(etas={OrderId("4"): told("4", -20)})

    assert listed(s)["4"].slack_ms == -3 * MINUTE_MS


def test_every_row_is_under_all_and_under_its_own_filters() -> None:
    s = snapshot()

    numbers = counts(rows(s, marks(s)))

    assert numbers == {Filter.ALL: 5, Filter.LATE: 1, Filter.AT_RISK: 1, Filter.TIGHT: 1, Filter.UNASSIGNED: 3}
    assert matches(listed(s)["4"], Filter.UNASSIGNED)


def test_a_driver_off_duty_is_not_on_the_map() -> None:
    assert [mark.driver.id for mark in marks(snapshot())] == ["D-1", "D-2", "D-3"]


def test_a_marker_has_the_worst_risk_of_what_it_carries() -> None:
    found = {mark.driver.id: (mark.shape, mark.risk) for mark in marks(snapshot())}

    assert found[DriverId("D-1")] == ("free", Risk.ON_TRACK)
    assert found[DriverId("D-2")] == ("to restaurant", Risk.TIGHT)
    assert found[DriverId("D-3")] == ("to door", Risk.AT_RISK)


def silenced(s: Snapshot, seconds: int) -> Snapshot:
    quiet = Position(DriverId("D-3"), NOW - seconds * 1000, Point(7, 7))
    older = msgspec.structs.replace(s.drivers[DriverId("D-3")], stood_at=quiet.at - 1)
    return msgspec.structs.replace(
        s, positions=s.positions | {quiet.driver: quiet}, drivers=s.drivers | {older.id: older}
    )


@pytest.mark.parametrize(("seconds", "says"), [(30, Signal.LIVE), (31, Signal.SILENT), (301, Signal.LOST)])
def test_a_silent_phone_keeps_its_last_place_and_another_shape(seconds: int, says: Signal) -> None:
    mark = marks(silenced(snapshot(), seconds))[2]

    assert mark.signal is says
    assert mark.point == Point(7, 7)
    assert mark.shape == ("to door" if says is Signal.LIVE else "silent")


def test_nobody_is_silent_in_a_city_that_is_closed() -> None:
    s = silenced(snapshot(), 301)
    closed = msgspec.structs.replace(s, view=msgspec.structs.replace(s.view, closed=True))

    assert marks(closed)[2].signal is Signal.LIVE


def test_a_position_older_than_the_drivers_row_does_not_pull_it_back() -> None:
    s = snapshot(positions={DriverId("D-1"): Position(DriverId("D-1"), NOW - 90_000, Point(9, 9))})

    assert marks(s)[0].point == Point(500, 0)


@pytest.mark.parametrize(("age_ms", "stale"), [(10_000, False), (10_001, True)])
def test_a_panel_is_stale_after_ten_seconds(age_ms: int, stale: bool) -> None:
    s = snapshot(progress={"city_commands": Progress(NOW, WALL - age_ms)})

    assert freshness(s, "city_commands").stale is stale


def test_kpis_come_once_a_minute_and_are_not_stale_between() -> None:
    s = snapshot(progress={"city_kpis": Progress(NOW, WALL - 65_000)})

    assert not freshness(s, "city_kpis").stale


def test_a_clock_that_runs_ahead_gives_no_negative_age() -> None:
    s = snapshot(progress={"city_commands": Progress(NOW, WALL + 500)})

    assert freshness(s, "city_commands").age_ms == 0


def test_a_status_is_refined_by_its_stamps() -> None:
    ready = order("1", promise_in=1, ready_at=NOW)
    there = order("1", promise_in=1, status="out_for_delivery", at_door_at=NOW)

    assert [status_words(o) for o in (ready, there, order("1", promise_in=1, status="pending"))] == [
        "Food ready",
        "At the door",
        "Pending",
    ]


@pytest.mark.parametrize("status", ["pending", "preparing"])
def test_an_order_that_a_person_holds_back_says_so(status: str) -> None:
    held = msgspec.structs.replace(order("1", promise_in=1, status=status), held=True)

    assert status_words(held) == "Held"
    assert status_words(msgspec.structs.replace(held, status="cancelled")) == "Cancelled"


def test_the_drivers_way_leads_to_the_restaurant_while_the_food_is_there_and_then_by_the_doors_before() -> None:
    s = snapshot()
    to_kitchen, to_door = s.orders[OrderId("2")], s.orders[OrderId("3")]
    both = msgspec.structs.replace(marks(s)[2].driver, route=(OrderId("2"), OrderId("3")))
    mark = msgspec.structs.replace(marks(s)[2], driver=both)

    assert way(s, to_kitchen, marks(s)[1]) == (Point(800, 100), LANTERN.point)
    assert way(s, to_door, mark) == (Point(800, 100), to_kitchen.door, to_door.door)
    assert way(s, to_door, None) == ()
