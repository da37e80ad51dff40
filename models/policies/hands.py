"""drivers, their routes → here → hands: who can take an order, from which point and from when, as far as facts tell."""

import msgspec

from models.city import City, inbound
from models.course import course
from models.driver import Driver, DriverStatus
from models.geo import Point
from models.ids import DriverId, Instant
from models.order import Order
from models.prep import Outlook
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


def hands(city: City, rules: Rules, outlook: Outlook) -> list[Hand]:
    """Everyone on shift who comes free before the off-time, by id."""
    on_shift = [city.drivers[d] for d in sorted(city.drivers) if city.drivers[d].status is not DriverStatus.OFF]
    found = (
        _free_now(d, outlook.t) if d.status is DriverStatus.AVAILABLE else _free_later(city, rules, d, outlook)
        for d in on_shift
    )
    return [hand for hand in found if hand.at < hand.until]


class Inbound(msgspec.Struct, frozen=True):
    """A driver who will pick up these orders at `picked_up`, in the order of their doors, and can take more until then."""

    driver: DriverId
    orders: tuple[Order, ...]
    picked_up: Instant
    until: Instant


def on_their_way(city: City, rules: Rules, outlook: Outlook, most: int) -> list[Inbound]:
    """Everyone who still fetches, has less than `most` orders and fetches them before the off-time, by id."""
    drivers = [one for _, one in sorted(city.drivers.items()) if inbound(city, one) and len(one.route) < most]
    found = (_inbound(city, rules, one, outlook) for one in drivers)
    return [one for one in found if one.picked_up <= one.until]


def _inbound(city: City, rules: Rules, one: Driver, outlook: Outlook) -> Inbound:
    picked_up = course(city, rules, one, outlook).picked_up
    assert picked_up is not None  # he has nothing on board yet
    return Inbound(one.id, tuple(city.orders[o] for o in one.route), picked_up, one.until)


def _free_now(one: Driver, t: Instant) -> Hand:
    return Hand(one.id, one.vehicle, one.point, t, one.until, True)


def _free_later(city: City, rules: Rules, one: Driver, outlook: Outlook) -> Hand:
    then = course(city, rules, one, outlook)
    return Hand(one.id, one.vehicle, then.point, then.free_at, one.until, False)
