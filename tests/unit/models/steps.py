"""What may be asked of a small city: garbage from a small pool of ids, and what a feeder would do next."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from models import commands
from models.city import City
from models.commands import Asked, Assignment
from models.driver import Driver, DriverStatus
from models.ids import CustomerId, DriverId, OrderId, RestaurantId
from models.levers import (
    CallDrivers,
    ExtendPromises,
    PauseKitchen,
    PullLever,
    ReleaseLever,
    ShrinkRadius,
    SlowKitchen,
    SnoozeIncident,
)
from models.order import Order, OrderStatus, may_be_assigned
from tests.unit.models.builders import CENTRE, D1, D2, DOOR, FAR, MINUTE, O1, O2, O3, R1, R2, T0, position, rules

ORDERS = st.sampled_from((O1, O2, O3, OrderId("nothing")))
DRIVERS = st.sampled_from((D1, D2, DriverId("o1"), DriverId("nobody")))
RESTAURANTS = st.sampled_from((R1, R2, RestaurantId("nowhere")))
POINTS = st.sampled_from((CENTRE, DOOR, FAR))
TIMES = st.integers(-5, 200).map(lambda n: T0 + n * MINUTE // 2)
_POSITIONS = st.lists(st.builds(position, DRIVERS, TIMES, POINTS), max_size=3).map(tuple)
_ASSIGNMENTS = st.builds(Assignment, DRIVERS, st.lists(ORDERS, max_size=3).map(tuple))

BY_HAND: st.SearchStrategy[Asked] = st.one_of(
    st.builds(commands.AssignOrder, ORDERS, DRIVERS),
    st.builds(commands.UnassignOrder, ORDERS, st.just("flat tyre")),
    st.builds(commands.HoldOrder, ORDERS, st.none() | TIMES),
    st.builds(commands.ReleaseOrder, ORDERS),
)
LEVERS = st.one_of(
    st.builds(PauseKitchen, RESTAURANTS),
    st.builds(SlowKitchen, RESTAURANTS, st.just(10)),
    st.builds(ExtendPromises, st.just(15), st.none() | RESTAURANTS),
    st.builds(ShrinkRadius, st.just(1000), st.none() | RESTAURANTS),
    st.builds(CallDrivers, st.just(2), st.none() | st.just("nowhere")),
)
LEVER_IDS = st.sampled_from(("l1", "l2"))
BY_LEVER: st.SearchStrategy[Asked] = st.one_of(
    st.builds(PullLever, LEVER_IDS, LEVERS, TIMES),
    st.builds(ReleaseLever, LEVER_IDS),
    st.builds(SnoozeIncident, st.just("kitchen:r1:1"), TIMES),
)
GARBAGE: st.SearchStrategy[Asked] = st.one_of(
    BY_LEVER,
    st.builds(commands.OpenCity, st.builds(rules, policy=st.sampled_from(("nearest", "guess")))),
    st.builds(commands.AddRestaurant, RESTAURANTS, st.just("Roma"), POINTS),
    st.builds(commands.StartShift, DRIVERS, st.just("Ann"), st.just("car"), POINTS, TIMES),
    st.builds(commands.PlaceOrder, ORDERS, st.just(CustomerId("c")), RESTAURANTS, POINTS, st.just(()), TIMES),
    *(st.builds(ask, ORDERS) for ask in (commands.AcceptOrder, commands.MarkReady)),
    st.builds(commands.AnnounceReady, ORDERS, TIMES),
    *(
        st.builds(ask, ORDERS, DRIVERS)
        for ask in (commands.PickUp, commands.ArriveAtDoor, commands.Deliver, commands.DeclineOrder)
    ),
    *(st.builds(a, DRIVERS) for a in (commands.EndShift, commands.ArriveAtRestaurant, commands.BecomeFree)),
    st.builds(commands.CancelOrder, ORDERS, st.just("customer")),
    *(st.builds(ask, ORDERS, DRIVERS) for ask in (commands.AcceptOffer, commands.DeclineOrder)),
    st.builds(commands.Tick, TIMES, _POSITIONS),
    st.builds(commands.DispatchTurn, TIMES, st.lists(_ASSIGNMENTS, max_size=3).map(tuple)),
)


class Next(NamedTuple):
    """What would happen next to this order, or to this driver, if all went well."""

    order: OrderId | None = None
    driver: DriverId | None = None


class Wait(NamedTuple):
    """Time goes on, and whoever waits gets a driver: two orders at a time where there are two, or one to a route."""

    minutes: int


Step = Asked | Next | Wait
_NEXT_OF_ORDER = st.sampled_from((O1, O2, O3)).map(lambda o: Next(order=o))
_NEXT_OF_DRIVER = st.sampled_from((D1, D2)).map(lambda d: Next(driver=d))
_WAIT = st.sampled_from((1, 1, 1, 30, 61)).map(Wait)
_CANCEL = st.builds(commands.CancelOrder, ORDERS, st.just("customer"))
STEPS: dict[str, st.SearchStrategy[Any]] = {
    "order": _NEXT_OF_ORDER,
    "driver": _NEXT_OF_DRIVER,
    "wait": _WAIT,
    "cancel": _CANCEL,
    "by hand": BY_HAND,
    "garbage": GARBAGE,
}
_KINDS = st.sampled_from(["order"] * 8 + ["driver"] * 3 + ["wait"] * 3 + ["cancel"] + ["by hand"] * 4 + ["garbage"] * 3)
_SEEN = st.sampled_from([None] * 9 + [1, 3])
DAYS = st.lists(st.tuples(_KINDS.flatmap(STEPS.__getitem__), st.none() | TIMES, _SEEN), min_size=20, max_size=80)
"""(what is asked, when a feeder says it was, the version a person saw)"""


def asks(city: City, step: Step) -> list[Asked]:
    """The commands of a step, as this city stands."""
    match step:
        case Next(order=str(order)):
            return _next_of_order(city.orders.get(order), order)
        case Next(driver=str(driver)):
            return _next_of_driver(city.drivers.get(driver), driver)
        case Wait(minutes=minutes):
            return _tick_and_turn(city, minutes)
    return [step]  # type: ignore[list-item]


def _next_of_order(order: Order | None, which: OrderId) -> list[Asked]:
    if order is None:
        return [commands.PlaceOrder(which, CustomerId("c"), R1, DOOR, (), T0)]
    if order.status is OrderStatus.PENDING:
        return [commands.AcceptOrder(which)]
    if order.ready_at is None:
        return [commands.MarkReady(which)]
    driver = order.driver or D1
    return [commands.PickUp(which, driver) if order.picked_up_at is None else commands.Deliver(which, driver)]


def _next_of_driver(driver: Driver | None, who: DriverId) -> list[Asked]:
    if driver is None or driver.status is DriverStatus.OFF:
        return [commands.StartShift(who, "Ann", "car", CENTRE, T0)]
    if driver.status is DriverStatus.TO_RESTAURANT:
        return [commands.ArriveAtRestaurant(who)]
    return [commands.BecomeFree(who)]


def _tick_and_turn(city: City, minutes: int) -> list[Asked]:
    t = (city.now or T0) + minutes * MINUTE
    free = [d.id for d in city.drivers.values() if d.status is DriverStatus.AVAILABLE]
    waiting = [o.id for o in city.orders.values() if may_be_assigned(o)]
    pairs = [Assignment(d, tuple(waiting[2 * i : 2 * i + 2])) for i, d in enumerate(free)]
    going = [d for d in city.drivers.values() if d.status in (DriverStatus.TO_RESTAURANT, DriverStatus.WAITING)]
    more = [Assignment(d.id, (*d.route[:1], o, *d.route[1:])) for d, o in zip(going, waiting[::-1], strict=False)]
    return [commands.Tick(t, ()), commands.DispatchTurn(t, (*more, *pairs))]
