"""Snapshot → here → rows, marks, ages. What the panels say, before any of it is drawn; pure, and once a snapshot.

Event time is the city's `now`; ages are wall time, now − produced_at.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from dashboard.snapshot import Snapshot
from models.driver import DriverStatus, Signal, signal
from models.estimates import Eta
from models.geo import Point
from models.ids import DriverId, Instant, OrderId, RestaurantId
from models.order import OrderStatus
from models.slack import Risk, risk_of
from models.views import DriverView, OrderView

STALE_MS = {"city_kpis": 70_000}
"""KPIs come once a minute: they are stale 10 s after the next one is due. All else after 10 s."""
STALE_AFTER_MS = 10_000


class Filter(StrEnum):
    ALL = "all"
    LATE = "late"
    AT_RISK = "at-risk"
    TIGHT = "tight"
    UNASSIGNED = "unassigned"


FILTER_RISK = {Filter.LATE: Risk.LATE, Filter.AT_RISK: Risk.AT_RISK, Filter.TIGHT: Risk.TIGHT}


class Row(msgspec.Struct, frozen=True):
    """An open order as the list has it; `slack_ms` is promise − P80, None while nobody has estimated it."""

    order: OrderView
    restaurant: str
    risk: Risk
    slack_ms: int | None
    eta: Eta | None
    mark: str | None

    @property
    def id(self) -> OrderId:
        return self.order.id


class Mark(msgspec.Struct, frozen=True):
    """A driver on duty as the map has it: the shape says the state, `risk` is the worst of what it carries."""

    driver: DriverView
    point: Point
    shape: str
    signal: Signal
    silence_ms: int
    risk: Risk


class Freshness(msgspec.Struct, frozen=True):
    """How old a panel is; `as_of` is its event time. Without an age nothing was ever produced."""

    age_ms: int | None
    as_of: Instant | None
    stale: bool


SHAPES = {
    DriverStatus.AVAILABLE: "free",
    DriverStatus.TO_RESTAURANT: "to restaurant",
    DriverStatus.WAITING: "waiting",
    DriverStatus.TO_DOOR: "to door",
}
SEVERITY = {risk: place for place, risk in enumerate(Risk)}


def freshness(s: Snapshot, agent: str, held_ms: int = 0, stale_ms: int | None = None) -> Freshness:
    """A closed city stands still for good: it is never stale. `held_ms`: how long before the snapshot it was read.

    `stale_ms`: after which it is stale, where that is not the agent's own.
    """
    progress = s.progress.get(agent)
    if progress is None:
        return Freshness(None, None, False)
    age, limit = max(0, s.read_at - progress.produced_at) + held_ms, stale_ms or STALE_MS.get(agent, STALE_AFTER_MS)
    open_city = s.view is None or not s.view.closed
    return Freshness(age, progress.as_of, open_city and age > limit)


def rows(s: Snapshot, on_duty: tuple[Mark, ...]) -> tuple[Row, ...]:
    """The open orders, least slack first; ties by id."""
    if s.view is None:
        return ()
    shapes = {mark.driver.id: mark.shape for mark in on_duty}
    found = [_row(s, order, s.view.now, shapes) for order in s.orders.values() if order.ended_at is None]
    return tuple(sorted(found, key=lambda row: (_urgency(row), row.id)))


def _row(s: Snapshot, order: OrderView, now: Instant, shapes: dict[DriverId, str]) -> Row:
    told, p80 = s.etas.get(order.id), p80_of(s, order.id, now)
    return Row(
        order=order,
        restaurant=restaurant_name(s, order.restaurant),
        risk=risk_of(order.promised_at, p80, now),
        slack_ms=order.promised_at - p80 if p80 is not None else None,
        eta=told.eta if told else None,
        mark=shapes.get(DriverId(order.driver)) if order.driver else None,
    )


def _urgency(row: Row) -> int:
    """An order that nobody has estimated yet is as urgent as its promise is long."""
    return row.slack_ms if row.slack_ms is not None else row.order.promised_at - row.order.placed_at


def restaurant_name(s: Snapshot, which: str) -> str:
    """Its id while the restaurant's own row has not come yet."""
    known = s.restaurants.get(RestaurantId(which))
    return known.name if known else which


