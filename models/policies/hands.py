"""drivers, their routes → here → hands: who can take an order, from which point and from when, as far as facts tell."""

import msgspec

from models.city import City
from models.driver import Driver, DriverStatus
from models.geo import Point
from models.ids import DriverId, Instant
from models.order import Order, expected_ready
from models.rules import Rules
from models.ways import Vehicle


class Hand(msgspec.Struct, frozen=True):
    """A driver as of a later route: free for it at `at`, standing at `point`. `free`: he is so now, and can be sent."""

    driver: DriverId
    vehicle: Vehicle
    point: Point
    at: Instant
    until: Instant
    free: bool


def hands(city: City, rules: Rules, t: Instant) -> list[Hand]:
    """Everyone on shift who comes free before the off-time, by id."""
    on_shift = [city.drivers[d] for d in sorted(city.drivers) if city.drivers[d].status is not DriverStatus.OFF]
    found = (
        _free_now(d, t) if d.status is DriverStatus.AVAILABLE else _free_later(city, rules, d, t) for d in on_shift
    )
    return [hand for hand in found if hand.at < hand.until]


def _free_now(one: Driver, t: Instant) -> Hand:
    return Hand(one.id, one.vehicle, one.point, t, one.until, True)


def _free_later(city: City, rules: Rules, one: Driver, t: Instant) -> Hand:
    """After the doors still before him: each leg from where the one before ends."""
    services, here, leaves = rules.services, one.point, max(t, one.seen_at)
    orders = [city.orders[o] for o in one.route]
    if one.status is not DriverStatus.TO_DOOR and orders:
        kitchen = city.restaurants[orders[0].restaurant].point
        leaves, here = _picked_up(city, rules, one, orders, kitchen, t) + services.half_pickup_ms, kitchen
    elif not orders:
        leaves = t + services.half_dropoff_ms
    for order in orders:
        at_door = order.at_door_at or leaves + rules.travel.ms(here, order.door, one.vehicle)
        leaves, here = max(at_door + 2 * services.half_dropoff_ms, t), order.door
    return Hand(one.id, one.vehicle, here, leaves, one.until, False)


def _picked_up(city: City, rules: Rules, one: Driver, orders: list[Order], kitchen: Point, t: Instant) -> Instant:
    arrived = orders[0].waited_at
    if arrived is None:
        arrived = max(t, one.seen_at + rules.travel.ms(one.point, kitchen, one.vehicle))
    ready = [expected_ready(order, t) for order in orders if order.picked_up_at is None]
    return max(*ready, arrived + rules.services.half_pickup_ms)
