"""facts → here → the hour that ends with a minute: how long orders and drivers took, and how much of what was meant came about.

Shares are kept as their counts, so that nobody averages a share. `models/kpi_registry.py` says what each figure means.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from models.city import City
from models.driver import Driver, DriverStatus
from models.events import Fact, OrderCancelled, OrderDelivered, OrderPickedUp, ShiftEnded, ShiftStarted
from models.ids import DriverId, Instant
from models.order import Order
from models.spreads import spread
from models.ways import MINUTE_MS
from models.zones import zone_of

HOUR_MS = 60 * MINUTE_MS
TARGET_MS = 40 * MINUTE_MS
"""Click-to-door that MDRP's scores aim at (grubhub/mdrplib, instance parameters)."""


class KpiHour(msgspec.Struct, frozen=True):
    """The hour that ends at `minute`, or what there is of it: `window_minutes` since the city opened, 60 when it is whole.

    `avoidable_wait`: a driver at the restaurant beyond his service. `kept` of the promises that fell `due`. `late_food`: of the
    orders `picked_up`, those not ready when the driver was. `engaged_ms`, `on_duty_ms`: of all drivers, with an order and on
    shift. `zones`: free drivers and open orders now.
    """

    minute: Instant
    window_minutes: int
    delivered: int
    cancelled: int
    due: int
    kept: int
    picked_up: int
    late_food: int
    engaged_ms: int
    on_duty_ms: int
    oldest_unassigned_minutes: float | None
    zones: dict[str, tuple[int, int]]
    click_to_door_p10_minutes: float | None
    click_to_door_p50_minutes: float | None
    click_to_door_p90_minutes: float | None
    click_to_door_mean_minutes: float | None
    overage_p10_minutes: float | None
    overage_p50_minutes: float | None
    overage_p90_minutes: float | None
    overage_mean_minutes: float | None
    ready_to_pickup_p10_minutes: float | None
    ready_to_pickup_p50_minutes: float | None
    ready_to_pickup_p90_minutes: float | None
    ready_to_pickup_mean_minutes: float | None
    ready_to_door_p10_minutes: float | None
    ready_to_door_p50_minutes: float | None
    ready_to_door_p90_minutes: float | None
    ready_to_door_mean_minutes: float | None
    avoidable_wait_p10_minutes: float | None
    avoidable_wait_p50_minutes: float | None
    avoidable_wait_p90_minutes: float | None
    avoidable_wait_mean_minutes: float | None


class Door(msgspec.Struct, frozen=True, array_like=True):
    at: Instant
    click_ms: int
    food_ms: int


class PickUp(msgspec.Struct, frozen=True, array_like=True):
    at: Instant
    stood_ms: int
    wait_ms: int
    late: bool


class Span(msgspec.Struct, array_like=True):
    """Of a driver; open while `ends` is None."""

    begins: Instant
    ends: Instant | None = None

    def within(self, since: Instant, until: Instant) -> int:
        """How much of it lies there (ms)."""
        return max(0, min(self.ends or until, until) - max(self.begins, since))


class Hour(msgspec.Struct):
    """What is kept of the last hour: `duty` and `engaged` by driver, closed ones until they lie before it."""

    doors: list[Door] = []
    pickups: list[PickUp] = []
    cancelled: list[Instant] = []
    duty: dict[DriverId, list[Span]] = {}
    engaged: dict[DriverId, list[Span]] = {}

    def note(self, city: City, fact: Fact) -> None:
        """A fact, after the city has it."""
        match fact.body:
            case OrderDelivered(order=o):
                order = city.orders[o]
                self.doors.append(Door(fact.at, fact.at - order.placed_at, fact.at - (order.ready_at or fact.at)))
            case OrderPickedUp(order=o):
                self.pickups.append(_pickup(city, city.orders[o], fact.at))
            case OrderCancelled():
                self.cancelled.append(fact.at)
            case ShiftStarted(driver=d):
                self.duty.setdefault(d, []).append(Span(fact.at))
            case ShiftEnded(driver=d):
                _end(self.duty, d, fact.at)
        self._engaged(city, fact)

    def _engaged(self, city: City, fact: Fact) -> None:
        if (driver := getattr(fact.body, "driver", None)) in city.drivers:
            self._engage(city.drivers[driver], fact.at)
        elif isinstance(fact.body, OrderCancelled) and (had_it := city.orders[fact.body.order].driver) is not None:
            self._engage(city.drivers[had_it], fact.at)

    def _engage(self, one: Driver, at: Instant) -> None:
        spans = self.engaged.get(one.id)
        goes_on = bool(spans) and spans is not None and spans[-1].ends is None
        if one.route and not goes_on:
            self.engaged.setdefault(one.id, []).append(Span(at))
        elif not one.route and goes_on:
            _end(self.engaged, one.id, at)

    def forget(self, since: Instant) -> None:
        """What lies before the hour."""
        self.doors = [one for one in self.doors if one.at > since]
        self.pickups = [one for one in self.pickups if one.at > since]
        self.cancelled = [at for at in self.cancelled if at > since]
        for spans in (self.duty, self.engaged):
            for driver in list(spans):
                spans[driver] = [one for one in spans[driver] if one.ends is None or one.ends > since]
                if not spans[driver]:
                    del spans[driver]


