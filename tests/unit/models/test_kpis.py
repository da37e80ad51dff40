"""One row a minute: what was counted in it, and the shares and percentiles of its last 60 minutes."""

import pytest

from models.city import City
from models.commands import AcceptOrder, CancelOrder, Deliver, DispatchTurn, EndShift, MarkReady, PickUp
from models.events import Fact
from models.ids import OrderId
from models.kpis import KpiMinute, Kpis, count
from tests.unit.models.builders import (
    CITY,
    D1,
    D2,
    D3,
    HOUR,
    MINUTE,
    O1,
    O2,
    O3,
    Town,
    delivered_town,
    minute,
    opened_town,
    placed,
    shift,
    turn,
)


def _rows(log: list[Fact]) -> list[KpiMinute]:
    kpis = Kpis(City(CITY))
    return [row for fact in log for row in count(kpis, fact) if isinstance(row, KpiMinute)]


def _last(town: Town) -> KpiMinute:
    return _rows(town.log)[-1]


def _ten_deliveries() -> Town:
    """Ten orders, one after the other, that took 1, 2 … 10 minutes; the last was delivered at minute 55."""
    took = range(1, 11)
    ends = [sum(took[:n]) for n in took]
    return delivered_town(*((OrderId(f"o{n:02}"), end - n, end) for n, end in zip(took, ends, strict=True)))


def test_a_minute_counts_what_happened_in_it() -> None:
    town = opened_town().do(placed(O1), placed(O2), placed(O3), CancelOrder(O3, "customer")).tick(1).tick(2)
    first, second = _rows(town.log)

    assert (first.minute, first.placed, first.delivered, first.cancelled) == (minute(1), 3, 0, 1)
    assert (second.minute, second.placed, second.delivered, second.cancelled) == (minute(2), 0, 0, 0)


def test_a_minute_counts_by_event_time_however_late_it_closes() -> None:
    """The past of a synthetic city has its ticks at :59, and half of each minute's orders were counted a minute too early."""
    town = opened_town().tick(0.9).do(placed(O1), at=minute(0.95)).do(placed(O2), at=minute(1))
    town.do(placed(O3), at=minute(1.5)).tick(1.9).tick(2.9)

    assert [(row.minute, row.placed) for row in _rows(town.log)[-2:]] == [(minute(1), 2), (minute(2), 1)]


def test_what_is_told_of_a_minute_that_is_closed_counts_in_the_next_one() -> None:
    town = opened_town().tick(1).do(placed(O1), at=minute(0.5)).tick(2)

    assert [(row.minute, row.placed) for row in _rows(town.log)] == [(minute(1), 0), (minute(2), 1)]


def test_a_minute_shows_the_city_as_it_stood_when_it_closed() -> None:
    town = opened_town().do(*(shift(d) for d in (D1, D2, D3)), placed(O1), placed(O2), placed(O3)).tick(1)
    row = _last(town.do(turn(minute(1), (D1, O1)), AcceptOrder(O1)).tick(2))

    assert (row.active, row.unassigned) == (3, 2)
    assert (row.drivers_available, row.drivers_busy) == (2, 1)


def test_who_is_off_is_neither_available_nor_busy() -> None:
    row = _last(opened_town().do(shift(D1), shift(D2), EndShift(D2)).tick(1))

    assert (row.drivers_available, row.drivers_busy) == (1, 0)


def test_a_tick_within_a_minute_closes_none() -> None:
    town = opened_town().tick(1).tick(1.5).tick(1.9).tick(2)

    assert [row.minute for row in _rows(town.log)] == [minute(1), minute(2)]


def test_skipped_minutes_are_closed_too_and_the_first_of_them_has_the_counts() -> None:
    town = opened_town().tick(1).do(placed()).tick(4.5)
    rows = _rows(town.log)

    assert [(row.minute, row.placed) for row in rows] == [(minute(n), 1 if n == 2 else 0) for n in (1, 2, 3, 4)]
    assert [row.active for row in rows[1:]] == [1, 1, 1]


def test_the_first_tick_closes_the_minute_before_it_and_none_of_the_past() -> None:
    assert [row.minute for row in _rows(opened_town().tick(90.5).log)] == [minute(90)]


def test_where_nothing_was_delivered_there_is_no_share_and_no_percentile() -> None:
    row = _last(opened_town().do(placed()).tick(1))

    assert row.window_delivered == 0
    assert (row.on_time_share, row.click_to_door_p50_minutes, row.click_to_door_p90_minutes) == (None, None, None)


