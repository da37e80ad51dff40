"""points → here → a path one can be at, and how long a vehicle takes. What every kind of travel shares."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Annotated, Literal

import msgspec

from models.geo import Point, plane_metres

MINUTE_MS = 60_000
CITY_REACH_METRES = 100_000.0
"""Farther out nothing is of this city: a phone at 0° N 0° E is not in it. The recorded days reach 66 km."""
Vehicle = Literal["car", "motorcycle", "bicycle", "walking"]
USUAL_VEHICLE: Vehicle = "motorcycle"
"""Of a way whose driver nobody knows yet."""
KmPerHour = Annotated[float, msgspec.Meta(ge=1, le=200)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=3600)]


class Speeds(msgspec.Struct, frozen=True):
    """Kilometres an hour, door to door."""

    car: KmPerHour
    motorcycle: KmPerHour
    bicycle: KmPerHour
    walking: KmPerHour

    def ms(self, metres: float, vehicle: Vehicle, rounded_seconds: int) -> int:
        """Milliseconds of a way, rounded up to whole `rounded_seconds`."""
        km_per_hour: float = getattr(self, vehicle)
        units = math.ceil(metres * 3.6 / (km_per_hour * rounded_seconds))
        return units * rounded_seconds * 1000


class Path:
    """A way as it is driven, corner by corner; both ends are exact."""

    __slots__ = ("_ends", "corners")

    def __init__(self, corners: Sequence[Point]) -> None:
        """At least one corner."""
        self.corners = tuple(corners)
        self._ends = list(accumulate((plane_metres(a, b) for a, b in pairwise(self.corners)), initial=0.0))

    def at(self, share: float) -> Point:
        """Where one is after `share` (0 to 1) of the way."""
        if share >= 1.0 or len(self.corners) == 1:
            return self.corners[-1]
        if share <= 0.0:
            return self.corners[0]
        if len(self.corners) == 2:
            return _between(*self.corners, share)
        gone = share * self._ends[-1]
        n = max(1, bisect_left(self._ends, gone))
        leg = self._ends[n] - self._ends[n - 1]
        return _between(self.corners[n - 1], self.corners[n], (gone - self._ends[n - 1]) / leg if leg else 1.0)


def _between(a: Point, b: Point, share: float) -> Point:
    return Point(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
