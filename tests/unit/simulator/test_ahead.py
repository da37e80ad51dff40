"""A city in the middle of its evening → the hour that may come: as its log goes on, with levers and without."""

from collections.abc import Callable

import msgspec
import pytest

from models.city import City
from models.commands import AcceptOrder, MarkReady
from models.conditions import Conditions
from models.driver import DriverStatus
from models.ids import RestaurantId
from models.levers import CallDrivers, ExtendPromises, PauseKitchen
from models.ways import MINUTE_MS
from simulator.ahead import Hour, LeverRefused, ahead
from simulator.resumed import Drawn, resumed
from simulator.sources import synthetic
from tests.unit.models.builders import O1, O2, opened_town, placed

PEAK_MS = 100 * MINUTE_MS


@pytest.fixture(scope="module")
def evening(lockstep: Callable[..., object]) -> City:
    """60 drivers and 90 orders an hour, at the height of their dinner."""
    scenario = synthetic.build(3, 60, 90, tick_seconds=60)
    day = lockstep(scenario)
    for t in day.engine.ticks():  # type: ignore[attr-defined]
        if t > scenario.opens_at + PEAK_MS:
            break
        day.turn(t)  # type: ignore[attr-defined]
    return day.city  # type: ignore[attr-defined, no-any-return]


USUAL = Conditions(orders_an_hour=90)


def busiest(city: City) -> RestaurantId:
    """Where most orders of the last hour came from."""
    counts: dict[RestaurantId, int] = {}
    for order in city.orders.values():
        counts[order.restaurant] = counts.get(order.restaurant, 0) + 1
    return max(counts, key=lambda r: (counts[r], r))


def test_the_same_draw_is_the_same_hour_and_the_city_stays_as_it_is(evening: City) -> None:
    before = msgspec.msgpack.encode(evening)

    assert ahead(evening, USUAL, (), 1, 60) == ahead(evening, USUAL, (), 1, 60)
    assert msgspec.msgpack.encode(evening) == before


def test_another_draw_is_another_hour(evening: City) -> None:
    assert len({ahead(evening, USUAL, (), seed, 60) for seed in range(4)}) > 1


def test_everyone_at_work_goes_on_with_what_he_was_doing(evening: City) -> None:
    assert evening.now is not None
    busy = {d: one.route for d, one in evening.drivers.items() if one.route}
    engine = resumed(evening, USUAL, 1, evening.now + 60 * MINUTE_MS, 60)
    said = {c.body.order: c.body.driver for c in _deliveries(engine, evening.now + 60 * MINUTE_MS)}

    assert {one.status for one in evening.drivers.values()} >= set(DriverStatus) - {DriverStatus.OFF}
    assert {o: d for d, route in busy.items() for o in route}.items() >= said.items()
    assert len(said) > 0.8 * sum(len(route) for route in busy.values())


def _deliveries(engine: object, until: int) -> list[object]:
    step = engine.advance(until)  # type: ignore[attr-defined]
    return [c for c in step.commands if type(c.body).__name__ == "Deliver"]


def test_a_paused_kitchen_turns_its_orders_away_and_nobody_else_s(evening: City) -> None:
    done = ahead(evening, USUAL, (PauseKitchen(busiest(evening)),), 1, 60)

    assert done.refused > 0 == ahead(evening, USUAL, (), 1, 60).refused


def test_a_lever_works_no_longer_than_it_lasts(evening: City) -> None:
    whole, half = (ahead(evening, USUAL, (PauseKitchen(busiest(evening)),), 1, 60, lasts) for lasts in (60, 18))

    assert 0 < half.refused < whole.refused
    assert whole == ahead(evening, USUAL, (PauseKitchen(busiest(evening)),), 1, 60)


def test_a_lever_that_the_city_would_refuse_is_no_lever_without_effect(evening: City) -> None:
    with pytest.raises(LeverRefused, match=r"PauseKitchen\(restaurant='nosuch'\): unknown restaurant"):
        ahead(evening, USUAL, (PauseKitchen(RestaurantId("nosuch")),), 1, 60)


def test_food_that_nobody_is_there_to_fetch_is_late_until_the_end_of_the_hour() -> None:
    """The last driver has gone home and all is cooked: with nothing more to come, the city does not close."""
    cooked = [ask(o) for ask in (AcceptOrder, MarkReady) for o in (O1, O2)]
    town = opened_town().do(placed(O1, promise=10), placed(O2, promise=10), *cooked).tick(20)
    nothing, called = (ahead(town.city, Conditions(0), some, 1, 60) for some in ((), (CallDrivers(1),)))

    assert nothing == Hour(2, 2 * 60 * MINUTE_MS, 0)
    assert called.late_ms < nothing.late_ms


