"""drivers, their routes → here → hands: who can take an order, from which point and from when, as far as facts tell."""

import msgspec

from models.city import inbound
from models.course import Courses
from models.driver import Driver, DriverStatus
from models.geo import Point
from models.ids import DriverId, Instant
from models.order import Order
from models.ways import Vehicle


class Hand(msgspec.Struct, frozen=True):
    """A driver as of a later route: free for it at `at`, standing at `point`. `free`: he is so now, and can be sent."""

    driver: DriverId
    vehicle: Vehicle
    point: Point
    at: Instant
    until: Instant
    free: bool


def hands(courses: Courses) -> list[Hand]:
    """Everyone on shift who comes free before the off-time, by id."""
    on_shift = [one for _, one in sorted(courses.city.drivers.items()) if one.status is not DriverStatus.OFF]
    found = (
        _free_now(one, courses.outlook.t) if one.status is DriverStatus.AVAILABLE else _free_later(one, courses)
        for one in on_shift
    )
    return [hand for hand in found if hand.at < hand.until]


class Inbound(msgspec.Struct, frozen=True):
    """A driver who will pick up these orders at `picked_up`, in the order of their doors, and can take more until then."""

    driver: DriverId
    orders: tuple[Order, ...]
    picked_up: Instant
    until: Instant


def on_their_way(courses: Courses, most: int) -> list[Inbound]:
    """Everyone who still fetches, has less than `most` orders and fetches them before the off-time, by id."""
    city = courses.city
    drivers = [one for _, one in sorted(city.drivers.items()) if inbound(city, one) and len(one.route) < most]
    found = (_inbound(one, courses) for one in drivers)
    return [one for one in found if one.picked_up <= one.until]


def _inbound(one: Driver, courses: Courses) -> Inbound:
    picked_up = courses.of(one.id).picked_up
    assert picked_up is not None  # he has nothing on board yet
    return Inbound(one.id, tuple(courses.city.orders[o] for o in one.route), picked_up, one.until)


def _free_now(one: Driver, t: Instant) -> Hand:
    return Hand(one.id, one.vehicle, one.point, t, one.until, True)


def _free_later(one: Driver, courses: Courses) -> Hand:
    then = courses.of(one.id)
    return Hand(one.id, one.vehicle, then.point, then.free_at, one.until, False)
