"""a day on which a driver on his way is given one more order → check → nothing; with one thing made wrong → its rule."""

from collections.abc import Callable

import msgspec
import pytest

from models import events
from models.events import Fact
from models.geo import LatLon, Point
from models.ids import CommandId, CustomerId, DriverId, OrderId, RestaurantId
from models.rules import Rules, Services
from models.travel import PlaneTravel
from models.ways import MINUTE_MS
from simulator.faults.legs import legs
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.schedule_check import Rule, check

NOON = 1_514_808_000_000
KITCHENS = {"r1": Point(500, 0), "r2": Point(0, 4000)}
Log = list[Fact]


def minute(n: float) -> int:
    return NOON + round(n * MINUTE_MS)


def day(second_placed: float = 8) -> Scenario:
    """For food of minute 12 the only driver leaves at 5 and is there at 10; the door of the second order comes first."""
    travel = PlaneTravel(100, 60, LatLon(0, 0))
    rules = Rules("small", "rolling", "known", 60, 60, travel, Services(240, 240), "UTC")
    return Scenario(
        name="small",
        source="test",
        rules=rules,
        opens_at=minute(-1),
        restaurants=tuple(PlannedRestaurant(RestaurantId(r), r, p) for r, p in KITCHENS.items()),
        shifts=(PlannedShift(DriverId("d1"), "d1", "car", Point(0, 0), NOON, minute(120)),),
        orders=(_order("o1", 3, 12, Point(1000, 0)), _order("o2", second_placed, 14, Point(800, 0))),
    )


def _order(which: str, placed: float, ready: float, door: Point) -> PlannedOrder:
    times = minute(placed), minute(placed + 40), minute(ready)
    return PlannedOrder(OrderId(which), CustomerId("c"), RestaurantId("r1"), door, (), *times)


@pytest.fixture
def log(lockstep: Callable) -> Log:
    facts: Log = lockstep(day()).run().facts
    return facts


def _given(log: Log, order: str) -> int:
    return next(n for n, f in enumerate(log) if isinstance(f.body, events.DriverAssigned) and f.body.order == order)


def _rules(log: Log, scenario: Scenario | None = None) -> set[Rule]:
    return {one.rule for one in check(log, scenario or day())}


def _with(log: Log, n: int, **fields: object) -> Log:
    return [*log[:n], msgspec.structs.replace(log[n], **fields), *log[n + 1 :]]


@pytest.mark.parametrize("placed", [8, 10.5], ids=["on the way", "waiting"])
def test_a_trip_that_grows_until_the_pick_up_breaks_no_rule(placed: float, lockstep: Callable) -> None:
    facts = lockstep(day(placed)).run().facts
    given = [(f.at, f.body.order, f.body.place) for f in facts if isinstance(f.body, events.DriverAssigned)]
    arrived, *picked = (
        f.at for f in facts if isinstance(f.body, events.DriverArrivedAtRestaurant | events.OrderPickedUp)
    )

    assert given == [(minute(5), "o1", 0), (minute(-(-placed // 1)), "o2", 0)]
    assert (arrived, picked) == (minute(10), [minute(14)] * 2)
    assert check(facts, day(placed)) == []


def test_an_order_given_to_one_who_has_picked_up_is_given_to_one_who_is_not_free(log: Log) -> None:
    n, last = _given(log, "o2"), max(n for n, f in enumerate(log) if isinstance(f.body, events.OrderPickedUp))

    assert Rule.FREE in _rules([*log[:n], *log[n + 1 : last + 1], log[n], *log[last + 1 :]])


def test_who_could_have_picked_up_may_not_be_held_back_by_another_order(log: Log) -> None:
    """By the ready time of the first he had to go at 12; the second was given to him at 13."""
    found = check(_with(log, _given(log, "o2"), at=minute(13)), day())

    assert [(one.rule, one.what) for one in found if "held back" in one.what] == [
        (Rule.PICK_UP, "held back, due minute 13")
    ]


def test_a_pick_up_before_the_last_order_was_given_is_too_early(log: Log) -> None:
    assert Rule.PICK_UP in _rules(_with(log, _given(log, "o2"), at=minute(15)))


def test_an_order_of_another_restaurant_does_not_belong_on_the_trip(log: Log) -> None:
    other = msgspec.structs.replace(day().orders[1], restaurant=RestaurantId("r2"))
    scenario = msgspec.structs.replace(day(), orders=(day().orders[0], other))

    assert Rule.ONE_RESTAURANT in _rules(log, scenario)


def test_every_order_of_a_trip_is_given_within_the_shift(log: Log) -> None:
    assert Rule.ON_SHIFT in _rules(_with(log, _given(log, "o2"), at=minute(121)))


def test_a_declined_order_is_an_order_taken_away(log: Log) -> None:
    n = _given(log, "o2")
    declined = msgspec.structs.replace(log[n], body=events.DriverUnassigned(OrderId("o2"), DriverId("d1"), "declined"))

    assert Rule.NOT_DIVERTED in _rules([*log[: n + 1], declined, *log[n + 1 :]])


def _ways(log: Log) -> list[tuple[float, float]]:
    found = legs(log, day().rules.services, lambda fact: fact.at)
    return [((leg.leaves - NOON) / MINUTE_MS, (leg.arrives - NOON) / MINUTE_MS) for leg in found]


def test_a_way_begins_with_the_first_order_and_not_with_the_one_that_comes_before_it(log: Log) -> None:
    assert _ways(log) == [(5, 10), (16, 19), (23, 25)]


def test_who_declines_goes_on_his_way_and_nobody_knows_where_he_is_whose_order_is_cancelled(log: Log) -> None:
    n = _given(log, "o2")
    declined = events.DriverUnassigned(OrderId("o2"), DriverId("d1"), "declined")
    cancelled = events.OrderCancelled(OrderId("o2"), "customer")

    def after(body: events.Happened) -> Log:
        said = Fact(log[n].city, log[n].seq, CommandId("said"), minute(9), body)
        return [*log[: n + 1], said, *log[n + 1 :]]

    assert (5, 10) in _ways(after(declined))
    assert (5, 10) not in _ways(after(cancelled))