def _pickup(city: City, order: Order, at: Instant) -> PickUp:
    rules = city.rules
    assert rules is not None  # an unopened city refuses everything
    there = (order.waited_at or at) + rules.services.half_pickup_ms
    ready = order.ready_at or at
    return PickUp(at, at - ready, max(0, at - there), ready > there)


def _end(spans: dict[DriverId, list[Span]], driver: DriverId, at: Instant) -> None:
    spans[driver][-1].ends = at


def hour(kept: Hour, city: City, due: int, in_time: int, minute: Instant) -> KpiHour:
    """The figures of the hour that ends at `minute`; `due` promises and how many of them were kept are counted elsewhere."""
    since = minute - HOUR_MS
    kept.forget(since)
    doors = [one for one in kept.doors if one.at <= minute]
    pickups = [one for one in kept.pickups if one.at <= minute]
    waiting = [o.placed_at for o in city.orders.values() if o.open and o.driver is None]
    durations: dict[str, list[int]] = {
        "click_to_door": [one.click_ms for one in doors],
        "overage": [max(0, one.click_ms - TARGET_MS) for one in doors],
        "ready_to_pickup": [one.stood_ms for one in pickups],
        "ready_to_door": [one.food_ms for one in doors],
        "avoidable_wait": [one.wait_ms for one in pickups],
    }
    told: dict[str, Any] = {}
    for name, some in durations.items():
        told |= spread(name, some)
    return KpiHour(
        minute=minute,
        window_minutes=window_minutes(city.opened_at or minute, minute),
        delivered=len(doors),
        cancelled=sum(at <= minute for at in kept.cancelled),
        due=due,
        kept=in_time,
        picked_up=len(pickups),
        late_food=sum(one.late for one in pickups),
        engaged_ms=_within(kept.engaged, since, minute),
        on_duty_ms=_within(kept.duty, since, minute),
        oldest_unassigned_minutes=(minute - min(waiting)) / MINUTE_MS if waiting else None,
        zones=zones(city),
        **told,
    )


def window_minutes(opened_at: Instant, minute: Instant) -> int:
    """How much of the hour that ends at `minute` a city was open, begun minutes as whole ones; below 60 it is no whole hour."""
    return min(60, -((opened_at - minute) // MINUTE_MS))


def _within(spans: dict[DriverId, list[Span]], since: Instant, until: Instant) -> int:
    return sum(one.within(since, until) for some in spans.values() for one in some)


def zones(city: City) -> dict[str, tuple[int, int]]:
    """Of each zone that has any: free drivers by where they stood when they came free, and open orders of its restaurants."""
    rules = city.rules
    assert rules is not None  # an unopened city refuses everything
    wanting = Counter(order.restaurant for order in city.orders.values() if order.open)
    free = Counter(_zones(city, (one for one in city.drivers.values() if one.status is DriverStatus.AVAILABLE)))
    wanted = Counter[str]()
    for which, orders in wanting.items():
        wanted[zone_of(rules.travel.on_map(city.restaurants[which].point))] += orders
    return {zone: (free[zone], wanted[zone]) for zone in sorted(free | wanted)}


def _zones(city: City, drivers: Iterable[Driver]) -> Iterable[str]:
    assert city.rules is not None
    for one in drivers:
        yield zone_of(city.rules.travel.on_map(one.stood))
