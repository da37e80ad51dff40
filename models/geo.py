"""coordinates → here → distances. A point is in its city's own frame: metres on a plane, or longitude and latitude."""

import math
from typing import Annotated

import msgspec

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius R1 of the IUGG ellipsoid."""

FARTHEST_METRES = 500_000.0
"""A city ends here: farther out a map, and Redis GEO, whose world ends at 85°, could not show it."""
Coordinate = Annotated[float, msgspec.Meta(ge=-FARTHEST_METRES, le=FARTHEST_METRES)]


class Point(msgspec.Struct, frozen=True, array_like=True, order=True):
    """x, y: metres east and north on a plane, or degrees east and north."""

    x: Coordinate
    y: Coordinate


class LatLon(msgspec.Struct, frozen=True):
    """Degrees, WGS 84: for maps only, never for a decision of a plane city."""

    lat: float
    lon: float


def plane_metres(a: Point, b: Point) -> float:
    """Straight line between two points of a plane city."""
    return math.hypot(a.x - b.x, a.y - b.y)


def from_plane(point: Point, origin: LatLon) -> LatLon:
    """Degrees of a plane point by the equirectangular projection about `origin`: at 45° good to 0.13 % within 40 km."""
    per_degree = math.radians(EARTH_RADIUS_METRES)
    lat = origin.lat + point.y / per_degree
    lon = origin.lon + point.x / (per_degree * math.cos(math.radians(origin.lat)))
    return LatLon(lat, lon if abs(lon) <= 180 else lon - math.copysign(360, lon))
