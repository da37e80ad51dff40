"""a folder of a Rappi day → here → a scenario, and what was done with its bad rows. Degrees, times of day.

The days have no date: ours is 2018-01-01 in Colombia, which is five hours behind UTC all year. They come without rules of
their own: a restaurant is a distinct pick-up coordinate, and everyone rides straight lines that are 1.3 times as long.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from models.geo import Point
from models.ids import CustomerId, DriverId, OrderId, RestaurantId
from models.rules import DEFAULT_POLICY, Rules, Services
from models.travel import StraightTravel
from models.ways import MINUTE_MS, Speeds
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.sources import rappi_rows as clean
from simulator.sources.handled import Tally, handled
from simulator.sources.rows import BrokenFile, Row, read

MIDNIGHT = 1_514_764_800_000 + 5 * 60 * MINUTE_MS
"""2018-01-01T00:00:00-05:00."""
TIME_ZONE = "America/Bogota"
TICK_SECONDS = PING_SECONDS = 30
DETOUR = 1.3
SPEEDS = Speeds(car=20, motorcycle=20, bicycle=12, walking=5)
SERVICES = Services(pickup_seconds=120, dropoff_seconds=120)
ORDERS, COURIERS = "orders.csv", "couriers.csv"
Found = TypeVar("Found")


class Table(NamedTuple):
    """The rows of a file that have what is needed, and the tally of all of them."""

    rows: list[Row]
    tally: Tally


def load(folder: Path, policy: str = DEFAULT_POLICY, ready_mode: Literal["known", "estimated"] = "known") -> Scenario:
    """One recorded day. Raises BrokenFile, which says where, when a file cannot be replayed at all."""
    order_rows, shift_rows = _orders(folder), _shifts(folder)
    travel = _travel(order_rows, shift_rows)
    orders = _some(clean.orders(order_rows.rows, travel.holds, order_rows.tally), order_rows)
    shifts = _some(clean.shifts(shift_rows.rows, travel.holds, shift_rows.tally), shift_rows)
    kitchens = _kitchens(order.kitchen for order in orders)
    name = folder.resolve().name
    return Scenario(
        name=name,
        source="rappi",
        rules=Rules(name, policy, ready_mode, TICK_SECONDS, PING_SECONDS, travel, SERVICES, TIME_ZONE),
        opens_at=MIDNIGHT - 1000 * TICK_SECONDS,
        restaurants=tuple(kitchens.values()),
        shifts=tuple(_shift(one) for one in shifts),
        orders=tuple(_order(one, kitchens) for one in orders),
        handled=handled((order_rows.tally, shift_rows.tally)),
    )


def _orders(folder: Path) -> Table:
    rows = read(folder / ORDERS, (*clean.ORDER_COLUMNS, clean.PREPARED), delimiter=",")
    tally = Tally(rows, clean.ORDER_RULES)
    return Table(clean.complete(rows, clean.ORDER_COLUMNS, tally, clean.OrderRule.EMPTY_CELL), tally)


def _shifts(folder: Path) -> Table:
    rows = read(folder / COURIERS, (*clean.SHIFT_COLUMNS, "vehicle"), delimiter=",")
    tally = Tally(rows, clean.COURIER_RULES)
    return Table(clean.complete(rows, clean.SHIFT_COLUMNS, tally, clean.CourierRule.EMPTY_CELL), tally)


def _travel(orders: Table, shifts: Table) -> StraightTravel:
    """Its origin is the centre of all coordinates of the day."""
    points = [clean.point(row, where) for row in orders.rows for where in (clean.KITCHEN, clean.DOOR)]
    points += [clean.point(row, clean.START) for row in shifts.rows]
    return StraightTravel(DETOUR, SPEEDS, 1, clean.centre(_some(filter(clean.place, points), orders)))


def _some(found: Iterable[Found], table: Table) -> list[Found]:
    """At least one. Raises BrokenFile."""
    if not (some := list(found)):
        raise BrokenFile(table.tally.file, None, None, "no row that can be used", "at least one")
    return some


def _kitchens(points: Iterable[Point]) -> dict[Point, PlannedRestaurant]:
    """Numbered as the day's orders first name them."""
    return {
        point: PlannedRestaurant(RestaurantId(f"R-{n:04}"), f"Restaurant {n}", point)
        for n, point in enumerate(dict.fromkeys(points), 1)
    }


def _shift(one: clean.CleanShift) -> PlannedShift:
    on_at, until = MIDNIGHT + one.starts, MIDNIGHT + one.ends
    return PlannedShift(DriverId(one.id), f"Driver {one.id}", one.vehicle, one.point, on_at, until)


def _order(one: clean.CleanOrder, kitchens: Mapping[Point, PlannedRestaurant]) -> PlannedOrder:
    """The files name no customers and no dishes: each order has its own customer."""
    return PlannedOrder(
        order=OrderId(one.id),
        customer=CustomerId(f"customer of {one.id}"),
        restaurant=kitchens[one.kitchen].restaurant,
        door=one.door,
        items=(),
        placed_at=MIDNIGHT + one.placed,
        promised_at=MIDNIGHT + one.promised,
        ready_at=MIDNIGHT + one.ready,
    )
