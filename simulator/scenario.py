"""sources → here → engine, schedule_check, score. One day as data: who orders, who cooks, who drives, and when.

Times are milliseconds since 1970 UTC. `opens_at` lies one tick before the first tick.
"""

import msgspec

from models import events
from models.geo import Point
from models.ids import CustomerId, DriverId, Instant, OrderId, RestaurantId
from models.rules import Rules
from models.ways import Vehicle
from simulator.sources.handled import Handled


class PlannedRestaurant(msgspec.Struct, frozen=True):
    restaurant: RestaurantId
    name: str
    point: Point


class PlannedShift(msgspec.Struct, frozen=True):
    """One shift a driver and day; `until` is the off-time."""

    driver: DriverId
    name: str
    vehicle: Vehicle
    point: Point
    on_at: Instant
    until: Instant


class PlannedOrder(msgspec.Struct, frozen=True):
    """`ready_at` is the kitchen's secret: the city hears of it when it happens, or when the kitchen announces it."""

    order: OrderId
    customer: CustomerId
    restaurant: RestaurantId
    door: Point
    items: tuple[events.Item, ...]
    placed_at: Instant
    promised_at: Instant | None
    ready_at: Instant


class Scenario(msgspec.Struct, frozen=True):
    """`live_from`: what lies before it is the past, which a live feeder runs through fast; None for a recorded day.

    `handled`: what was done with the bad rows of the source; None where it has no bad rows, or refuses them.
    """

    name: str
    source: str
    rules: Rules
    opens_at: Instant
    restaurants: tuple[PlannedRestaurant, ...]
    shifts: tuple[PlannedShift, ...]
    orders: tuple[PlannedOrder, ...]
    live_from: Instant | None = None
    handled: Handled | None = None