def matches(row: Row, chosen: Filter) -> bool:
    """Whether the filter lets the row through."""
    if chosen is Filter.ALL:
        return True
    return row.order.driver is None if chosen is Filter.UNASSIGNED else row.risk is FILTER_RISK[chosen]


def counts(found: Iterable[Row]) -> dict[Filter, int]:
    """How many rows each filter lets through."""
    listed = tuple(found)
    return {chosen: sum(matches(row, chosen) for row in listed) for chosen in Filter}


def marks(s: Snapshot) -> tuple[Mark, ...]:
    """The drivers on duty, by id."""
    if s.view is None:
        return ()
    on_duty = (d for d in s.drivers.values() if d.status != DriverStatus.OFF)
    return tuple(_mark(s, d, s.view.now, s.view.rules.ping_seconds) for d in sorted(on_duty, key=lambda d: d.id))


def _mark(s: Snapshot, driver: DriverView, now: Instant, ping_seconds: int) -> Mark:
    seen = s.positions.get(driver.id)
    point, at = (seen.point, seen.at) if seen and seen.at >= driver.stood_at else (driver.stood, driver.stood_at)
    silence = max(0, now - at)
    says = signal(silence, ping_seconds) if s.view and not s.view.closed else Signal.LIVE
    shape = SHAPES[DriverStatus(driver.status)] if says is Signal.LIVE else "silent"
    return Mark(driver, point, shape, says, silence, _carried_risk(s, driver, now))


def _carried_risk(s: Snapshot, driver: DriverView, now: Instant) -> Risk:
    """The worst of the orders on the route."""
    carried = [s.orders[o] for o in driver.route if o in s.orders and s.orders[o].ended_at is None]
    risks = (risk_of(o.promised_at, p80_of(s, o.id, now), now) for o in carried)
    return max(risks, key=SEVERITY.__getitem__, default=Risk.ON_TRACK)


def p80_of(s: Snapshot, order: OrderId, now: Instant) -> Instant | None:
    """Never earlier than now: an estimate that time has overtaken is at best due."""
    told = s.etas.get(order)
    return max(told.eta.p80, now) if told else None


def status_words(order: OrderView) -> str:
    """The status, refined by the stamps: food stands ready, the driver stands at the door, a person holds it back."""
    match order.status:
        case OrderStatus.PENDING | OrderStatus.PREPARING if order.held:
            return "Held"
        case OrderStatus.PREPARING if order.ready_at is not None:
            return "Food ready"
        case OrderStatus.OUT_FOR_DELIVERY if order.at_door_at is not None:
            return "At the door"
        case status:
            return status.replace("_", " ").capitalize()


def named(order: str) -> str:
    """#8077; an id that is no number stays as it is."""
    return f"#{order}" if order.isdigit() else order


def way(s: Snapshot, order: OrderView, mark: Mark | None) -> tuple[Point, ...]:
    """The driver's way to this order's door: where it is, the restaurant if the food is still there, the doors between.

    Empty without a driver.
    """
    if mark is None:
        return ()
    stops = [mark.point]
    if order.picked_up_at is None and (kitchen := kitchen_of(s, order)) is not None:
        return (*stops, kitchen)
    before = mark.driver.route[: mark.driver.route.index(order.id)] if order.id in mark.driver.route else ()
    return (*stops, *(s.orders[o].door for o in before if o in s.orders), order.door)


def kitchen_of(s: Snapshot, order: OrderView) -> Point | None:
    """Where the order is cooked."""
    known = s.restaurants.get(RestaurantId(order.restaurant))
    return known.point if known else None
