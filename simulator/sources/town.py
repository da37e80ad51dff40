"""a seed → here → a coastal city on paper: a river with bridges, streets that bend, parks and named quarters.

The streets are a grid that is finer in the centre, turned and shaken, and cut by water and parks; every seventh line is an
avenue with a name. All of it is invented: its origin lies in the open sea.
"""

import math
from collections.abc import Callable, Iterator
from itertools import islice, pairwise, product
from random import Random

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from models.geo import LatLon, Point, plane_metres
from models.scenery import Ring, Scenery, Zone
from models.streets import Street, StreetTravel
from models.ways import Speeds
from simulator.sources import names

WIDTH, HEIGHT = 9_000.0, 7_000.0
BEYOND = 9_000.0
"""Water goes on so far outside the city, so that no map ends at a straight line."""
ORIGIN = LatLon(43.2, -9.9)
SPEEDS = Speeds(car=22, motorcycle=24, bicycle=15, walking=5)
"""km/h along streets: with the detour of a grid about the 320 m/min of straight line that the recorded days have."""
COLUMNS, ROWS, TURNED = 50, 42, math.radians(9)
SHAKEN_METRES, DROPPED, AVENUE_EVERY, FIRST_AVENUE = 16.0, 0.1, 7, 4
LONGEST_BRIDGE_METRES = 700.0
BRIDGES = (
    "Harbour Bridge",
    "Mill Bridge",
    "Lantern Bridge",
    "Ferry Bridge",
    "East Bridge",
    "Mint Bridge",
    "Weir Bridge",
)
ZONES_NORTH = ("Northgate", "Lightwater", "Hillcrest", "Orchard End")
ZONES_SOUTH = ("Old Harbour", "Southbank", "Millside", "Eastfield")
KERB_METRES = 14.0
"""Doors stand this far from the middle of their street."""
Metres = npt.NDArray[np.float64]
Junction = tuple[int, int]
"""Column and row of the grid."""


class Town:
    """Its ways, its map, and the middles of its quarters."""

    def __init__(self, travel: StreetTravel, scenery: Scenery, centres: tuple[Point, ...]) -> None:
        self.travel, self.scenery, self.centres = travel, scenery, centres
        self._nearest = KDTree([(p.x, p.y) for p in travel.junctions])
        self._around: dict[int, list[Street]] = {}
        for street in travel.streets:
            if not street.is_bridge:
                for end in (street.a, street.b):
                    self._around.setdefault(end, []).append(street)

    def address(self, rng: Random, near: Point) -> Point:
        """A door in a street at the junction nearest to a point; nobody lives on a bridge."""
        _, here = self._nearest.query((near.x, near.y))
        street = rng.choice(self._around[int(here)])
        a, b = (self.travel.junctions[n] for n in (street.a, street.b))
        share, side = rng.uniform(0.1, 0.9), rng.choice((-1, 1)) * KERB_METRES / max(1.0, plane_metres(a, b))
        x = a.x + (b.x - a.x) * share - (b.y - a.y) * side
        return Point(round(x, 1), round(a.y + (b.y - a.y) * share + (b.x - a.x) * side, 1))


def town(seed: int) -> Town:
    """The same seed, the same city."""
    rng = Random(seed)
    water = _sea(rng), _river(rng)
    land = shapely.box(0, 0, WIDTH, HEIGHT).difference(shapely.union_all(water))
    banks = sorted(land.geoms, key=lambda part: part.area)[-2:]
    south, north = sorted(banks, key=lambda bank: bank.centroid.y)
    parks = list(_parks(rng, land))
    travel = _travel(rng, shapely.union_all(water), shapely.union_all(parks))
    zones = [*_zones(rng, north, ZONES_NORTH), *_zones(rng, south, ZONES_SOUTH)]
    scenery = Scenery(tuple(map(_ring, water)), tuple(map(_ring, parks)), tuple(Zone(n, _ring(z)) for n, z in zones))
    return Town(travel, scenery, tuple(Point(round(z.centroid.x, 1), round(z.centroid.y, 1)) for _, z in zones))


def _wave(rng: Random, middle: float, *swings: tuple[float, float]) -> Callable[[Metres], Metres]:
    """A line that swings about its middle: (metres aside, metres of a wave over 2π)."""
    phases = [rng.uniform(0, 2 * math.pi) for _ in swings]

    def line(at: Metres) -> Metres:
        aside: Metres = np.sum([a * np.sin(at / w + p) for (a, w), p in zip(swings, phases, strict=True)], axis=0)
        return aside + middle

    return line


def _sea(rng: Random) -> shapely.Polygon:
    """West of a coast with bays."""
    y = np.arange(-BEYOND, HEIGHT + BEYOND, 80.0)
    coast = np.column_stack([_wave(rng, 1050, (330, 1300), (110, 420))(y), y])
    return shapely.Polygon([(-BEYOND, -BEYOND), *coast, (-BEYOND, HEIGHT + BEYOND)]).simplify(8)


def _river(rng: Random) -> shapely.Polygon:
    """From the hills in the east to the sea, wider towards its mouth."""
    x = np.arange(200.0, WIDTH + BEYOND, 80.0)
    middle, half = _wave(rng, 3500, (420, 1700), (130, 620))(x), 45 + 110 * np.exp(-(x - 200) / 1500)
    banks = np.column_stack([x, middle - half]), np.column_stack([x, middle + half])[::-1]
    return shapely.Polygon(np.concatenate(banks)).simplify(8)


