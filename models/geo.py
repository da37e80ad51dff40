"""coordinates → here → distances. A point is in its city's own frame: metres on a plane, or longitude and latitude."""

import math
from typing import Annotated

import msgspec

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius R1 of the IUGG ellipsoid."""

Coordinate = Annotated[float, msgspec.Meta(ge=-1e7, le=1e7)]


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
    """Degrees of a plane point by the equirectangular projection about `origin`: good to 0.1 % within 40 km."""
    per_degree = math.radians(EARTH_RADIUS_METRES)
    lat = origin.lat + point.y / per_degree
    return LatLon(lat, origin.lon + point.x / (per_degree * math.cos(math.radians(origin.lat))))