def test_percentiles_are_those_of_an_order_that_was_delivered() -> None:
    """Nearest rank: of ten, the median is the fifth and the 90th percentile the ninth."""
    row = _last(_ten_deliveries().tick(56))

    assert row.window_delivered == 10
    assert (row.click_to_door_p50_minutes, row.click_to_door_p90_minutes) == (5.0, 9.0)


def test_a_delivery_counts_for_sixty_minutes() -> None:
    """The window of minute m is (m − 60, m]: what was delivered at minute 10 counts at 69 and no longer at 70."""
    log = delivered_town((O1, 0, 10)).tick(69).tick(70).log

    assert [(row.minute, row.window_delivered) for row in _rows(log)[-2:]] == [(minute(69), 1), (minute(70), 0)]


def test_on_time_is_at_the_promise_or_before() -> None:
    late_by = 1 / MINUTE
    town = delivered_town((O1, 0, 40), (O2, 41, 81 + late_by)).tick(82)

    assert _last(town).on_time_share == 0.5


def test_food_that_never_came_was_not_on_time() -> None:
    """Of two promises for 40 that fell due one was kept; one for 90 is not due yet."""
    town = delivered_town((O1, 0, 30)).do(placed(O2), placed(O3, promise=90)).tick(41)

    assert _last(town).on_time_share == 0.5


def test_early_food_counts_when_its_promise_falls_due_and_for_an_hour() -> None:
    log = delivered_town((O1, 0, 10)).tick(39).tick(40).tick(99).tick(100).log
    shares = {row.minute: row.on_time_share for row in _rows(log)}

    assert [shares[minute(n)] for n in (39, 40, 99, 100)] == [None, 1.0, 1.0, None]


@pytest.mark.parametrize(("cancelled", "share"), [(39, None), (40, 0.0)])
def test_an_order_that_is_cancelled_before_its_promise_was_not_broken(cancelled: float, share: float | None) -> None:
    town = opened_town().do(placed()).tick(cancelled).do(CancelOrder(O1, "customer"), at=minute(cancelled)).tick(45)

    assert _last(town).on_time_share == share


@pytest.mark.parametrize(("end", "share"), [(40, 1.0), (40 + 1 / MINUTE, 0.0)])
def test_a_millisecond_after_the_promise_is_late(end: float, share: float) -> None:
    assert _last(delivered_town((O1, 0, end)).tick(42)).on_time_share == share


def test_the_fold_knows_its_place_and_its_latest_row() -> None:
    kpis, town = Kpis(City(CITY)), opened_town().do(placed()).tick(1)
    for fact in town.log:
        count(kpis, fact)
    latest = kpis.latest

    assert kpis.seq == town.city.seq
    assert latest is not None
    assert latest.placed == 1


def test_a_tick_that_closes_no_minute_keeps_the_latest_row() -> None:
    kpis = Kpis(City(CITY))
    for fact in opened_town().tick(1).tick(1.5).log:
        count(kpis, fact)

    assert kpis.latest is not None
    assert kpis.latest.minute == minute(1)


def test_counts_of_all_minutes_are_those_of_the_day() -> None:
    town = _ten_deliveries().do(placed(OrderId("open"))).tick(57)
    town.do(DispatchTurn(minute(57), ()), CancelOrder(OrderId("open"), "customer")).tick(57 + HOUR / MINUTE)
    rows = _rows(town.log)

    assert sum(row.placed for row in rows) == 11
    assert sum(row.delivered for row in rows) == 10
    assert sum(row.cancelled for row in rows) == 1


def test_food_that_comes_an_hour_after_its_promise_is_delivered_and_was_late_long_ago() -> None:
    town = opened_town().do(shift(), placed(), AcceptOrder(O1), MarkReady(O1)).assign(D1, O1).do(PickUp(O1, D1))
    row = _last(town.tick(101).do(Deliver(O1, D1), at=minute(102)).tick(103))

    assert (row.window_delivered, row.on_time_share) == (1, None)


def test_an_order_that_is_cancelled_an_hour_after_its_promise_was_broken_long_ago() -> None:
    town = opened_town().do(placed()).tick(101).do(CancelOrder(O1, "customer"), at=minute(101)).tick(102)

    assert (_last(town).cancelled, _last(town).on_time_share) == (1, None)
