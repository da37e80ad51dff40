"""two points → here → metres and milliseconds. Travel belongs to the city: engine, dispatch, ETA and score use this one.

Degrees are for maps: metres through degrees and back change a rounded leg of a recorded day in 1–4 %.
"""

import math
from typing import Annotated

import msgspec

from models.geo import LatLon, Point, from_plane, plane_metres

MINUTE_MS = 60_000


class PlaneTravel(msgspec.Struct, frozen=True, tag="plane"):
    """Straight lines on a plane at one speed; a leg is rounded up to whole `rounded_seconds`."""

    metres_per_minute: Annotated[float, msgspec.Meta(ge=1, le=1e5)]
    rounded_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)]
    origin: LatLon

    def __post_init__(self) -> None:
        if abs(self.origin.lat) > 80 or abs(self.origin.lon) > 180:
            raise ValueError("Expected an origin within 80° of the equator and 180° of Greenwich")


Travel = PlaneTravel


def metres(travel: Travel, a: Point, b: Point) -> float:
    """Length of the way from a to b."""
    return plane_metres(a, b)


def travel_ms(travel: Travel, a: Point, b: Point) -> int:
    """Duration of the way in milliseconds, rounded up as the city's rules say (ceil, as in Reyes et al. 2018)."""
    unit = travel.rounded_seconds
    units = math.ceil(metres(travel, a, b) * 60 / (travel.metres_per_minute * unit))
    return units * unit * 1000


def along(travel: Travel, a: Point, b: Point, share: float) -> Point:
    """Where one is after `share` (0 to 1) of the way from a to b; both ends are exact."""
    if share >= 1.0:
        return b
    return Point(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share) if share > 0.0 else a


def on_map(travel: Travel, point: Point) -> LatLon:
    """Degrees for a screen."""
    return from_plane(point, travel.origin)
