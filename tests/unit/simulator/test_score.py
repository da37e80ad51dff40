"""a finished log → score → the numbers a person can work out by hand."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from models.estimates import Band, Eta, Inputs, Prediction
from models.events import Fact, OrderDelivered, OrderPlaced
from models.forecast import Parts, Stage
from models.geo import LatLon, Point
from models.ids import CustomerId, DriverId, OrderId, RestaurantId
from models.rules import Rules, Services
from models.travel import PlaneTravel
from models.ways import MINUTE_MS
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.score import EtaScore, score
from simulator.undelivered import NOBODY_IN_TIME, NOBODY_NEAR, OTHERS_FIRST, READY_TOO_LATE, SHIFT_ENDED, TAKEN_AWAY

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
    rules = Rules(
        name="day",
        policy="nearest",
        ready_mode="known" if ready_mode == "known" else "estimated",
        tick_seconds=60,
        ping_seconds=60,
        travel=PlaneTravel(100, 60, LatLon(0, 0)),
        services=Services(240, 240),
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


def told(
    which: str, expected: float, p10: float = 0, p90: float = 60, baseline: float = 0, stage: Stage = Stage.PREPARE
) -> Prediction:
    """An estimate in minutes; of what it stood on nothing is scored."""
    eta = Eta(*(minute(n) for n in (expected, p10, expected, p90, p90)))
    made = OrderId(which), 1, minute(3), eta, stage, Band.ON_TIME, Parts(0, 0, 0, 0, 0, 0), Inputs(0, 0, 0, None)
    return Prediction(*made, baseline=minute(baseline))


@pytest.fixture
def two_delivered(lockstep: Callable) -> tuple[Scenario, list[Fact]]:
    """o1 at 19, o2 at 33."""
    scenario = day(order("o1", 3, 12), order("o2", 4, 8))
    facts = lockstep(scenario).run().facts
    assert [f.at for f in facts if isinstance(f.body, OrderDelivered)] == [minute(19), minute(33)]
    return scenario, facts


def eta_of(two: tuple[Scenario, list[Fact]], *predictions: Prediction) -> EtaScore:
    scenario, facts = two
    return score(facts, scenario, predictions).eta


def test_the_first_estimate_of_an_order_is_judged_beside_the_restaurant_s_mean(two_delivered: Any) -> None:
    """o1: told 15 (12 to 21), the mean said 23. o2: told 36 (34 to 41), the mean said 27; later ones do not count."""
    eta = eta_of(
        two_delivered,
        told("o1", 15, 12, 21, baseline=23),
        told("o2", 36, 34, 41, baseline=27),
        told("o1", 19, 19, 19, baseline=19),
    )

    assert (eta.mae_minutes, eta.bias_minutes, eta.baseline_mae_minutes) == (3.5, 0.5, 5.0)
    assert (eta.interval_coverage, eta.interval_width_minutes) == (0.5, 8.0)


def test_an_estimate_is_within_so_many_minutes_early_or_late(two_delivered: Any) -> None:
    eta = eta_of(two_delivered, told("o1", 22), told("o2", 33 - 9.5))

    assert eta.within_minutes == {"3": 0.5, "5": 0.5, "10": 1.0}
    assert eta_of(two_delivered, told("o1", 19), told("o2", 38)).within_minutes == {"3": 0.5, "5": 1.0, "10": 1.0}


def test_an_estimate_since_the_food_was_ready_is_judged_apart(two_delivered: Any) -> None:
    """The first of each order whose stage is past the kitchen; an order that has none is left out."""
    eta = eta_of(
        two_delivered,
        told("o1", 10),
        told("o1", 17, stage=Stage.ASSIGN),
        told("o1", 19, stage=Stage.RIDE),
        told("o2", 33),
    )

    assert eta.from_ready_mae_minutes == 2.0
    assert eta_of(two_delivered, told("o1", 10)).from_ready_mae_minutes is None


def test_a_jump_is_the_largest_step_between_two_estimates_of_one_order(two_delivered: Any) -> None:
    """o1 goes 10, 14, 12: 4 minutes; o2 was told once, and never jumped."""
    eta = eta_of(two_delivered, told("o1", 10), told("o2", 40), told("o1", 14), told("o1", 12))

    assert msgspec.to_builtins(eta.jump_minutes) == {"mean": 2.0, "p50": 0.0, "p90": 4.0, "max": 4.0}


def test_a_promise_is_kept_to_the_millisecond_and_is_what_the_log_says(two_delivered: Any) -> None:
    scenario, facts = two_delivered

    def promised(ms: int) -> list[Fact]:
        """o1 was promised for so many ms after its delivery."""
        at = minute(19) + ms
        return [
            msgspec.structs.replace(f, body=msgspec.structs.replace(f.body, promised_at=at))
            if isinstance(f.body, OrderPlaced) and f.body.order == "o1"
            else f
            for f in facts
        ]

    shares = [score(promised(ms), scenario, []).eta.promise_kept_share for ms in (0, -1)]

    assert shares == [1.0, 0.5]


def test_estimates_of_an_order_that_never_arrived_are_not_judged(two_delivered: Any) -> None:
    eta = eta_of(two_delivered, told("o3", 10))

    assert (eta.mae_minutes, eta.interval_coverage, eta.jump_minutes.max) == (None, None, None)
    assert eta.within_minutes == {"3": 0.0, "5": 0.0, "10": 0.0}


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


def test_an_order_that_its_only_driver_declined_says_so(lockstep: Callable) -> None:
    one = lockstep(scenario := day(order("o1", 3, 12)))
    one.engine.drivers.declines.append(lambda assigned, at: True)

    assert score(one.run().facts, scenario, []).undelivered_reasons == {TAKEN_AWAY: 1}


def test_where_assignments_are_offers_a_day_is_the_same_but_for_the_answers(lockstep: Callable) -> None:
    scenario = day(order("o1", 3, 12), order("o2", 3, 12))
    offers = msgspec.structs.replace(scenario, rules=msgspec.structs.replace(scenario.rules, offer_seconds=60))
    one, other = lockstep(scenario).run().facts, lockstep(offers).run().facts

    assert score(one, scenario, []).decisions_sha256 == score(other, offers, []).decisions_sha256
    assert len(other) == len(one) + 2


def test_a_day_without_a_delivery_has_no_percentiles(lockstep: Callable) -> None:
    found = score(lockstep(scenario := day(order("o1", 3, 121))).run().facts, scenario, [])

    assert found.click_to_door.p50 is found.eta.mae_minutes is found.eta.promise_kept_share is None


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
        "lateness",
        "decisions_sha256",
    ]
    assert list(found["eta"]) == [
        "mae_minutes",
        "baseline_mae_minutes",
        "bias_minutes",
        "interval_coverage",
        "interval_width_minutes",
        "within_minutes",
        "from_ready_mae_minutes",
        "jump_minutes",
        "promise_kept_share",
    ]


def test_late_minutes_that_nobody_booked_are_told(lockstep: Callable[..., Any]) -> None:
    facts = lockstep(scenario := day(order("o1", 3, 9))).run().facts
    late_ms = sum(max(0, at - promised) for at, promised in _delivered(facts))
    found = score(facts, scenario, []).lateness

    assert (found.late_seconds, found.unbooked_ms) == (0, late_ms)


def _delivered(facts: list[Fact]) -> list[tuple[int, int]]:
    promised = {f.body.order: f.body.promised_at for f in facts if isinstance(f.body, OrderPlaced)}
    return [(f.at, promised[f.body.order]) for f in facts if isinstance(f.body, OrderDelivered)]
