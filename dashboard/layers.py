"""Snapshot, marks, rows → here → what the map's layers hold: where things are in degrees, their icon, their words.

Pure, and once a snapshot; `deck.py` says how they are drawn.
"""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import msgspec

from dashboard import wording
from dashboard.frames import Mark, Row, kitchen_of, named, way
from dashboard.snapshot import CityView, Snapshot
from models.driver import Signal
from models.geo import LatLon, Point
from models.travel import Travel
from models.views import OrderView

SILENT_METRES_PER_SECOND, SILENT_REACH_METRES = 5, 1200
FIT_PIXELS = 400
"""What is seen of a map's height beside its notes, on a desk, and of its width on a phone: the server cannot know which."""
WIDER = 1.3
"""A city may be so much wider than high: a desk shows it whole, a phone its middle. As square, it leaves a desk half empty."""
WORLD_METRES, TILE_PIXELS = 40_075_016.7, 512
METRES_PER_DEGREE = WORLD_METRES / 360
LINES_A_SIDE = 60
DRIVER_METRES, DOOR_METRES, END_METRES = 210, 130, 300
"""How long a shape is on the ground, within the pixel bounds of its layer."""
STANDS_AT_METRES, LABEL_METRES = 150, 600
ROUTE_MARGIN = 1.9
"""Room for the labels at both ends."""
DOTS_A_LEG = 40
Datum = dict[str, Any]


class Places:
    """Degrees of a city's points, rounded to a metre: full floats are twice the bytes."""

    def __init__(self, travel: Travel) -> None:
        self._travel = travel

    def __call__(self, point: Point) -> list[float]:
        at = self._travel.on_map(point)
        return [round(at.lon, 5), round(at.lat, 5)]

    def way(self, a: Point, b: Point) -> list[list[float]]:
        """From one to the other as one goes in this city, corner by corner."""
        return [self(corner) for corner in self._travel.path(a, b).corners]

    def along(self, a: Point, b: Point, pieces: int) -> list[list[float]]:
        """Points at even distances on that way, both ends with it."""
        path = self._travel.path(a, b)
        return [self(path.at(i / pieces)) for i in range(pieces + 1)]


def heading(s: Snapshot, mark: Mark) -> int:
    """Degrees against the clock from north, towards where the driver is going; deck.gl turns icons that way."""
    if not mark.driver.route or mark.shape not in ("to restaurant", "to door"):
        return 0
    order = s.orders.get(mark.driver.route[0])
    target = order and (order.door if mark.shape == "to door" else kitchen_of(s, order))
    if not target:
        return 0
    return round(-math.degrees(math.atan2(target.x - mark.point.x, target.y - mark.point.y)))


def driver_words(mark: Mark) -> str:
    """D-118 silent 70 s; D-029 to door, #8095."""
    if mark.signal is not Signal.LIVE:
        return f"{mark.driver.id} {mark.signal} {wording.span(mark.silence_ms)}"
    carried = ", ".join(named(order) for order in mark.driver.route)
    return f"{mark.driver.id} {mark.shape}" + (f", {carried}" if carried else "")


def driver_data(s: Snapshot, on_duty: Iterable[Mark], place: Places) -> list[Datum]:
    """Drivers as the shape of what they do."""
    return [_driver_datum(s, m, place) | {"t": driver_words(m)} for m in on_duty]


def _driver_datum(s: Snapshot, mark: Mark, place: Places) -> Datum:
    return {"p": place(mark.point), "i": f"{mark.shape}|{mark.risk}", "s": DRIVER_METRES, "a": heading(s, mark)}


def door_data(found: Iterable[Row], place: Places) -> list[Datum]:
    """Doors of the open orders, most urgent last."""
    return [
        {"p": place(r.order.door), "i": str(r.risk), "s": DOOR_METRES, "t": f"{named(r.id)} {r.risk}, {r.restaurant}"}
        for r in reversed(tuple(found))
    ]


def kitchen_data(s: Snapshot, found: Iterable[Row], place: Places) -> list[Datum]:
    """Restaurants by load: what waits in the kitchen or on its counter, in three sizes."""
    load: dict[str, int] = {}
    for row in found:
        if row.order.picked_up_at is None:
            load[row.order.restaurant] = load.get(row.order.restaurant, 0) + 1
    return [
        {
            "p": place(r.point),
            "i": "kitchen",
            "s": 9 if (n := load.get(r.id, 0)) < 3 else 12 if n < 6 else 15,
            "t": f"{r.name}, {wording.plural(n, 'order')} in the kitchen",
        }
        for r in s.restaurants.values()
    ]


