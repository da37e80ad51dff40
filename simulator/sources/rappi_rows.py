"""rows of a Rappi day → here → orders and shifts, each kind of bad row by its own rule. Kept, repaired or dropped: counted.

What nobody could mean (a time that is none, a coordinate that is no number) stops the replay instead: BrokenFile.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from models.geo import LatLon, Point
from models.ways import MINUTE_MS, USUAL_VEHICLE, Vehicle
from simulator.sources.handled import Done, Remedy, Tally
from simulator.sources.rows import Row

DAY_MS, HALF_DAY_MS = 24 * 60 * MINUTE_MS, 12 * 60 * MINUTE_MS
SHORT_SHIFT_MS = 5 * MINUTE_MS
FARTHEST_LAT = 80.0
"""A city's centre lies within 80° of the equator (models/geo.py)."""
TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)", re.ASCII)
VEHICLES: dict[str, Vehicle] = {"car": "car", "motorcycle": "motorcycle", "bicycle": "bicycle", "walking": "walking"}


class OrderRule(StrEnum):
    """What may be wrong with a row of orders.csv."""

    EMPTY_CELL = "empty cell"
    ID_AGAIN = "id that came before"
    OFF_THE_MAP = "coordinate off the map"
    PAST_MIDNIGHT = "time past midnight"
    READY_BEFORE_PLACED = "ready before it was placed"
    PREPARED_ELSEWHEN = "preparation not between placement and ready"
    PROMISE_BEFORE_READY = "promise before the food is ready"
    PROMISE_NOT_AFTER_PLACED = "promise not after the placement"


class CourierRule(StrEnum):
    """What may be wrong with a row of couriers.csv."""

    EMPTY_CELL = "empty cell"
    ID_AGAIN = "id that came before"
    OFF_THE_MAP = "coordinate off the map"
    PAST_MIDNIGHT = "time past midnight"
    UNKNOWN_VEHICLE = "unknown vehicle"
    ENDS_BEFORE_IT_STARTS = "shift that ends before it starts"
    SHORT = "shift under five minutes"


INCOMPLETE = Remedy(Done.DROPPED, "nobody knows what the cell was")
DOUBLE = Remedy(Done.DROPPED, "the first row of that id stands")
ELSEWHERE = Remedy(Done.DROPPED, "farther than 100 km from the day's centre, or no degrees at all")
NEXT_DAY = Remedy(Done.REPAIRED, "more than 12 h before the row begins: it is of the next day, 24 h are added")

ORDER_RULES: dict[StrEnum, Remedy] = {
    OrderRule.EMPTY_CELL: INCOMPLETE,
    OrderRule.ID_AGAIN: DOUBLE,
    OrderRule.OFF_THE_MAP: ELSEWHERE,
    OrderRule.PAST_MIDNIGHT: NEXT_DAY,
    OrderRule.READY_BEFORE_PLACED: Remedy(Done.REPAIRED, "ready at the placement: the food stood there already"),
    OrderRule.PREPARED_ELSEWHEN: Remedy(Done.KEPT, "nothing reads when the preparation began"),
    OrderRule.PROMISE_BEFORE_READY: Remedy(Done.KEPT, "a promise is what the customer was told, kept or not"),
    OrderRule.PROMISE_NOT_AFTER_PLACED: Remedy(Done.KEPT, "a promise is what the customer was told, kept or not"),
}
COURIER_RULES: dict[StrEnum, Remedy] = {
    CourierRule.EMPTY_CELL: INCOMPLETE,
    CourierRule.ID_AGAIN: DOUBLE,
    CourierRule.OFF_THE_MAP: ELSEWHERE,
    CourierRule.PAST_MIDNIGHT: NEXT_DAY,
    CourierRule.UNKNOWN_VEHICLE: Remedy(Done.REPAIRED, f"rides a {USUAL_VEHICLE}, as most do"),
    CourierRule.ENDS_BEFORE_IT_STARTS: Remedy(Done.DROPPED, "nobody was ever on that shift"),
    CourierRule.SHORT: Remedy(Done.KEPT, "on shift as recorded, sent for nothing that comes too late"),
}


class CleanOrder(NamedTuple):
    """Milliseconds since the day's midnight."""

    id: str
    kitchen: Point
    door: Point
    placed: int
    ready: int
    promised: int


class CleanShift(NamedTuple):
    """Milliseconds since the day's midnight; `starts` ≤ `ends`."""

    id: str
    vehicle: Vehicle
    point: Point
    starts: int
    ends: int


PLACED, PREPARED, READY, PROMISED = "placement_time", "preparation_time", "ready_time", "expected_drop_off_time"
KITCHEN, DOOR, START = ("pick_up_lat", "pick_up_lng"), ("drop_off_lat", "drop_off_lng"), ("on_lat", "on_lng")
ORDER_COLUMNS = ("order_id", *KITCHEN, *DOOR, PLACED, READY, PROMISED)
"""The cells an order cannot do without."""
SHIFT_COLUMNS = ("courier_id", *START, "on_time", "off_time")