def _parks(rng: Random, land: shapely.Geometry) -> Iterator[shapely.Polygon]:
    """Four round greens on dry land, away from each other."""
    free, found = land.buffer(-150), 0
    while found < 4:
        centre = shapely.Point(rng.uniform(0.15, 0.95) * WIDTH, rng.uniform(0.05, 0.95) * HEIGHT)
        angles = np.linspace(0, 2 * math.pi, 24, endpoint=False)
        radii = rng.uniform(190, 380) * (1 + 0.18 * np.sin(3 * angles + rng.uniform(0, 6)))
        park = shapely.Polygon(np.column_stack([centre.x + radii * np.cos(angles), centre.y + radii * np.sin(angles)]))
        if free.contains(park):
            free, found = free.difference(park.buffer(600)), found + 1
            yield park


def _zones(rng: Random, bank: shapely.Geometry, called: tuple[str, ...]) -> list[tuple[str, shapely.Polygon]]:
    """One bank of the river cut into quarters, from west to east."""
    step = WIDTH / len(called)
    middles = [(rng.uniform(0.4, 0.6) * step + n * step, bank.centroid.y + rng.uniform(-400, 400)) for n in range(4)]
    cells = shapely.voronoi_polygons(shapely.MultiPoint(middles), extend_to=bank)
    parts = [max(shapely.get_parts(cell.intersection(bank)), key=lambda p: p.area) for cell in cells.geoms]
    return list(zip(called, sorted(parts, key=lambda part: part.centroid.x), strict=True))


def _travel(rng: Random, water: shapely.Geometry, parks: shapely.Geometry) -> StreetTravel:
    spots = dict(_spots(rng, water.buffer(25), parks.buffer(-15)))
    called = _avenues(rng)
    bridges = list(_bridges(spots, water))
    ways = [*bridges, *_streets(rng, spots, shapely.union(water, parks.buffer(-30)), called)]
    kept = _largest(list(spots), [(a, b) for a, b, _ in ways])
    number = {junction: n for n, junction in enumerate(kept)}
    streets = tuple(Street(number[a], number[b], name) for a, b, name in ways if a in number)
    return StreetTravel(tuple(spots[j] for j in kept), streets, SPEEDS, 1, ORIGIN)


def _spots(rng: Random, wet: shapely.Geometry, green: shapely.Geometry) -> Iterator[tuple[Junction, Point]]:
    """Where the lines of the grid cross; closer together in the middle of the city."""
    shapely.prepare(wet)
    for i, j in product(range(COLUMNS), range(ROWS)):
        u, v = (0.7 * s + 0.3 * s**3 for s in (2 * i / (COLUMNS - 1) - 1, 2 * j / (ROWS - 1) - 1))
        east, north = 0.6 * WIDTH * u, 0.65 * HEIGHT * v
        x = WIDTH / 2 + east * math.cos(TURNED) - north * math.sin(TURNED) + rng.gauss(0, SHAKEN_METRES)
        y = HEIGHT / 2 + east * math.sin(TURNED) + north * math.cos(TURNED) + rng.gauss(0, SHAKEN_METRES)
        spot = shapely.Point(x, y)
        if 0 <= x <= WIDTH and 0 <= y <= HEIGHT and not (wet.contains(spot) or green.contains(spot)):
            yield (i, j), Point(round(x, 1), round(y, 1))


def _avenues(rng: Random) -> dict[tuple[str, int], str]:
    """The names of the lines that are avenues, by direction and number."""
    lines = [(way, n) for way, count in (("i", COLUMNS), ("j", ROWS)) for n in range(FIRST_AVENUE, count, AVENUE_EVERY)]
    kinds = {"i": "Avenue", "j": "Road"}
    return {line: f"{word} {kinds[line[0]]}" for line, word in zip(lines, names.words(rng, len(lines)), strict=True)}


def _streets(
    rng: Random, spots: dict[Junction, Point], barred: shapely.Geometry, called: dict[tuple[str, int], str]
) -> Iterator[tuple[Junction, Junction, str]]:
    """Between neighbours of the grid, unless water or a park lies between them; a few side streets are missing."""
    shapely.prepare(barred)
    for i, j in spots:
        for other, name in (((i + 1, j), called.get(("j", j), "")), ((i, j + 1), called.get(("i", i), ""))):
            if other not in spots or (rng.random() < DROPPED and not name):
                continue
            if not barred.intersects(_line(spots[i, j], spots[other])):
                yield (i, j), other, name


def _bridges(spots: dict[Junction, Point], water: shapely.Geometry) -> Iterator[tuple[Junction, Junction, str]]:
    """Where an avenue meets the river, from west to east."""
    called = iter(BRIDGES)
    for i in range(FIRST_AVENUE, COLUMNS, AVENUE_EVERY):
        column = [(i, j) for j in range(ROWS) if (i, j) in spots]
        for a, b in pairwise(column):
            over = _line(spots[a], spots[b])
            if over.length <= LONGEST_BRIDGE_METRES and water.intersects(over):
                yield from ((a, b, name) for name in islice(called, 1))


def _line(a: Point, b: Point) -> shapely.LineString:
    return shapely.LineString([(a.x, a.y), (b.x, b.y)])


def _largest(junctions: list[Junction], ways: list[tuple[Junction, Junction]]) -> list[Junction]:
    """The junctions of the part of the city from which most others can be reached."""
    number = {junction: n for n, junction in enumerate(junctions)}
    ends = [number[a] for a, _ in ways], [number[b] for _, b in ways]
    graph = csr_array((np.ones(len(ways)), ends), shape=(len(junctions), len(junctions)))
    _, labels = connected_components(graph, directed=False)
    most = np.bincount(labels).argmax()
    return [junction for junction, label in zip(junctions, labels, strict=True) if label == most]


def _ring(area: shapely.Polygon) -> Ring:
    corners = list(area.simplify(6).exterior.coords)[:-1]
    return tuple(Point(float(round(x)), float(round(y))) for x, y in corners)
