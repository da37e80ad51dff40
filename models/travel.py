"""two points → here → metres, milliseconds and the way between. Travel belongs to the city.

Engine, dispatch, ETA and score use this one. Degrees are for maps: metres through degrees and back change a rounded leg
of a recorded day in 1–4 %.
"""

import math
from typing import TYPE_CHECKING, Annotated

import msgspec

from models.geo import (
    LatLon,
    Point,
    check_origin,
    from_plane,
    plane_metres,
    plane_metres_of,
    sphere_metres,
    sphere_metres_of,
)
from models.streets import StreetTravel
from models.ways import CITY_REACH_METRES, Path, Seconds, Speeds, Vehicle

if TYPE_CHECKING:
    from models.geo import Many

SURELY_IN_DEGREES = 0.85
"""Of longitude and latitude together: 95 km at most. Asked of every ping, the exact distance was a tenth of a replay."""


class PlaneTravel(msgspec.Struct, frozen=True, tag="plane"):
    """Straight lines on a plane, at one speed whatever the vehicle; a leg is rounded up to whole `rounded_seconds`."""

    metres_per_minute: Annotated[float, msgspec.Meta(ge=1, le=1e5)]
    rounded_seconds: Seconds
    origin: LatLon

    def __post_init__(self) -> None:
        check_origin(self.origin)

    def beeline(self, a: Point, b: Point) -> float:
        """Metres as the crow flies."""
        return plane_metres(a, b)

    def beelines(self, points: "Many", to: Point) -> "Many":
        """Of many, and roughly: see `plane_metres_of`."""
        return plane_metres_of(points, to)

    def metres(self, a: Point, b: Point) -> float:
        """Length of the way."""
        return plane_metres(a, b)

    def ms(self, a: Point, b: Point, vehicle: Vehicle) -> int:
        """Duration of the way, rounded up as the city's rules say (ceil, as in Reyes et al. 2018)."""
        unit = self.rounded_seconds
        return math.ceil(plane_metres(a, b) * 60 / (self.metres_per_minute * unit)) * unit * 1000

    def path(self, a: Point, b: Point) -> Path:
        return Path((a, b))

    def on_map(self, point: Point) -> LatLon:
        """Degrees for a screen."""
        return from_plane(point, self.origin)

    def holds(self, point: Point) -> bool:
        """Whether the point can belong to this city."""
        return math.hypot(point.x, point.y) <= CITY_REACH_METRES


class StraightTravel(msgspec.Struct, frozen=True, tag="straight"):
    """Points in degrees; a way is the straight line times `detour`, at the speed of the vehicle."""

    detour: Annotated[float, msgspec.Meta(ge=1, le=5)]
    speeds: Speeds
    rounded_seconds: Seconds
    origin: LatLon

    def __post_init__(self) -> None:
        check_origin(self.origin)

    def beeline(self, a: Point, b: Point) -> float:
        """Metres as the crow flies."""
        return sphere_metres(a, b)

    def beelines(self, points: "Many", to: Point) -> "Many":
        """Of many, and roughly: see `sphere_metres_of`."""
        return sphere_metres_of(points, to)

    def metres(self, a: Point, b: Point) -> float:
        """Length of the way."""
        return self.detour * sphere_metres(a, b)

    def ms(self, a: Point, b: Point, vehicle: Vehicle) -> int:
        """Duration of the way, rounded up as the city's rules say."""
        return self.speeds.ms(self.metres(a, b), vehicle, self.rounded_seconds)

    def path(self, a: Point, b: Point) -> Path:
        return Path((a, b))

    def on_map(self, point: Point) -> LatLon:
        """Degrees for a screen."""
        return LatLon(point.y, point.x)

    def holds(self, point: Point) -> bool:
        """Whether the point can belong to this city."""
        if abs(point.x) > 180 or abs(point.y) > 90:
            return False
        if abs(point.x - self.origin.lon) + abs(point.y - self.origin.lat) < SURELY_IN_DEGREES:
            return True
        return sphere_metres(point, Point(self.origin.lon, self.origin.lat)) <= CITY_REACH_METRES


Travel = PlaneTravel | StraightTravel | StreetTravel
