"""a finished log, with one thing in it made wrong → check → the rule that this breaks, by name."""

from collections.abc import Callable

import msgspec
import pytest

from models import events
from models.events import Fact
from models.geo import LatLon, Point
from models.ids import CustomerId, DriverId, OrderId, RestaurantId
from models.rules import Rules, Services
from models.travel import PlaneTravel
from models.ways import MINUTE_MS
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.schedule_check import Rule, check

NOON = 1_514_808_000_000
Log = list[Fact]


def small_day(policy: str) -> Scenario:
    """Two restaurants, two drivers, four orders: a route of two doors, and a driver who goes out twice."""
    travel = PlaneTravel(100, 60, LatLon(0, 0))
    rules = Rules("small", policy, "known", 60, 60, travel, Services(240, 240), "UTC")
    kitchens = {"r1": Point(500, 0), "r2": Point(0, 4000)}
    return Scenario(
        name="small",
        source="test",
        rules=rules,
        opens_at=NOON - MINUTE_MS,
        restaurants=tuple(PlannedRestaurant(RestaurantId(r), r, p) for r, p in kitchens.items()),
        shifts=(_shift("d1", Point(0, 0), 300), _shift("d2", Point(0, 4100), 40)),
        orders=(
            _order("o1", "r1", 3, 12),
            _order("o2", "r1", 3, 14),
            _order("o3", "r2", 5, 9),
            _order("o4", "r1", 60, 75),
        ),
    )


def _shift(which: str, point: Point, until: int) -> PlannedShift:
    return PlannedShift(DriverId(which), which, "car", point, NOON, NOON + until * MINUTE_MS)


def _order(which: str, restaurant: str, placed: int, ready: int) -> PlannedOrder:
    door, customer = Point(100 * ready, 300), CustomerId("c")
    times = (NOON + n * MINUTE_MS for n in (placed, placed + 40, ready))
    return PlannedOrder(OrderId(which), customer, RestaurantId(restaurant), door, (), *times)


def first(log: Log, kind: type) -> int:
    return next(n for n, f in enumerate(log) if type(f.body) is kind)


def later(kind: type, minutes: float) -> Callable[[Log], Log]:
    """The first fact of this kind happened at another time."""

    def broken(log: Log) -> Log:
        n = first(log, kind)
        moved = msgspec.structs.replace(log[n], at=log[n].at + round(minutes * MINUTE_MS))
        return [*log[:n], moved, *log[n + 1 :]]

    return broken


def otherwise(kind: type, **fields: object) -> Callable[[Log], Log]:
    """The first fact of this kind says something else."""

    def broken(log: Log) -> Log:
        n = first(log, kind)
        body = msgspec.structs.replace(log[n].body, **fields)
        return [*log[:n], msgspec.structs.replace(log[n], body=body), *log[n + 1 :]]

    return broken


def never(kind: type) -> Callable[[Log], Log]:
    return lambda log: log[: first(log, kind)] + log[first(log, kind) + 1 :]


def again(kind: type, **fields: object) -> Callable[[Log], Log]:
    """The first fact of this kind came twice, the second time perhaps a little different."""

    def broken(log: Log) -> Log:
        n = first(log, kind)
        body = msgspec.structs.replace(log[n].body, **fields)
        return [*log[: n + 1], msgspec.structs.replace(log[n], body=body), *log[n + 1 :]]

    return broken


def after(kind: type, body: events.Happened) -> Callable[[Log], Log]:
    """Something more happened, right after the first fact of this kind."""

    def broken(log: Log) -> Log:
        n = first(log, kind)
        return [*log[: n + 1], msgspec.structs.replace(log[n], body=body), *log[n + 1 :]]

    return broken


def elsewhere(log: Log) -> Log:
    """A position of the first tick lies ten metres off."""
    n = first(log, events.Ticked)
    body = log[n].body
    assert isinstance(body, events.Ticked)
    position = body.positions[0]
    off = events.Position(position.driver, position.at, Point(position.point.x + 10, position.point.y))
    moved = events.Ticked(body.t, (off, *body.positions[1:]))
    return [*log[:n], msgspec.structs.replace(log[n], body=moved), *log[n + 1 :]]


