"""fact → here → what it changes: rows for Postgres, views for Redis, one delta a tick for the live log.

Everything is kept as it stood right after its fact, so that no row depends on where a batch was cut.
"""

import msgspec

from models.city import City, apply
from models.driver import Driver
from models.events import (
    CityClosed,
    CityOpened,
    CommandRejected,
    DriverAssigned,
    DriverUnassigned,
    Fact,
    OrderCancelled,
    OrderDelivered,
    OrderPlaced,
    RestaurantAdded,
    StreetClosed,
    StreetOpened,
    Ticked,
)
from models.ids import CommandId, DriverId, Instant, OrderId, RestaurantId
from models.order import Order, OrderStatus
from models.restaurant import Restaurant
from models.tombstones import leaving
from models.views import Delta, driver_view, order_view


class AssignmentEnd(msgspec.Struct, frozen=True):
    """An order in a driver's hands; `at` and `outcome` are None while it is there."""

    order: Order
    at: Instant | None
    outcome: str | None


class Changes(msgspec.Struct):
    """What a span of facts changed: each order, driver and assignment once, as it stood last."""

    orders: dict[OrderId, Order] = {}
    drivers: dict[DriverId, Driver] = {}
    restaurants: dict[RestaurantId, Restaurant] = {}
    placed: list[OrderPlaced] = []
    assignments: dict[tuple[OrderId, int], AssignmentEnd] = {}
    gone: list[OrderId] = []
    deltas: list[tuple[int, Delta]] = []
    city: bool = False


class Desk(msgspec.Struct):
    """The city, and whose rows changed since its last tick: the next delta."""

    city: City
    orders: set[OrderId] = set()
    drivers: set[DriverId] = set()
    outcomes: dict[CommandId, str | None] = {}

    @property
    def seq(self) -> int:
        return self.city.seq


def change(desk: Desk, changes: Changes, fact: Fact) -> None:
    """Apply `fact` to the desk's city and note what it changes."""
    city = desk.city
    orders, drivers = touched(city, fact)
    before = city.orders.get(getattr(fact.body, "order", OrderId("")))
    gone = leaving(city.ended, fact.body.t) if isinstance(fact.body, Ticked) else []
    apply(city, fact)
    changes.orders.update((o, city.orders[o]) for o in orders if o in city.orders)
    changes.drivers.update((d, city.drivers[d]) for d in drivers if d in city.drivers)
    changes.gone += gone
    _note(changes, city, fact, before)
    desk.orders.update(orders)
    desk.drivers.update(drivers)
    desk.outcomes.setdefault(fact.command_id, getattr(fact.body, "reason", None) if _refused(fact) else None)
    if isinstance(fact.body, Ticked):
        changes.deltas.append((fact.seq, _delta(desk, fact.body, gone)))


def touched(city: City, fact: Fact) -> tuple[set[OrderId], set[DriverId]]:
    """Whose rows `fact` is about to change: those it names, the order's driver, the driver's orders.

    A position alone changes no row.
    """
    order, driver = getattr(fact.body, "order", None), getattr(fact.body, "driver", None)
    orders, drivers = set() if order is None else {order}, set() if driver is None else {driver}
    if order in city.orders and (who := city.orders[order].driver) is not None:
        drivers.add(who)
    if driver in city.drivers:
        orders.update(city.drivers[driver].route)
    return orders, drivers


def _note(changes: Changes, city: City, fact: Fact, before: Order | None) -> None:
    match fact.body:
        case CityOpened() | CityClosed() | StreetClosed() | StreetOpened():
            changes.city = True
        case RestaurantAdded(restaurant=r):
            changes.restaurants[r] = city.restaurants[r]
        case OrderPlaced():
            changes.placed.append(fact.body)
        case DriverAssigned(driver=d):
            _in_hand(changes, city, city.drivers[d].route)
        case DriverUnassigned(reason=reason) if before is not None:
            _assignment(changes, before, fact.at, reason)
        case OrderDelivered() if before is not None:
            _assignment(changes, before, fact.at, OrderStatus.DELIVERED.value)
        case OrderCancelled() if before is not None and before.driver is not None:
            _assignment(changes, before, fact.at, OrderStatus.CANCELLED.value)


def _in_hand(changes: Changes, city: City, route: tuple[OrderId, ...]) -> None:
    """All of the route: what comes in between moves the places behind it."""
    for order in route:
        _assignment(changes, city.orders[order], None, None)


def _assignment(changes: Changes, order: Order, at: Instant | None, outcome: str | None) -> None:
    changes.assignments[order.id, order.assigned_seq] = AssignmentEnd(order, at, outcome)


def _refused(fact: Fact) -> bool:
    return isinstance(fact.body, CommandRejected)


def _delta(desk: Desk, tick: Ticked, gone: list[OrderId]) -> Delta:
    city = desk.city
    orders = tuple(order_view(city.orders[o]) for o in sorted(desk.orders & city.orders.keys()))
    drivers = tuple(driver_view(city.drivers[d]) for d in sorted(desk.drivers & city.drivers.keys()))
    delta = Delta(tick.t, orders, drivers, tuple(gone), tick.positions, desk.outcomes)
    desk.orders, desk.drivers, desk.outcomes = set(), set(), {}
    return delta
