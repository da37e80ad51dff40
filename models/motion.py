"""a driver's positions, one after another → here → does he stand, is he off his way, and is he slower than his map says?

Only where he has been seen: a silent phone is no standing driver.
"""

import msgspec

from models.city import City
from models.driver import FETCHING, Driver, DriverStatus
from models.geo import Point
from models.ids import Instant
from models.rules import Rules

STANDS_METRES = 30.0
"""Within this of one place he stands: fixes of a phone stray by 5 to 20 m."""
ARRIVED_METRES = 100.0
PACED_SHARE = 0.2
"""Of a way he must have gone so much before it says how fast ways are."""


class Leg(msgspec.Struct, frozen=True):
    """The way to `to`, from where and when he was first seen to move on it. Metres, ms."""

    to: Point
    start: Point
    left_at: Instant
    least: float

    @classmethod
    def begun(cls, to: Point, here: Point, at: Instant, rules: Rules) -> "Leg":
        return cls(to, here, at, rules.travel.metres(here, to))


class Motion(msgspec.Struct, frozen=True):
    """`point`: the place that he stands at since `since`, or stood at last. `leg`: None while he has nowhere to go.

    `off_metres`: how much longer the rest of his way is than it has been."""

    point: Point
    since: Instant
    leg: Leg | None = None
    moved: bool = False
    off_metres: int = 0


def bound_for(city: City, one: Driver) -> Point | None:
    """Where he is to drive now; None while he waits, hands over or is free."""
    if one.status is DriverStatus.TO_RESTAURANT:
        return city.restaurants[city.orders[one.route[0]].restaurant].point
    if one.status is DriverStatus.TO_DOOR and one.route and city.orders[one.route[0]].at_door_at is None:
        return city.orders[one.route[0]].door
    return None


def followed(city: City, rules: Rules, one: Driver, before: Motion | None) -> Motion:
    """A position later: the driver as he is now, and his motion up to his position before.

    A way begins where he was last seen before he moved: services are no driving.
    """
    to = bound_for(city, one)
    stands = before is not None and rules.travel.beeline(before.point, one.point) <= STANDS_METRES
    here, since = (before.point, before.since) if before and stands else (one.point, one.seen_at)
    if to is None:
        return Motion(here, since)
    if before is None or before.leg is None or before.leg.to != to:
        return Motion(here, one.seen_at, Leg.begun(to, one.point, one.seen_at, rules))
    if stands and not before.moved:
        return Motion(here, since, Leg.begun(to, one.point, one.seen_at, rules))
    left = rules.travel.metres(one.point, to)
    leg = msgspec.structs.replace(before.leg, least=min(before.leg.least, left))
    return Motion(here, since, leg, True, round(left - leg.least))


def stands_ms(city: City, rules: Rules, one: Driver, motion: Motion) -> int:
    """How long he was seen standing where he should drive, services left out; 0 where he need not drive, or is there."""
    if motion.leg is None or rules.travel.beeline(one.point, motion.leg.to) <= ARRIVED_METRES:
        return 0
    allowed = 0 if motion.moved or one.status in FETCHING else _service_ms(rules)
    return max(0, one.seen_at - motion.since - allowed)


def _service_ms(rules: Rules) -> int:
    """Before a way to a door begins he loads, or comes from another door."""
    return max(rules.services.half_pickup_ms, rules.services.half_dropoff_ms)


def pace(rules: Rules, one: Driver, motion: Motion) -> tuple[int, int] | None:
    """What his way so far should have taken by the map, and what it took (ms); None while it says nothing."""
    leg = motion.leg
    if leg is None or not motion.moved or motion.off_metres > 0:
        return None
    whole = rules.travel.metres(leg.start, leg.to)
    gone = whole - leg.least
    if whole <= 0 or gone < PACED_SHARE * whole:
        return None
    said = int(rules.travel.ms(leg.start, leg.to, one.vehicle) * gone / whole)
    return said, one.seen_at - leg.left_at
