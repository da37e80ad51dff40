"""drivers, their routes → here → hands: who can take an order, from which point and from when, as far as facts tell."""

import msgspec

from models.city import City
from models.course import course
from models.driver import Driver, DriverStatus
from models.geo import Point
from models.ids import DriverId, Instant
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


def _free_now(one: Driver, t: Instant) -> Hand:
    return Hand(one.id, one.vehicle, one.point, t, one.until, True)


def _free_later(city: City, rules: Rules, one: Driver, outlook: Outlook) -> Hand:
    then = course(city, rules, one, outlook)
    return Hand(one.id, one.vehicle, then.point, then.free_at, one.until, False)
