"""ping → here → accepted position or the reason why not; command on a driver → here → the next driver.

A late ping never moves a driver back, and one that would need more than 70 m/s is not believed.
"""

from collections.abc import Collection
from enum import StrEnum

import msgspec

from models.commands import ArriveAtRestaurant, BecomeFree, DriverAsk, EndShift, Ping
from models.events import Position
from models.geo import Point
from models.ids import DriverId, Instant, OrderId
from models.travel import Travel
from models.ways import Vehicle

TELEPORT_METRES_PER_SECOND = 70.0
"""250 km/h: no vehicle of ours; the bound falls out of reach again as the time since the last fix grows."""
AHEAD_MS = 3_600_000
"""A phone whose clock is more than an hour ahead of its city would freeze its marker by `newest wins`."""
SILENT_SECONDS, SILENT_PINGS, LOST_FACTOR = 30, 3, 10


class DriverStatus(StrEnum):
    OFF = "off"
    AVAILABLE = "available"
    TO_RESTAURANT = "to_restaurant"
    WAITING = "waiting"
    TO_DOOR = "to_door"


class Signal(StrEnum):
    """What the phone says, apart from what the driver does: silent is not stopped."""

    LIVE = "live"
    SILENT = "silent"
    LOST = "lost"


class Driver(msgspec.Struct, frozen=True):
    """A driver as the log has left it; `route` holds the orders not yet delivered, in the order of their doors.

    `point` follows every tick. `stood` is the point at the last change of the row: rows and views carry that one, since
    20,000 rows a tick for positions alone would be the city's largest write.
    """

    id: DriverId
    name: str
    vehicle: Vehicle
    point: Point
    seen_at: Instant
    stood: Point
    stood_at: Instant
    until: Instant
    status: DriverStatus = DriverStatus.AVAILABLE
    route: tuple[OrderId, ...] = ()
    version: int = 1


OFF, AVAILABLE, TO_RESTAURANT, WAITING, TO_DOOR = DriverStatus
FETCHING = (TO_RESTAURANT, WAITING)

DRIVER_MOVES: dict[type, dict[DriverStatus, DriverStatus]] = {
    ArriveAtRestaurant: {TO_RESTAURANT: WAITING},
    BecomeFree: {TO_DOOR: AVAILABLE},
    EndShift: {AVAILABLE: OFF, TO_RESTAURANT: OFF, WAITING: OFF},
}
"""Command → status before → status after. A shift cannot end with food on board."""


def driver_refusal(driver: Driver, ask: DriverAsk) -> str | None:
    """Why this driver cannot do this now, or None."""
    if driver.status not in DRIVER_MOVES[type(ask)]:
        return "illegal move"
    if isinstance(ask, BecomeFree) and driver.route:
        return "still has orders to deliver"
    return None


def changed(driver: Driver, **fields: object) -> Driver:
    """The driver with these fields, one version later."""
    where = {"stood": driver.point, "stood_at": driver.seen_at}
    return msgspec.structs.replace(driver, version=driver.version + 1, **where, **fields)


def without(driver: Driver, order: OrderId, on_board: Collection[OrderId]) -> Driver:
    """The driver after an order left the route other than by delivery.

    Nothing is left: free. All that is left is on board: on the way to the doors.
    """
    route = tuple(o for o in driver.route if o != order)
    status = driver.status
    if status in FETCHING and set(route) <= set(on_board):
        status = TO_DOOR if route else AVAILABLE
    return changed(driver, route=route, status=status)


class Ignored(StrEnum):
    """Why a ping was not accepted; each is a counter."""

    LATE = "late"
    TELEPORT = "teleport"
    AHEAD = "ahead"
    OFF_MAP = "off_map"


def observe(travel: Travel, last: Position | None, ping: Ping, now: Instant) -> Position | Ignored:
    """The accepted position of a ping, or why it is ignored.

    `last` is the driver's last accepted position, None when there is none yet; `now` the city's last tick, or its opening.
    """
    if ping.at > now + AHEAD_MS:
        return Ignored.AHEAD
    if not travel.holds(ping.point):
        return Ignored.OFF_MAP
    if last is None:
        return Position(ping.driver, ping.at, ping.point)
    if ping.at <= last.at:
        return Ignored.LATE
    far = travel.beeline(last.point, ping.point)
    if far * 1000 > TELEPORT_METRES_PER_SECOND * (ping.at - last.at):
        return Ignored.TELEPORT
    return Position(ping.driver, ping.at, ping.point)


def signal(age_ms: int, ping_seconds: int) -> Signal:
    """What a silence of `age_ms` of event time means at this ping interval."""
    silent_ms = silent_after_ms(ping_seconds)
    if age_ms <= silent_ms:
        return Signal.LIVE
    return Signal.LOST if age_ms > LOST_FACTOR * silent_ms else Signal.SILENT


def silent_after_ms(ping_seconds: int) -> int:
    """What is no silence yet: 30 s, or three pings."""
    return 1000 * max(SILENT_SECONDS, SILENT_PINGS * ping_seconds)
