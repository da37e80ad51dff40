"""coordinates → here → distances. A point is in its city's own frame: metres on a plane, or longitude and latitude."""

import math
from math import asin, cos, sin, sqrt
from typing import TYPE_CHECKING, Annotated

import msgspec

if TYPE_CHECKING:  # most who read a city measure from point to point
    import numpy as np
    import numpy.typing as npt

    Many = npt.NDArray[np.float64]

EARTH_RADIUS_METRES = 6_371_008.8
"""Mean radius R1 of the IUGG ellipsoid."""

DEGREE, HALF_DEGREE = math.radians(1), math.radians(0.5)
FARTHEST_METRES = 500_000.0
"""No coordinate of any frame is larger; how far a city reaches is said by its travel."""
Coordinate = Annotated[float, msgspec.Meta(ge=-FARTHEST_METRES, le=FARTHEST_METRES)]


class Point(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """x, y: metres east and north on a plane, or degrees east and north."""

    x: Coordinate
    y: Coordinate


class LatLon(msgspec.Struct, frozen=True):
    """Degrees, WGS 84: for maps only, never for a decision of a plane city."""

    lat: float
    lon: float


def check_origin(origin: LatLon) -> None:
    """Raises ValueError where no city can lie: Redis GEO ends at 85° of latitude, and a city reaches 100 km."""
    if abs(origin.lat) > 80 or abs(origin.lon) > 180:
        raise ValueError("Expected an origin within 80° of the equator and 180° of Greenwich")


def plane_metres(a: Point, b: Point) -> float:
    """Straight line between two points of a plane city."""
    return math.hypot(a.x - b.x, a.y - b.y)


def sphere_metres(a: Point, b: Point) -> float:
    """Great circle between two points in degrees, by the haversine formula: exact to 0.5 % of the ellipsoid's."""
    north, east = sin((b.y - a.y) * HALF_DEGREE), sin((b.x - a.x) * HALF_DEGREE)
    half = north * north + cos(a.y * DEGREE) * cos(b.y * DEGREE) * east * east
    return 2 * EARTH_RADIUS_METRES * asin(sqrt(half if half < 1.0 else 1.0))


def plane_metres_of(points: "Many", to: Point) -> "Many":
    """Of n points, as rows of x and y, at once. The last digits are the machine's: no decision may rest on them."""
    import numpy as np

    return np.hypot(points[:, 0] - to.x, points[:, 1] - to.y)


def sphere_metres_of(points: "Many", to: Point) -> "Many":
    """Likewise, by the haversine formula."""
    import numpy as np

    x, y = points.T
    north, east = np.sin((to.y - y) * HALF_DEGREE), np.sin((to.x - x) * HALF_DEGREE)
    half: Many = north * north + np.cos(y * DEGREE) * cos(to.y * DEGREE) * east * east
    return 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


def from_plane(point: Point, origin: LatLon) -> LatLon:
    """Degrees of a plane point by the equirectangular projection about `origin`: at 45° good to 0.13 % within 40 km."""
    per_degree = math.radians(EARTH_RADIUS_METRES)
    lat = origin.lat + point.y / per_degree
    lon = origin.lon + point.x / (per_degree * math.cos(math.radians(origin.lat)))
    return LatLon(lat, lon if abs(lon) <= 180 else lon - math.copysign(360, lon))
