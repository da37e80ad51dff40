"""a person's word on an order, and the time of a tick → here → who has it, who no longer does, and what dispatch leaves alone.

A person may do what the machine may not: give a held order away, or give one to a driver who declined it.
"""

from collections.abc import Callable
from typing import Any

from models import commands, events
from models.city import City, inbound
from models.decision import Decision, Refused
from models.driver import Driver, DriverStatus
from models.events import DriverAssigned, DriverUnassigned, Happened, OrderReleased, Why
from models.ids import Instant, RestaurantId
from models.order import TIMED_OUT, Order, hold_is_over, lapsed, target

BY_HAND, REASSIGNED = "by hand", "reassigned by hand"


def decide_by_hand(city: City, at: Instant, ask: commands.ByHand) -> Decision:
    """What becomes of the order that a person points at."""
    order = city.orders.get(ask.order)
    if order is None:
        return Refused("unknown order")
    if target(order, type(ask)) is None:
        return Refused("illegal move", order.status)
    return _BY_HAND[type(ask)](city, order, ask)


def may_take(city: City, driver: Driver, restaurant: RestaurantId) -> bool:
    """Whether he can be sent for one more order of this restaurant: he is free, or comes here with nothing on board yet."""
    bound = {city.orders[o].restaurant for o in driver.route}
    return driver.status is DriverStatus.AVAILABLE or (inbound(city, driver) and bound == {restaurant})


def let_go(city: City, t: Instant) -> list[Happened]:
    """What ends when it becomes `t`: offers that nobody answered, and holds; by order id."""
    seconds = city.rules.offer_seconds if city.rules else None
    offer_ms = None if seconds is None else 1000 * seconds
    over = (o for o in city.orders.values() if lapsed(o, t, offer_ms) or hold_is_over(o, t))
    return [_end(order) for order in sorted(over, key=lambda o: o.id)]


def _end(order: Order) -> Happened:
    """Nothing is held and in a driver's hands at once."""
    return DriverUnassigned(order.id, order.driver, TIMED_OUT) if order.driver else OrderReleased(order.id)


def _assign(city: City, order: Order, ask: commands.AssignOrder) -> Decision:
    driver, now = city.drivers.get(ask.driver), city.now
    assert now is not None  # an unopened city refuses everything
    if driver is None:
        return Refused("unknown driver")
    if order.driver == driver.id:
        return Refused("this driver has it already", driver.status)
    if not may_take(city, driver, order.restaurant):
        return Refused("the driver cannot take it", driver.status)
    left: list[Happened] = [DriverUnassigned(order.id, order.driver, REASSIGNED)] if order.driver else []
    return [*left, DriverAssigned(order.id, driver.id, len(driver.route), Why(BY_HAND, BY_HAND, 0, now))]


def _unassign(city: City, order: Order, ask: commands.UnassignOrder) -> Decision:
    if order.driver is None:
        return Refused("nobody has it", order.status)
    return [DriverUnassigned(order.id, order.driver, ask.reason)]


def _hold(city: City, order: Order, ask: commands.HoldOrder) -> Decision:
    if order.driver is not None:
        return Refused("has a driver: unassign it first", order.driver)
    if ask.until is not None and city.now is not None and ask.until <= city.now:
        return Refused("that time is past", str(city.now))
    return [events.OrderHeld(order.id, ask.until)]


def _release(city: City, order: Order, ask: commands.ReleaseOrder) -> Decision:
    return [OrderReleased(order.id)] if order.held else Refused("is not held", order.status)


_BY_HAND: dict[type, Callable[[City, Order, Any], Decision]] = {
    commands.AssignOrder: _assign,
    commands.UnassignOrder: _unassign,
    commands.HoldOrder: _hold,
    commands.ReleaseOrder: _release,
}