ELSE = OrderId("o4")
BROKEN: dict[Rule, Callable[[Log], Log]] = {
    Rule.OPENED: later(events.CityOpened, 1),
    Rule.TICKS: later(events.Ticked, 0.5),
    Rule.DECIDED_AT_A_TICK: later(events.DriverAssigned, 0.5),
    Rule.PLACED: otherwise(events.OrderPlaced, promised_at=NOON),
    Rule.PLACED_ONCE: again(events.OrderPlaced),
    Rule.ANNOUNCED: otherwise(events.ReadyAnnounced, ready_at=NOON),
    Rule.READY: later(events.OrderReady, -1),
    Rule.ONE_DRIVER: otherwise(events.OrderPickedUp, driver=DriverId("d9")),
    Rule.ONCE: again(events.OrderDelivered),
    Rule.ACCOUNTED: never(events.OrderDelivered),
    Rule.SHIFT: later(events.ShiftEnded, 1),
    Rule.ON_SHIFT: later(events.DriverAssigned, 600),
    Rule.FREE: lambda log: never(events.DriverFreed)(never(events.DriverFreed)(log)),
    Rule.ONE_RESTAURANT: otherwise(events.DriverAssigned, order=OrderId("o3")),
    Rule.NOT_DIVERTED: after(
        events.DriverAssigned, events.DriverUnassigned(OrderId("o1"), DriverId("d1"), "a better one")
    ),
    Rule.ARRIVAL: later(events.DriverArrivedAtRestaurant, 1),
    Rule.PICK_UP: later(events.OrderPickedUp, -1),
    Rule.PICK_UP_IN_SHIFT: later(events.OrderPickedUp, 400),
    Rule.AT_DOOR: later(events.DriverArrivedAtDoor, -1),
    Rule.DELIVERY: later(events.OrderDelivered, 1),
    Rule.FREED: later(events.DriverFreed, -1),
    Rule.POSITION: elsewhere,
}


def test_the_small_day_breaks_no_rule(lockstep: Callable, in_pairs: str) -> None:
    scenario = small_day(in_pairs)
    log = lockstep(scenario).run().facts

    assert check(log, scenario) == []
    assert sum(isinstance(f.body, events.OrderDelivered) for f in log) == 4
    assert any(isinstance(f.body, events.DriverAssigned) and f.body.place == 1 for f in log)


def test_every_rule_is_broken_here() -> None:
    assert set(BROKEN) == set(Rule)


@pytest.mark.parametrize("rule", Rule)
def test_a_broken_rule_is_named(rule: Rule, lockstep: Callable, in_pairs: str) -> None:
    scenario = small_day(in_pairs)
    log = BROKEN[rule](lockstep(scenario).run().facts)

    assert rule in {v.rule for v in check(log, scenario)}


def test_a_violation_says_who_and_when_and_what_was_due(lockstep: Callable, in_pairs: str) -> None:
    scenario = small_day(in_pairs)
    log = later(events.DriverFreed, -1)(lockstep(scenario).run().facts)
    (violation,) = (v for v in check(log, scenario) if v.rule is Rule.FREED)

    assert violation.who == "d1"
    assert violation.what == f"{_minute(violation.at)}, due {_minute((violation.at or 0) + MINUTE_MS)}"


def _minute(at: int | None) -> str:
    return f"minute {((at or 0) - NOON) // MINUTE_MS + 1}"


def test_an_announced_ready_time_is_a_leak_where_nobody_may_know_it(lockstep: Callable, in_pairs: str) -> None:
    scenario = small_day(in_pairs)
    secret = msgspec.structs.replace(scenario, rules=msgspec.structs.replace(scenario.rules, ready_mode="estimated"))

    assert Rule.ANNOUNCED in {v.rule for v in check(lockstep(scenario).run().facts, secret)}


def test_a_driver_who_leaves_food_behind_that_he_could_have_taken_breaks_the_pick_up(
    lockstep: Callable, in_pairs: str
) -> None:
    scenario = small_day(in_pairs)
    log = lockstep(scenario).run().facts
    left = [f for f in log if not isinstance(f.body, events.OrderPickedUp)]

    assert {v.rule for v in check(left, scenario)} >= {Rule.PICK_UP}


def test_an_empty_log_is_not_a_good_day(in_pairs: str) -> None:
    assert {Rule.OPENED, Rule.PLACED, Rule.SHIFT, Rule.ACCOUNTED} <= {v.rule for v in check([], small_day(in_pairs))}


def test_what_the_recorded_day_does_not_know_is_named(lockstep: Callable, in_pairs: str) -> None:
    scenario = small_day(in_pairs)
    stranger = events.DriverAssigned(OrderId("o9"), DriverId("d9"), 0)
    broken = check(after(events.DriverAssigned, stranger)(lockstep(scenario).run().facts), scenario)

    assert {(v.rule, v.who) for v in broken} >= {(Rule.PLACED, "o9"), (Rule.SHIFT, "d9")}
