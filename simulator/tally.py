"""what the engine says and hears → here → each minute and the hour that ends with it, from the simulator's own memory.

The third way beside the agent's fold and SQL: it knows neither `models/city` nor `models/kpis`. When food was ready, who stood
where and who drove home are its own doing; only what the city decides, promises and assigns, it has to be told.
"""

from collections import Counter
from collections.abc import Iterable
from statistics import fmean
from typing import Any

from models import commands, events
from models.events import Fact
from models.geo import Point
from models.ids import CityId, DriverId, Instant, OrderId, RestaurantId
from models.zones import zone_of
from simulator.engine import Engine, Step
from simulator.scenario import Scenario

MINUTE_MS, HOUR_MS, TARGET_MINUTES = 60_000, 3_600_000, 40
Spans = list[tuple[Instant, Instant | None]]


class Known:
    """What is remembered of an order."""

    def __init__(self, placed_at: Instant, restaurant: RestaurantId) -> None:
        self.placed_at, self.restaurant = placed_at, restaurant
        self.promised_at = self.ready_at = self.there_at = self.picked_up_at = 0
        self.delivered_at = self.cancelled_at = 0
        self.driver: DriverId | None = None

    @property
    def open(self) -> bool:
        return not (self.delivered_at or self.cancelled_at)


