"""a folder of the Meal Delivery Routing Problem → here → a scenario. Metres on a plane, whole minutes.

The recorded days have no date: ours is 2018-01-01 UTC, the year of the paper, and their plane lies at 0° N 0° E.
"""

from pathlib import Path
from typing import Literal

from models.geo import LatLon, Point
from models.ids import CustomerId, DriverId, OrderId, RestaurantId
from models.rules import DEFAULT_POLICY, Rules, Services
from models.travel import PlaneTravel
from models.ways import MINUTE_MS
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.sources.rows import Row, read, unique

MIDNIGHT = 1_514_764_800_000
"""2018-01-01T00:00:00Z."""
ORIGIN = LatLon(0.0, 0.0)
MINUTE_SECONDS = 60
FASTEST, LONGEST_SERVICE = 100_000, 60
"""What a city's rules may say at most (models/travel.py, models/events.py)."""

SPEED, PICKUP, DROPOFF = "meters_per_minute", "pickup service minutes", "dropoff service minutes"
TARGET = "target click-to-door"


def load(folder: Path, policy: str = DEFAULT_POLICY, ready_mode: Literal["known", "estimated"] = "known") -> Scenario:
    """One recorded day. Raises BrokenFile, which says where, when a file cannot be replayed."""
    name = folder.resolve().name
    parameters = _table(folder, "instance_parameters", SPEED, PICKUP, DROPOFF, TARGET)[0]
    restaurants = unique(_table(folder, "restaurants", "restaurant", "x", "y"), "restaurant")
    shifts = unique(_table(folder, "couriers", "courier", "x", "y", "on_time", "off_time"), "courier")
    orders = unique(_table(folder, "orders", "order", "x", "y", "placement_time", "restaurant", "ready_time"), "order")
    known = {row.id("restaurant") for row in restaurants}
    return Scenario(
        name=name,
        source="mdrp",
        rules=_rules(name, policy, ready_mode, parameters),
        opens_at=MIDNIGHT - MINUTE_MS,
        restaurants=tuple(_restaurant(row) for row in restaurants),
        shifts=tuple(_shift(row) for row in shifts),
        orders=tuple(_order(row, known) for row in orders),
    )


def _table(folder: Path, name: str, *columns: str) -> list[Row]:
    return read(folder / f"{name}.txt", columns, delimiter="\t")


def _rules(name: str, policy: str, ready_mode: Literal["known", "estimated"], parameters: Row) -> Rules:
    pickup, dropoff = (parameters.minutes_ms(column, LONGEST_SERVICE) // 1000 for column in (PICKUP, DROPOFF))
    services = Services(pickup, dropoff)
    travel = PlaneTravel(parameters.number(SPEED, 1, FASTEST), MINUTE_SECONDS, ORIGIN)
    return Rules(name, policy, ready_mode, MINUTE_SECONDS, MINUTE_SECONDS, travel, services, time_zone="UTC")


def _point(row: Row) -> Point:
    return Point(row.metres("x"), row.metres("y"))


def _restaurant(row: Row) -> PlannedRestaurant:
    which = row.id("restaurant")
    return PlannedRestaurant(RestaurantId(which), f"Restaurant {which}", _point(row))


def _shift(row: Row) -> PlannedShift:
    """The files name no vehicle: a car."""
    on_at, until = MIDNIGHT + row.minutes_ms("on_time"), MIDNIGHT + row.minutes_ms("off_time")
    if until < on_at:
        raise row.broken("off_time", "a minute not before on_time")
    which = row.id("courier")
    return PlannedShift(DriverId(which), f"Driver {which}", "car", _point(row), on_at, until)


def _order(row: Row, restaurants: set[str]) -> PlannedOrder:
    """The day's target is for scores, no promise. Files name no customers and no dishes: each order has its own customer."""
    placed_at, ready_at = MIDNIGHT + row.minutes_ms("placement_time"), MIDNIGHT + row.minutes_ms("ready_time")
    if ready_at < placed_at:
        raise row.broken("ready_time", "a minute not before placement_time")
    which, restaurant = row.id("order"), row.id("restaurant")
    if restaurant not in restaurants:
        raise row.broken("restaurant", "a restaurant of restaurants.txt")
    return PlannedOrder(
        order=OrderId(which),
        customer=CustomerId(f"customer of {which}"),
        restaurant=RestaurantId(restaurant),
        door=_point(row),
        items=(),
        placed_at=placed_at,
        promised_at=None,
        ready_at=ready_at,
    )
