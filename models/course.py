"""a driver and his route → here → when he is where: at the restaurant, with the food, at each door, and free again.

As far as facts tell at `outlook.t`; positions count as of their own time.
"""

from collections.abc import Iterator
from typing import NamedTuple

from models.city import City
from models.driver import Driver, DriverStatus
from models.geo import Point
from models.ids import DriverId, Instant, OrderId
from models.order import Order
from models.prep import Outlook
from models.rules import Rules


class Stop(NamedTuple):
    order: OrderId
    at_door: Instant
    delivered: Instant


class Course(NamedTuple):
    """`arrives` and `picked_up` are None once the food is on board; `point`: where he is free, at `free_at`."""

    arrives: Instant | None
    picked_up: Instant | None
    stops: tuple[Stop, ...]
    free_at: Instant
    point: Point


class Courses:
    """A city at one moment, and each driver's course then: found once for all who ask for it."""

    def __init__(self, city: City, rules: Rules, outlook: Outlook) -> None:
        self.city, self.rules, self.outlook = city, rules, outlook
        self._found: dict[DriverId, Course] = {}

    def of(self, driver: DriverId) -> Course:
        if driver not in self._found:
            self._found[driver] = course(self.city, self.rules, self.city.drivers[driver], self.outlook)
        return self._found[driver]


def course(city: City, rules: Rules, one: Driver, outlook: Outlook) -> Course:
    """Of a driver on a route: each leg from where the one before ends, nothing of it before now."""
    half, here = rules.services.half_dropoff_ms, one.point
    orders = [city.orders[o] for o in one.route]
    loaded = max((o.picked_up_at + rules.services.half_pickup_ms for o in orders if o.picked_up_at), default=0)
    leaves, arrives, picked_up = max(one.seen_at, loaded), None, None
    if one.status is not DriverStatus.TO_DOOR and orders:
        here = city.restaurants[orders[0].restaurant].point
        came = min((o.waited_at for o in orders if o.waited_at is not None), default=None)
        arrives = came or max(outlook.t, one.seen_at + rules.travel.ms(one.point, here, one.vehicle))
        picked_up = _picked_up(rules, arrives, orders, outlook)
        leaves = picked_up + rules.services.half_pickup_ms
    elif not orders:
        leaves = outlook.t + half
    stops = tuple(_stops(rules, one, orders, here, leaves, outlook.t))
    if stops:
        here, leaves = orders[-1].door, stops[-1].delivered + half
    return Course(arrives, picked_up, stops, leaves, here)


def _picked_up(rules: Rules, arrives: Instant, orders: list[Order], outlook: Outlook) -> Instant:
    ready = [outlook.expected(order) for order in orders if order.picked_up_at is None]
    return max(*ready, arrives + rules.services.half_pickup_ms)


def _stops(
    rules: Rules, one: Driver, orders: list[Order], here: Point, leaves: Instant, now: Instant
) -> Iterator[Stop]:
    half = rules.services.half_dropoff_ms
    for order in orders:
        at_door = order.at_door_at or max(leaves + rules.travel.ms(here, order.door, one.vehicle), now)
        delivered = max(at_door + half, now)
        yield Stop(order.id, at_door, delivered)
        here, leaves = order.door, delivered + half
