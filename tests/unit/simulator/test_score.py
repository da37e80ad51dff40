"""a finished log → score → the numbers a person can work out by hand."""

from collections.abc import Callable

import msgspec
import pytest

from models import events
from models.eta import Eta, Prediction
from models.geo import LatLon, Point
from models.ids import CustomerId, DriverId, OrderId, RestaurantId
from models.travel import PlaneTravel
from models.ways import MINUTE_MS
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.score import score
from simulator.undelivered import NOBODY_IN_TIME, NOBODY_NEAR, OTHERS_FIRST, READY_TOO_LATE, SHIFT_ENDED

NOON = 1_514_808_000_000
HOME, DOOR = Point(0, 0), Point(500, 300)


def minute(n: float) -> int:
    return NOON + round(n * MINUTE_MS)


def order(which: str, placed: int, ready: int, door: Point = DOOR) -> PlannedOrder:
    ids = OrderId(which), CustomerId("c"), RestaurantId("r1")
    return PlannedOrder(*ids, door, (), minute(placed), minute(placed + 40), minute(ready))


def shift(point: Point = HOME, until: int = 120, which: str = "d1") -> PlannedShift:
    return PlannedShift(DriverId(which), which, "car", point, minute(0), minute(until))


FAR_AWAY = shift(Point(5501, 0), which="d2")


def day(*orders: PlannedOrder, shifts: tuple[PlannedShift, ...] = (shift(),), ready_mode: str = "known") -> Scenario:
    """Times in minutes; the only restaurant is 5 minutes away from where the driver begins."""
    rules = events.Rules(
        name="day",
        policy="nearest",
        ready_mode="known" if ready_mode == "known" else "estimated",
        tick_seconds=60,
        ping_seconds=60,
        travel=PlaneTravel(100, 60, LatLon(0, 0)),
        services=events.Services(240, 240),
        time_zone="UTC",
    )
    restaurants = (PlannedRestaurant(RestaurantId("r1"), "r1", Point(500, 0)),)
    return Scenario("day", "test", rules, minute(-1), restaurants, shifts, orders)


def test_durations_are_those_of_the_published_definitions(lockstep: Callable) -> None:
    """Placed at 3, ready and picked up at 12, delivered at 19; the second waits for the driver, who is back at 24."""
    scenario = day(order("o1", 3, 12), order("o2", 4, 8))
    result = lockstep(scenario).run()
    found = score(result.facts, scenario, [])

    assert (found.orders, found.delivered, found.undelivered) == (2, 2, 0)
    assert msgspec.to_builtins(found.click_to_door) == {"mean": 22.5, "p50": 16.0, "p90": 29.0, "max": 29.0}
    assert msgspec.to_builtins(found.ready_to_pickup) == {"mean": 9.0, "p50": 0.0, "p90": 18.0, "max": 18.0}


def test_the_first_prediction_of_an_order_is_judged_and_later_ones_are_not(lockstep: Callable) -> None:
    """Delivered at 19, told 15 (12 to 21) at first; the promise, 43, is the baseline."""
    scenario = day(order("o1", 3, 12))
    told = [(15, 12, 21), (19, 19, 19)]
    predictions = [
        Prediction(OrderId("o1"), seq, minute(3), Eta(minute(e), minute(p10), minute(p90), minute(p90)))
        for seq, (e, p10, p90) in enumerate(told)
    ]
    eta = score(lockstep(scenario).run().facts, scenario, predictions).eta

    assert (eta.mae_minutes, eta.bias_minutes, eta.baseline_mae_minutes) == (4.0, 4.0, 24.0)
    assert (eta.interval_coverage, eta.interval_width_minutes) == (1.0, 9.0)


def test_decisions_of_two_cities_hash_alike_when_they_are_alike(lockstep: Callable) -> None:
    scenario = day(order("o1", 3, 12))
    facts = lockstep(scenario).run().facts
    elsewhere = [msgspec.structs.replace(f, city="other", command_id="another") for f in facts]
    later = msgspec.structs.replace(scenario, orders=(order("o1", 4, 12),))

    assert score(facts, scenario, []).decisions_sha256 == score(elsewhere, scenario, []).decisions_sha256
    assert score(facts, scenario, []).decisions_sha256 != score(lockstep(later).run().facts, later, []).decisions_sha256


@pytest.mark.parametrize(
    ("reason", "scenario"),
    [
        (READY_TOO_LATE, day(order("o1", 3, 121))),
        (SHIFT_ENDED, day(order("o1", 3, 30), shifts=(shift(until=20), FAR_AWAY), ready_mode="estimated")),
        (NOBODY_NEAR, day(order("o1", 3, 12), shifts=(FAR_AWAY,))),
        (NOBODY_IN_TIME, day(order("o1", 3, 12), shifts=(shift(until=9), shift(Point(5400, 0), 20, "d2")))),
        (OTHERS_FIRST, day(order("o1", 3, 12), order("o2", 3, 12), shifts=(shift(until=20),))),
    ],
)
def test_an_order_that_never_arrived_has_a_reason(reason: str, scenario: Scenario, lockstep: Callable) -> None:
    found = score(lockstep(scenario).run().facts, scenario, [])

    assert found.undelivered_reasons == {reason: 1}


def test_an_order_that_a_driver_gave_back_was_not_lost_to_the_end_of_his_shift(lockstep: Callable) -> None:
    facts = lockstep(scenario := day(order("o1", 3, 12), shifts=(FAR_AWAY,))).run().facts
    declined = events.DriverUnassigned(OrderId("o1"), DriverId("d2"), "declined")
    found = score([*facts[:-2], msgspec.structs.replace(facts[-2], body=declined), *facts[-2:]], scenario, [])

    assert found.undelivered_reasons == {NOBODY_NEAR: 1}


def test_a_day_without_a_delivery_has_no_percentiles(lockstep: Callable) -> None:
    found = score(lockstep(scenario := day(order("o1", 3, 121))).run().facts, scenario, [])

    assert found.click_to_door.p50 is found.eta.mae_minutes is None


def test_the_score_is_what_the_command_line_promises(lockstep: Callable) -> None:
    """DESIGN.md names the keys; the command line adds how and how fast it ran."""
    result = lockstep(scenario := day(order("o1", 3, 12))).run()
    found = msgspec.to_builtins(score(result.facts, scenario, result.predictions))

    assert list(found) == [
        "orders",
        "delivered",
        "undelivered",
        "undelivered_reasons",
        "click_to_door",
        "ready_to_pickup",
        "violations",
        "eta",
        "decisions_sha256",
    ]
