"""two points of a city with streets → here → the shortest way along them.

A city's street map is part of its rules, so it is in its log: a closed bridge changes every way from its fact on.
Lengths are whole centimetres: sums are then exact, the same in both directions and on every machine.
"""

import math
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated

import msgspec

from models.geo import LatLon, Point, check_origin, from_plane, plane_metres, plane_metres_of
from models.ways import CITY_REACH_METRES, Path, Seconds, Speeds, Vehicle

if TYPE_CHECKING:
    from models.geo import Many

CELL_METRES = 300.0
"""Junctions are looked up by cells of this size: about the distance between two of them."""
NO_WAY_METRES = 1_000_000.0
"""Length of a way that does not exist: out of everyone's reach, and finite, so that a stranded driver still has an ETA."""
Junction = Annotated[int, msgspec.Meta(ge=0)]


class Street(msgspec.Struct, frozen=True, array_like=True):
    """A straight piece between two junctions, passable both ways; `name` is empty for a side street."""

    a: Junction
    b: Junction
    name: str = ""

    @property
    def is_bridge(self) -> bool:
        """By its name: it crosses water."""
        return self.name.endswith("Bridge")


class StreetTravel(msgspec.Struct, frozen=True, tag="streets", dict=True):
    """Ways along streets, in metres on a plane, at the speed of the vehicle. `closed`: names that nobody passes now."""

    junctions: Annotated[tuple[Point, ...], msgspec.Meta(min_length=1, max_length=5_000)]
    streets: tuple[Street, ...]
    speeds: Speeds
    rounded_seconds: Seconds
    origin: LatLon
    closed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_origin(self.origin)
        if any(max(s.a, s.b) >= len(self.junctions) for s in self.streets):
            raise ValueError("Expected streets between junctions that are there")

    def beeline(self, a: Point, b: Point) -> float:
        """Metres as the crow flies."""
        return plane_metres(a, b)

    def beelines(self, points: "Many", to: Point) -> "Many":
        """Of many, and roughly: see `plane_metres_of`."""
        return plane_metres_of(points, to)

    def metres(self, a: Point, b: Point) -> float:
        """Length of the shortest way: to the nearest junction, along the streets, and on from the last junction."""
        net = self._network
        start, end = net.nearest(a), net.nearest(b)
        if start == end:
            return plane_metres(a, b)
        return plane_metres(a, self.junctions[start]) + net.metres(start, end) + plane_metres(self.junctions[end], b)

    def ms(self, a: Point, b: Point, vehicle: Vehicle) -> int:
        """Duration of the way, rounded up as the city's rules say."""
        return self.speeds.ms(self.metres(a, b), vehicle, self.rounded_seconds)

    def path(self, a: Point, b: Point) -> Path:
        """The way, corner by corner."""
        net = self._network
        start, end = net.nearest(a), net.nearest(b)
        if start == end:
            return Path((a, b))
        return Path((a, *(self.junctions[n] for n in net.between(start, end)), b))

    def on_map(self, point: Point) -> LatLon:
        """Degrees for a screen."""
        return from_plane(point, self.origin)

    def holds(self, point: Point) -> bool:
        """Whether the point can belong to this city."""
        return math.hypot(point.x, point.y) <= CITY_REACH_METRES

    @cached_property
    def _network(self) -> "Network":
        """Made at the first question: 0.5 s for 1,300 junctions, and most processes only draw."""
        return Network(self)


class Network:
    """Every shortest way of one street map, by Dijkstra's algorithm from each junction (scipy)."""

    def __init__(self, travel: StreetTravel) -> None:
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        junctions, count = travel.junctions, len(travel.junctions)
        ends = sorted({(min(s.a, s.b), max(s.a, s.b)) for s in travel.streets if s.name not in travel.closed})
        lengths = [max(1, round(100 * plane_metres(junctions[a], junctions[b]))) for a, b in ends]
        graph = csr_array((lengths, ([a for a, _ in ends], [b for _, b in ends])), shape=(count, count), dtype=float)
        self._centimetres, self._before = dijkstra(graph, directed=False, return_predecessors=True)
        self.nearest = _nearest_of(junctions)

    def metres(self, start: int, end: int) -> float:
        length = float(self._centimetres[start, end]) / 100
        return length if math.isfinite(length) else NO_WAY_METRES

    def between(self, start: int, end: int) -> list[int]:
        """The junctions from start to end, both included; only these two when there is no way."""
        way, here = [end], end
        while here != start:
            here = int(self._before[start, here])
            if here < 0:
                return [start, end]
            way.append(here)
        return way[::-1]


def _nearest_of(junctions: tuple[Point, ...]) -> Callable[[Point], int]:
    """The junction nearest to a point; of several, the first. Far from all streets every one is measured.

    Remembered apart from the network: a network that held its own method in a cache was freed by the collector alone, long
    after its bridge had closed and with 20 MB of ways.
    """
    cells: dict[tuple[int, int], list[int]] = {}
    for n, point in enumerate(junctions):
        cells.setdefault(_cell(point), []).append(n)

    @lru_cache(maxsize=1 << 14)
    def nearest(point: Point) -> int:
        x, y = _cell(point)
        around = [n for i in (-1, 0, 1) for j in (-1, 0, 1) for n in cells.get((x + i, y + j), ())]
        far, found = min(((plane_metres(point, junctions[n]), n) for n in around), default=(math.inf, 0))
        if far <= CELL_METRES:
            return found
        return min((plane_metres(point, one), n) for n, one in enumerate(junctions))[1]

    return nearest


def _cell(point: Point) -> tuple[int, int]:
    return math.floor(point.x / CELL_METRES), math.floor(point.y / CELL_METRES)