class TallyingEngine(Engine):
    """An engine that keeps count of its day: `minutes` and `hours` by the minute they end with."""

    def __init__(self, scenario: Scenario, city_id: CityId) -> None:
        super().__init__(scenario, city_id)
        self.orders: dict[OrderId, Known] = {}
        self.duty: dict[DriverId, Spans] = {}
        self.engaged: dict[DriverId, Spans] = {}
        self.holds: dict[DriverId, set[OrderId]] = {}
        self.stands: dict[DriverId, bool] = {}
        self.fixes: dict[DriverId, Point] = {}
        self.minutes: dict[Instant, dict[str, Any]] = {}
        self.hours: dict[Instant, dict[str, Any]] = {}
        self.free_at: dict[DriverId, Point] = {}

    def advance(self, t: Instant) -> Step:
        """Its commands are done as they are said: none of an honest day is refused."""
        step = super().advance(t)
        for command in step.commands:
            assert command.at is not None  # a feeder's command has its time
            self._did(command.body, command.at)
        self.fixes.update((ping.driver, ping.point) for ping in step.pings)
        if t % MINUTE_MS == 0:  # as the agent does: what dispatch makes of this tick comes after it
            self.hours[t] = self.hour(t)
            self.minutes[t] = self.minute(t)
        return step

    def learn(self, fact: Fact) -> None:
        super().learn(fact)
        match fact.body:
            case events.OrderPlaced(order=o, promised_at=promised_at):
                self.orders[o].promised_at = promised_at
            case events.DriverAssigned(order=o, driver=d):
                self._assigned(self.orders[o], o, d, fact.at)
            case events.DriverUnassigned(order=o):
                self._lost(o, fact.at)
            case events.OrderCancelled(order=o):
                self.orders[o].cancelled_at = fact.at
                self._lost(o, fact.at)

    def _did(self, ask: commands.Asked, at: Instant) -> None:
        match ask:
            case commands.PlaceOrder(order=o):
                self.orders[o] = Known(at, ask.restaurant)
            case commands.MarkReady(order=o):
                self.orders[o].ready_at = at
            case commands.ArriveAtRestaurant(driver=d):
                self.stands[d] = True
                for o in self.holds.get(d, ()):
                    self.orders[o].there_at = at
            case commands.PickUp(order=o, driver=d):
                self.orders[o].picked_up_at, self.stands[d] = at, False
            case commands.Deliver(order=o):
                self.orders[o].delivered_at = at
                self._lost(o, at)
            case _:
                self._drove(ask, at)

    def _drove(self, ask: commands.Asked, at: Instant) -> None:
        match ask:
            case commands.StartShift(driver=d):
                self.duty.setdefault(d, []).append((at, None))
                self.free_at[d] = ask.point
            case commands.EndShift(driver=d):
                self.duty[d][-1] = (self.duty[d][-1][0], at)
                self.free_at.pop(d, None)
            case commands.BecomeFree(driver=d):
                self.free_at[d] = self.fixes[d]

    def _assigned(self, one: Known, order: OrderId, driver: DriverId, at: Instant) -> None:
        if not self.holds.get(driver):
            self.engaged.setdefault(driver, []).append((at, None))
        self.holds.setdefault(driver, set()).add(order)
        one.driver, one.there_at = driver, at if self.stands.get(driver) else 0
        self.free_at.pop(driver, None)

    def _lost(self, order: OrderId, at: Instant) -> None:
        """Delivered, cancelled or taken from him: whoever held it."""
        one = self.orders[order]
        if one.driver is None:
            return
        driver, held = one.driver, self.holds[one.driver]
        held.discard(order)
        if not held:
            self.engaged[driver][-1] = (self.engaged[driver][-1][0], at)
        if not one.delivered_at:
            one.driver, one.there_at = None, 0
            self.stands[driver] = self.stands.get(driver, False) and bool(held)
            if not held and self.duty[driver][-1][1] is None:
                self.free_at[driver] = self.fixes[driver]

    def minute(self, minute: Instant) -> dict[str, Any]:
        """The figures of `kpi_minutes` at this minute, as of now; those of its hour are the hour's."""
        known, last = self.orders.values(), self.hours[minute]
        waits = [one for one in known if one.open]
        on_shift = {driver for driver, spans in self.duty.items() if spans[-1][1] is None}
        return {
            "placed": sum(minute - MINUTE_MS < one.placed_at <= minute for one in known),
            "delivered": sum(minute - MINUTE_MS < one.delivered_at <= minute for one in known),
            "cancelled": sum(minute - MINUTE_MS < one.cancelled_at <= minute for one in known),
            "active": len(waits),
            "unassigned": sum(one.driver is None for one in waits),
            "drivers_available": len(on_shift & self.free_at.keys()),
            "drivers_busy": len(on_shift - self.free_at.keys()),
            "window_delivered": last["delivered"],
            "on_time_share": last["kept"] / last["due"] if last["due"] else None,
            "click_to_door_p50_minutes": last["click_to_door_p50_minutes"],
            "click_to_door_p90_minutes": last["click_to_door_p90_minutes"],
        }

    def hour(self, minute: Instant) -> dict[str, Any]:
        """The figures of `kpi_hours` at this minute, as of now."""
        since, half = minute - HOUR_MS, self.scenario.rules.services.half_pickup_ms
        some = [one for _, one in sorted(self.orders.items())]
        doors = [o for o in some if since < o.delivered_at <= minute]
        picked = [o for o in some if since < o.picked_up_at <= minute]
        due = [o for o in some if since < o.promised_at <= minute]
        due = [o for o in due if not 0 < o.cancelled_at < o.promised_at]
        waits = [o.placed_at for o in some if o.open and o.driver is None]
        clicks = [(o.delivered_at - o.placed_at) / MINUTE_MS for o in doors]
        return {
            "window_minutes": min(60, -(-(minute - self.scenario.opens_at) // MINUTE_MS)),
            "delivered": len(doors),
            "cancelled": sum(since < o.cancelled_at <= minute for o in some),
            "due": len(due),
            "kept": sum(0 < o.delivered_at <= o.promised_at for o in due),
            "picked_up": len(picked),
            "late_food": sum(o.ready_at > o.there_at + half for o in picked),
            "engaged_ms": _overlap(self.engaged.values(), since, minute),
            "on_duty_ms": _overlap(self.duty.values(), since, minute),
            "oldest_unassigned_minutes": (minute - min(waits)) / MINUTE_MS if waits else None,
            "zones": self._zones(),
            **_spread("click_to_door", clicks),
            **_spread("overage", [max(0.0, one - TARGET_MINUTES) for one in clicks]),
            **_spread("ready_to_pickup", [(o.picked_up_at - o.ready_at) / MINUTE_MS for o in picked]),
            **_spread("ready_to_door", [(o.delivered_at - o.ready_at) / MINUTE_MS for o in doors]),
            **_spread("avoidable_wait", [max(0, o.picked_up_at - o.there_at - half) / MINUTE_MS for o in picked]),
        }

    def _zones(self) -> dict[str, tuple[int, int]]:
        travel, at = self.scenario.rules.travel, {r.restaurant: r.point for r in self.scenario.restaurants}
        free = Counter(zone_of(travel.on_map(point)) for point in self.free_at.values())
        wanted = Counter(zone_of(travel.on_map(at[o.restaurant])) for o in self.orders.values() if o.open)
        return {zone: (free[zone], wanted[zone]) for zone in sorted(free | wanted)}


def _overlap(spans: Iterable[Spans], since: Instant, until: Instant) -> int:
    every = [one for some in spans for one in some]
    return sum(max(0, min(ends or until, until) - max(begins, since)) for begins, ends in every)


def _spread(name: str, minutes: list[float]) -> dict[str, float | None]:
    """Percentiles by nearest rank: the smallest value that so many of a hundred do not exceed."""
    ordered = sorted(minutes)
    told: dict[str, float | None] = {f"{name}_mean_minutes": fmean(ordered) if ordered else None}
    for percent in (10, 50, 90):
        enough = [v for n, v in enumerate(ordered, 1) if 100 * n >= percent * len(ordered)]
        told[f"{name}_p{percent}_minutes"] = enough[0] if enough else None
    return told