def silent_data(on_duty: Iterable[Mark], place: Places) -> list[Datum]:
    """How far a silent driver may have come since."""
    silent = (m for m in on_duty if m.signal is not Signal.LIVE)
    return [
        {"p": place(m.point), "r": min(SILENT_REACH_METRES, SILENT_METRES_PER_SECOND * m.silence_ms // 1000)}
        for m in silent
    ]


# ---- the frame: where to look, and a grid that says how far is far ----


class Frame(msgspec.Struct, frozen=True):
    """Where to look: a centre, and how many metres must be seen about it."""

    centre: LatLon
    metres: float

    @classmethod
    def of_city(cls, s: Snapshot, view: CityView, place: Places) -> "Frame":
        """The box of all streets, or else the one that nine in ten restaurants stand in: orders do not move it."""
        if view.ground.box:
            low, high = view.ground.box
            return cls._about((low.lon, high.lon), (low.lat, high.lat), least=500, wider=WIDER)
        known = [place(r.point) for r in s.restaurants.values()] or [place(Point(0, 0))]
        return cls._about(
            _ends(sorted(p[0] for p in known)), _ends(sorted(p[1] for p in known)), least=500, wider=WIDER
        )

    @classmethod
    def _about(cls, lons: tuple[float, float], lats: tuple[float, float], least: float, wider: float = 1) -> "Frame":
        centre = LatLon(sum(lats) / 2, sum(lons) / 2)
        width = (lons[1] - lons[0]) * math.cos(math.radians(centre.lat)) / wider
        return cls(centre, max(width * METRES_PER_DEGREE, (lats[1] - lats[0]) * METRES_PER_DEGREE, least))

    def closer(self, route: list[Datum]) -> "Frame":
        """The chosen order's route with its surroundings, never farther off; it does not move while the order does."""
        if not route:
            return self
        lons, lats = zip(*route[0]["w"], strict=True)
        close = Frame._about((min(lons), max(lons)), (min(lats), max(lats)), least=self.metres / 8)
        return Frame(close.centre, min(close.metres * ROUTE_MARGIN, self.metres))

    @property
    def shrink(self) -> float:
        """A degree of longitude in degrees of latitude."""
        return math.cos(math.radians(self.centre.lat))

    @property
    def zoom(self) -> float:
        """Web Mercator's zoom at which the metres are `FIT_PIXELS` long."""
        return round(math.log2(FIT_PIXELS * self.shrink * WORLD_METRES / (TILE_PIXELS * self.metres)), 2)

    @property
    def step(self) -> int:
        """Metres between two lines of the grid: 8 at most across the box."""
        return next(step for step in (250, 500, 1000, 2000, 5000, 10_000, 1_000_000) if self.metres / step <= 8)


def _ends(ordered: list[float]) -> tuple[float, float]:
    cut = len(ordered) // 20
    return ordered[cut], ordered[-1 - cut]


def grid_data(frame: Frame) -> list[Datum]:
    """Lines well beyond the box, so that one may pan."""
    dy = frame.step / METRES_PER_DEGREE
    dx = dy / frame.shrink
    far = LINES_A_SIDE // 2
    lon, lat = frame.centre.lon, frame.centre.lat
    meridians = [[lon + i * dx, lat - far * dy, lon + i * dx, lat + far * dy] for i in range(-far, far + 1)]
    parallels = [[lon - far * dx, lat + i * dy, lon + far * dx, lat + i * dy] for i in range(-far, far + 1)]
    lines = [[round(n, 5) for n in line] for line in (*meridians, *parallels)]
    return [{"a": line[:2], "b": line[2:]} for line in lines]


# ---- the chosen order ----


def route_data(s: Snapshot, order: OrderView, place: Places) -> list[Datum]:
    """From the restaurant to the door, along the streets."""
    kitchen = kitchen_of(s, order)
    return [{"w": place.way(kitchen, order.door)}] if kitchen else []


def way_data(s: Snapshot, order: OrderView, mark: Mark | None, place: Places) -> list[Datum]:
    """The driver's way as dots."""
    legs = pairwise(way(s, order, mark))
    return [{"p": dot} for start, end in legs for dot in place.along(start, end, DOTS_A_LEG)]


def end_data(s: Snapshot, row: Row, mark: Mark | None, place: Places) -> list[Datum]:
    """Both ends of the route and the driver, each with its words; a driver who stands at an end is not drawn again."""
    zone = s.view.rules.time_zone if s.view else "UTC"
    order, eta = row.order, row.eta
    ready = f"ready since {wording.clock(order.ready_at, zone)}" if order.ready_at else "not ready yet"
    told = wording.clock(eta.expected if eta else None, zone)
    promise = f"ETA {told}, promise {wording.clock(order.promised_at, zone)}"
    ends = [_end(place(order.door), "chosen door", f"{named(order.id)}\n{promise}")]
    if (kitchen := kitchen_of(s, order)) is not None:
        ends.append(_end(place(kitchen), "chosen kitchen", f"{row.restaurant}\n{ready}"))
    if mark is not None and all(_apart(place(mark.point), e["p"], STANDS_AT_METRES) for e in ends):
        ends.append(_driver_datum(s, mark, place) | {"t": mark.driver.id})
    return ends


def _end(at: list[float], icon: str, words: str) -> Datum:
    return {"p": at, "i": icon, "s": END_METRES, "t": words}


def label_data(ends: list[Datum]) -> list[Datum]:
    """Labels stand away from each other and off the route: above its northern end, below its southern one.

    A driver close to an end is drawn without one: the card names it.
    """
    south_first = sorted((end for end in ends if "a" not in end), key=lambda end: float(end["p"][1]))
    sides = [[0, 34], [0, -38]] if len(south_first) > 1 else [[0, -38]]
    labels = [end | {"n": "middle", "o": offset} for end, offset in zip(south_first, sides, strict=True)]
    drivers = [end for end in ends if "a" in end and all(_apart(end["p"], e["p"], LABEL_METRES) for e in south_first)]
    return labels + [end | {"n": "start", "o": [16, 0]} for end in drivers]


def _apart(a: list[float], b: list[float], metres: float) -> bool:
    return math.dist(a, b) * METRES_PER_DEGREE > metres
