"""the city → here → Redis → every screen. What a screen may see, and the names, shapes and version of the keys that hold it.

One writer per key. Times are event time in milliseconds; points are in the city's own frame, `on_map` gives degrees.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from models.city import City
from models.driver import Driver
from models.events import Position
from models.geo import Point
from models.ids import CityId, CommandId, DriverId, Instant, OrderId
from models.order import Order

VERSION = 1
AT_WORK_MS = 10_000
"""Of wall time: a city that was silent for longer is not at work."""


class Key(StrEnum):
    """Names of a city's keys: hashes of id → JSON, but `AVAILABLE` (GEO), `DELTAS` (a stream, ids are `seq-0`) and
    `LIVE_EPOCH` (an integer).
    """

    CITY = "city"  # fields "now" → CityNow, "rules" → Rules, by city_commands
    ORDERS = "orders"  # order id → OrderView, by city_commands
    DRIVERS = "drivers"  # driver id → DriverView, by city_commands
    RESTAURANTS = "restaurants"  # restaurant id → Restaurant, by city_commands
    AVAILABLE = "available"  # GEO of available drivers, by city_commands, anew at each tick
    DELTAS = "deltas"  # one Delta a tick, by city_commands
    POSITIONS = "positions"  # driver id → Position, by driver_pings
    TICKED = "ticked"  # field "t": the newest tick handed on, by driver_pings
    ETAS = "etas"  # order id → Prediction, by order_etas
    KPIS = "kpis"  # field "now" → KpiMinute, by city_kpis
    KPI_HOUR = "kpi_hour"  # field "now" → KpiHour, by city_kpis
    NEEDS = "needs"  # order id → Need, of those that need action, by alerts
    QUEUE = "queue"  # field "now" → their ids, least slack first, by alerts
    ALERTS = "alerts"  # alert id → Alert, of those that are open, by alerts
    INCIDENTS = "incidents"  # incident id → Incident, of those that are open, by alerts
    LEVERS = "levers"  # lever id → PulledLever, until an hour after it ended and was judged, by alerts
    FORETOLD = "foretold"  # field "now" → Foretold, by infra/foresee.py; gone half an hour after nobody told it anew
    LIVE_EPOCH = "live_epoch"  # raised by rebuild-live, 0 while it is not there: a client that knows another resyncs


def key(city: CityId, name: str) -> str:
    """The Redis key of a city's `name`; the braces keep a city on one node of a cluster."""
    return f"track:{VERSION}:{{{city}}}:{name}"


def progress_key(city: CityId, agent: str) -> str:
    """Hash of the agent's fence and age: epoch, seq, as_of (event time, ms), produced_at (wall time, ms)."""
    return key(city, f"agent:{agent}")


AGENTS = ("city_commands", "driver_pings", "order_etas", "city_kpis", "alerts")
"""Who writes what a screen shows, and tells how old it is; the one that decides comes first."""
CITIES = f"track:{VERSION}:cities"
"""Hash of city id → CityCard: the cities a screen may choose from."""


class CityCard(msgspec.Struct, frozen=True):
    name: str
    opened_at: Instant
    closed: bool = False


def foremost(
    cards: Mapping[CityId, CityCard], told_at: Mapping[CityId, Instant], wall_ms: Instant
) -> dict[CityId, bool]:
    """Each city, and whether it is at work: open, and told of just now. Those come first, and who opened last.

    `told_at`: when each one's newest facts were produced, in ms of wall time. `opened_at` alone is event time: a recorded
    day of 2018 that runs now would stand behind a demo that ended yesterday.
    """
    works = {c: not cards[c].closed and told_at.get(c, 0) >= wall_ms - AT_WORK_MS for c in cards}
    return {c: works[c] for c in sorted(cards, key=lambda c: (works[c], cards[c].opened_at, c), reverse=True)}


class CityNow(msgspec.Struct, frozen=True):
    """Written at every tick: a street map among the rules is 60 kB, so they have a field of their own."""

    now: Instant
    seq: int
    closed: bool


class OrderView(msgspec.Struct, frozen=True):
    """An order without its customer: a board needs no names."""

    id: OrderId
    restaurant: str
    status: str
    version: int
    door: Point
    driver: str | None
    placed_at: Instant
    promised_at: Instant
    accepted_at: Instant | None
    ready_at: Instant | None
    assigned_at: Instant | None
    waited_at: Instant | None
    picked_up_at: Instant | None
    at_door_at: Instant | None
    ended_at: Instant | None
    reason: str | None
    held: bool = False


class DriverView(msgspec.Struct, frozen=True):
    """`stood` is where the driver was when this version came to be; the live position has a key of its own."""

    id: DriverId
    name: str
    vehicle: str
    status: str
    version: int
    route: tuple[OrderId, ...]
    until: Instant
    stood: Point
    stood_at: Instant


class Delta(msgspec.Struct, frozen=True):
    """What changed in (previous tick, t], as it stands at t, and the outcome of every command of that span."""

    t: Instant
    orders: tuple[OrderView, ...]
    drivers: tuple[DriverView, ...]
    gone: tuple[OrderId, ...]
    positions: tuple[Position, ...]
    outcomes: dict[CommandId, str | None]


def city_now(city: City) -> CityNow | None:
    """None before the city was opened."""
    return None if city.now is None else CityNow(city.now, city.seq, city.closed)


def order_view(order: Order) -> OrderView:
    return OrderView(**{f: getattr(order, f) for f in OrderView.__struct_fields__})


def driver_view(driver: Driver) -> DriverView:
    return DriverView(**{f: getattr(driver, f) for f in DriverView.__struct_fields__})
