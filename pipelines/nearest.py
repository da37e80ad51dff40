"""Redis, Postgres → here → who is free near a place, nearest first. Two ways to ask, one rule (decision 0008).

A driver is free by the row as it stands now, and stands where the newer of two says: the accepted position, or the row. Redis
knows the newest position; SQL, for analysts, the newest of those kept every 5 s. Dispatch asks neither: it has the city.
"""

from typing import Any, NamedTuple

import msgspec
import psycopg
from redis.asyncio import Redis

from models.driver import DriverStatus
from models.events import Position
from models.geo import EARTH_RADIUS_METRES, LatLon, Point, sphere_metres
from models.ids import CityId, DriverId, Instant
from models.travel import Travel
from models.views import Key, key

WIDER_METRES = 2.0
"""A GEO key holds places to 0.4 m; 2 m more bring everyone in whom exact coordinates put inside."""
GEO_RADIUS_METRES = 6_372_797.560856
"""The earth of Redis GEO: at 5 km it measures 1.4 m more than ours."""
NEAR = "select driver_id, metres, lat, lon from available_near(%s, %s, %s, %s)"


class Near(NamedTuple):
    """A free driver, and how far as the crow flies."""

    driver: DriverId
    metres: float
    at: LatLon


class _Row(msgspec.Struct):
    """What is needed of a DriverView."""

    status: str
    stood: Point
    stood_at: Instant


_row, _position = msgspec.json.Decoder(_Row), msgspec.json.Decoder(Position)


async def nearest_live(live: "Redis", city: CityId, travel: Travel, place: LatLon, within_metres: float) -> list[Near]:
    """Free drivers within a distance, nearest first, ties by id; two round trips.

    The GEO key is of the last tick: who came free or came near since then is found after the next one.
    """
    radius = within_metres * GEO_RADIUS_METRES / EARTH_RADIUS_METRES + WIDER_METRES
    found: Any = await live.geosearch(
        key(city, Key.AVAILABLE), longitude=place.lon, latitude=place.lat, radius=radius, unit="m"
    )
    if not found:
        return []
    both = live.pipeline(transaction=False)
    both.hmget(key(city, Key.DRIVERS), found)
    both.hmget(key(city, Key.POSITIONS), found)
    rows, positions = await both.execute()
    measured = (_measured(one, travel, place) for one in zip(found, rows, positions, strict=True))
    return sorted((near for near in measured if near and near.metres <= within_metres), key=_order)


async def nearest_stored(
    postgres: psycopg.AsyncConnection[tuple[Any, ...]], city: CityId, place: LatLon, within_metres: float
) -> list[Near]:
    """The same by SQL: by rows as they stand, and positions kept every 5 s."""
    answer = await postgres.execute(NEAR, (city, place.lat, place.lon, within_metres), binary=True)
    return [Near(DriverId(driver), metres, LatLon(lat, lon)) for driver, metres, lat, lon in await answer.fetchall()]


def _measured(one: tuple[bytes, bytes | None, bytes | None], travel: Travel, place: LatLon) -> Near | None:
    """None when the driver is not free any more."""
    driver, row, position = one
    if row is None or (known := _row.decode(row)).status != DriverStatus.AVAILABLE:
        return None
    newest = _position.decode(position) if position else None
    point = newest.point if newest is not None and newest.at > known.stood_at else known.stood
    at = travel.on_map(point)
    return Near(DriverId(driver.decode()), sphere_metres(Point(place.lon, place.lat), Point(at.lon, at.lat)), at)


def _order(near: Near) -> tuple[float, str]:
    return near.metres, near.driver
