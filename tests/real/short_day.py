"""A made-up day in the recorded days' shape, short enough for a test: one-minute ticks, whole minutes, a plane city."""

import random

from models.geo import LatLon, Point
from models.ids import CustomerId, DriverId, OrderId, RestaurantId
from models.rules import Rules, Services
from models.travel import PlaneTravel
from models.ways import MINUTE_MS
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario

DAY = 1_514_764_800_000
"""2018-01-01 UTC, as in `simulator/sources/mdrp.py`."""


def short_day(seed: int = 1, orders: int = 20, drivers: int = 8, minutes: int = 60) -> Scenario:
    """Orders placed over `minutes`; every driver stays long enough to bring the last of them."""
    rng = random.Random(seed)
    rules = Rules("short", "nearest", "known", 60, 60, PlaneTravel(320, 60, LatLon(0, 0)), Services(240, 240), "UTC")
    kitchens = [PlannedRestaurant(RestaurantId(f"r{i}"), f"Kitchen {i}", _point(rng)) for i in range(5)]
    shifts = [
        PlannedShift(DriverId(f"d{i}"), f"D-{i}", "car", _point(rng), DAY, DAY + (minutes + 120) * MINUTE_MS)
        for i in range(drivers)
    ]
    placed = [_order(rng, i, minutes, kitchens) for i in range(orders)]
    return Scenario("short", "made up", rules, DAY - MINUTE_MS, tuple(kitchens), tuple(shifts), tuple(placed))


def _order(rng: random.Random, i: int, minutes: int, kitchens: list[PlannedRestaurant]) -> PlannedOrder:
    placed_at = DAY + rng.randrange(minutes) * MINUTE_MS
    return PlannedOrder(
        OrderId(f"o{i}"),
        CustomerId(f"c{i}"),
        rng.choice(kitchens).restaurant,
        _point(rng),
        (),
        placed_at,
        placed_at + 40 * MINUTE_MS,
        placed_at + rng.randint(5, 25) * MINUTE_MS,
    )


def _point(rng: random.Random) -> Point:
    return Point(float(rng.randint(0, 4_000)), float(rng.randint(0, 4_000)))