def point(row: Row, lat_lng: tuple[str, str]) -> Point:
    """Degrees, wherever on earth or beyond. Raises BrokenFile for what is no number."""
    lat, lng = (_degrees(row, column) for column in lat_lng)
    return Point(lng, lat)


def place(point: Point) -> bool:
    """Whether a city can lie there; what a missing coordinate became, 0° N 0° E, is open sea."""
    return abs(point.y) <= FARTHEST_LAT and abs(point.x) <= 180 and (point.x, point.y) != (0, 0)


def centre(places: Sequence[Point]) -> LatLon:
    """The median of each coordinate, which a few stray ones do not move."""
    return LatLon(median(p.y for p in places), median(p.x for p in places))


def complete(rows: list[Row], columns: tuple[str, ...], tally: Tally, rule: StrEnum) -> list[Row]:
    """The rows with something in each of these cells."""
    found = [row for row in rows if all(row.cells[column] for column in columns)]
    lines = {row.line for row in found}
    for row in rows:
        if row.line not in lines:
            tally.met(rule, row)
    return found


def orders(rows: Iterable[Row], holds: Callable[[Point], bool], tally: Tally) -> Iterator[CleanOrder]:
    """The orders that can be placed, in the order of the file. Raises BrokenFile."""
    seen = set[str]()
    for row in rows:
        which, kitchen, door = row.id("order_id"), point(row, KITCHEN), point(row, DOOR)
        if which in seen:
            tally.met(OrderRule.ID_AGAIN, row)
        elif not (holds(kitchen) and holds(door)):
            tally.met(OrderRule.OFF_THE_MAP, row)
        else:
            seen.add(which)
            yield CleanOrder(which, kitchen, door, *_times(row, tally))


def shifts(rows: Iterable[Row], holds: Callable[[Point], bool], tally: Tally) -> Iterator[CleanShift]:
    """The shifts that somebody can be on, in the order of the file. Raises BrokenFile."""
    seen = set[str]()
    for row in rows:
        which, at, starts = row.id("courier_id"), point(row, START), _time(row, "on_time")
        ends = _unwrapped(row, "off_time", starts, tally, CourierRule.PAST_MIDNIGHT)
        if which in seen:
            tally.met(CourierRule.ID_AGAIN, row)
        elif not holds(at):
            tally.met(CourierRule.OFF_THE_MAP, row)
        elif ends < starts:
            tally.met(CourierRule.ENDS_BEFORE_IT_STARTS, row)
        else:
            seen.add(which)
            if ends - starts < SHORT_SHIFT_MS:
                tally.met(CourierRule.SHORT, row)
            yield CleanShift(which, _vehicle(row, tally), at, starts, ends)


def _times(row: Row, tally: Tally) -> tuple[int, int, int]:
    """Placed, ready, promised."""
    placed = _time(row, PLACED)
    ready, promised = (_unwrapped(row, c, placed, tally, OrderRule.PAST_MIDNIGHT) for c in (READY, PROMISED))
    if ready < placed:
        tally.met(OrderRule.READY_BEFORE_PLACED, row)
        ready = placed
    if not _prepared_between(row, placed, ready):
        tally.met(OrderRule.PREPARED_ELSEWHEN, row)
    if promised < ready:
        tally.met(OrderRule.PROMISE_BEFORE_READY, row)
    if promised <= placed:
        tally.met(OrderRule.PROMISE_NOT_AFTER_PLACED, row)
    return placed, ready, promised


def _prepared_between(row: Row, placed: int, ready: int) -> bool:
    if not row.cells[PREPARED]:
        return False
    began = _time(row, PREPARED)
    return placed <= began <= ready or placed <= began + DAY_MS <= ready


def _vehicle(row: Row, tally: Tally) -> Vehicle:
    if (vehicle := VEHICLES.get(row.cells["vehicle"])) is None:
        tally.met(CourierRule.UNKNOWN_VEHICLE, row)
    return vehicle or USUAL_VEHICLE


def _time(row: Row, column: str) -> int:
    """Milliseconds since midnight."""
    if (found := TIME_OF_DAY.fullmatch(row.cells[column])) is None:
        raise row.broken(column, "a time of day HH:MM:SS")
    hours, minutes, seconds = map(int, found.groups())
    return (3600 * hours + 60 * minutes + seconds) * 1000


def _unwrapped(row: Row, column: str, begins: int, tally: Tally, rule: StrEnum) -> int:
    time = _time(row, column)
    if time >= begins - HALF_DAY_MS:
        return time
    tally.met(rule, row)
    return time + DAY_MS


def _degrees(row: Row, column: str) -> float:
    expected = "degrees, a decimal number"
    try:
        value = float(row.cells[column])
    except ValueError:
        raise row.broken(column, expected) from None
    if not math.isfinite(value):
        raise row.broken(column, expected)
    return value