def test_promises_that_are_later_are_missed_less(evening: City) -> None:
    hours = [[ahead(evening, USUAL, some, seed, 90) for seed in range(3)] for some in ((), (ExtendPromises(20),))]
    nothing, later = (sum(hour.late_ms for hour in some) for some in hours)

    assert later < nothing


def test_called_drivers_come_and_are_sent(evening: City) -> None:
    """A kitchen's food stands there longer where nobody is left to fetch it."""
    alone = msgspec.structs.replace(evening, drivers=dict(sorted(evening.drivers.items())[:12]))
    carried = {o for one in alone.drivers.values() for o in one.route}
    alone.orders = {o: one for o, one in evening.orders.items() if one.driver is None or o in carried or not one.open}
    nothing, called = (ahead(alone, USUAL, some, 1, 90) for some in ((), (CallDrivers(40),)))

    assert called.late_ms < nothing.late_ms


def test_rain_and_refusals_make_an_hour_worse(evening: City) -> None:
    usual = sum(ahead(evening, USUAL, (), seed, 60).late_ms for seed in range(3))
    for harm in (Conditions(90, ways=2.0), Conditions(90, declines=0.6)):
        assert sum(ahead(evening, harm, (), seed, 60).late_ms for seed in range(3)) > usual


def test_a_kitchen_that_takes_longer_has_its_food_later(evening: City) -> None:
    slow = Conditions(90, kitchens={busiest(evening): 30 * MINUTE_MS})
    cooking = [o for o in evening.orders.values() if o.restaurant == busiest(evening) and o.open and o.ready_at is None]
    usual, later = ([Drawn(evening, one, 1).cooking(order).ready_at for order in cooking] for one in (USUAL, slow))

    assert all(a <= b for a, b in zip(usual, later, strict=True))
    assert sum(later) > sum(usual)


def test_as_many_orders_and_drivers_come_as_are_expected(evening: City) -> None:
    assert evening.now is not None
    until = evening.now + 60 * MINUTE_MS
    counts = [len(list(Drawn(evening, Conditions(90, joining=20.0), s).orders(until))) for s in range(20)]
    joined = [len(list(Drawn(evening, Conditions(90, joining=20.0), s).shifts(until))) for s in range(20)]

    assert 80 < sum(counts) / 20 < 100
    assert 16 < sum(joined) / 20 < 24
    assert list(Drawn(evening, Conditions(0), 1).orders(until)) == []


def test_a_city_with_promises_of_its_own_days_keeps_their_length(evening: City) -> None:
    assert evening.now is not None
    odd = {o: msgspec.structs.replace(one, promised_at=one.placed_at + 1_234_567) for o, one in evening.orders.items()}
    told = msgspec.structs.replace(evening, orders=odd)
    orders = list(Drawn(told, USUAL, 1).orders(evening.now + 60 * MINUTE_MS))

    assert {o.promised_at - o.placed_at for o in orders if o.promised_at} == {1_234_567}


def test_an_order_that_came_late_counts_however_long_ago_it_came(evening: City) -> None:
    """The city lets go of an order an hour after it ended; of 110 minutes, half of what came late is gone by then."""
    late = [[ahead(evening, USUAL, (), seed, minutes) for seed in range(3)] for minutes in (40, 110)]
    first, whole = (sum(hour.late_orders for hour in some) for some in late)

    assert whole > first > 0
    assert all(long.late_ms >= short.late_ms for short, long in zip(*late, strict=True))


def test_a_time_that_is_no_multiple_of_a_turn_is_run_to_its_end(evening: City) -> None:
    """Placed and turned away in the last minute too."""
    paused = tuple(PauseKitchen(which) for which in evening.restaurants)
    counts = [[ahead(evening, USUAL, paused, seed, minutes).refused for seed in range(6)] for minutes in (4, 5)]

    assert sum(counts[1]) > sum(counts[0])


def test_an_hour_of_nothing_is_no_late_order(evening: City) -> None:
    empty = msgspec.structs.replace(evening, orders={}, ended={}, drivers={})

    assert ahead(empty, Conditions(0), (), 1, 30) == Hour(0, 0, 0)
