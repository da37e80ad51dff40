"""a city as it stands, what it is going through, a seed → here → an engine that goes on from there: an hour that may come.

What the log does not tell is drawn: when food that is cooking is ready, who orders next and where, who comes to work. The
same seed draws the same in every branch, whatever else is changed in it (common random numbers).
"""

from collections.abc import Iterable
from math import exp
from random import Random
from statistics import NormalDist

import msgspec

from models.city import City
from models.conditions import Conditions
from models.driver import Driver, DriverStatus
from models.events import DriverAssigned
from models.ids import DriverId, Instant, OrderId
from models.order import Order, OrderStatus
from models.prep import Outlook
from models.promise import ROUNDED_MS
from models.rules import Rules
from simulator.at_work import AtWork, Decline
from simulator.engine import Engine
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.way import Way, standing

HOUR_MS = 3_600_000
LONGER = 1.11
"""Beside what kitchens took so far, for orders that take long teach late: 16 synthetic evenings at six moments each."""
COOKING_STRAYS, DEMAND_STRAYS = 0.08, 0.15
"""Standard deviations of the logarithm there: how far an hour's kitchens and demand stray from that. Every draw has its own."""


def resumed(city: City, conditions: Conditions, seed: int, until: Instant, tick_seconds: int) -> Engine:
    """An engine at `city.now` that knows what comes up to `until`. The city stays as it is."""
    drawn, now = Drawn(city, conditions, seed), _now(city)
    rules = msgspec.structs.replace(_rules(city), tick_seconds=tick_seconds, ping_seconds=tick_seconds)
    cooking = [drawn.cooking(one) for _, one in sorted(city.orders.items()) if one.open]
    kitchens = tuple(PlannedRestaurant(*msgspec.structs.astuple(r)) for r in city.restaurants.values())
    coming, joining = tuple(drawn.orders(until)), tuple(drawn.shifts(until))
    engine = Engine(Scenario(rules.name, "resumed", rules, now, kitchens, joining, coming), city.id)
    engine.now, engine.finished = now, True  # it never closes the city: who waits for food then is late, not gone
    for order in cooking:
        engine.know(order)
        _carry_on(engine, city.orders[order.order], order, now)
    engine.drivers.diverts.append(lambda who, way: _slower(way, conditions.ways))
    engine.drivers.declines.append(_declining(Random(seed), conditions.declines))
    for _, one in sorted(city.drivers.items()):
        if one.status is not DriverStatus.OFF:
            first = city.orders[one.route[0]] if one.route else None
            engine.drivers.carry_on(_at_work(one, now), first, now)
    return engine


def _now(city: City) -> Instant:
    assert city.now is not None  # a city without a tick has nothing to go on from
    return city.now


def _rules(city: City) -> Rules:
    assert city.rules is not None  # likewise
    return city.rules


def _carry_on(engine: Engine, order: Order, planned: PlannedOrder, now: Instant) -> None:
    if order.ready_at is not None:
        engine.drivers.food_is_ready(order.id, order.ready_at)
    elif order.status is OrderStatus.PENDING:
        engine.kitchens.receive(planned, now)
    else:
        engine.kitchens.postpone(planned, 0)  # accepted already: it cooks on


def _at_work(one: Driver, now: Instant) -> AtWork:
    shift = PlannedShift(one.id, one.name, one.vehicle, one.point, now, max(one.until, now + 1))
    return AtWork(shift, standing(one.point, now), status=one.status, route=list(one.route))


class Drawn:
    """What nobody knows of the time to come."""

    def __init__(self, city: City, conditions: Conditions, seed: int) -> None:
        self.city, self.conditions, self.rng, self.now = city, conditions, Random(seed), _now(city)
        self.outlook = Outlook(city.kitchens, self.now)
        self.pace = LONGER * exp(COOKING_STRAYS * _normal(seed + 1, 2))
        self.hunger = exp(DEMAND_STRAYS * _normal(seed + 1, 3))

    def cooking(self, order: Order) -> PlannedOrder:
        """An open order, and when its food will be ready: given how long it has been cooking already."""
        drawn = self.outlook.by(order, self.rng.randrange(1000))
        if order.ready_at is None:
            drawn = drawn if order.ready_known else self._paced(order.placed_at, drawn)
            usual = order.ready_known or order.placed_at + self.city.kitchens.mean_ms(order.restaurant)
            longer = self.conditions.kitchens.get(order.restaurant, 0)
            drawn = max(drawn, usual + longer) if longer else drawn
        what = (order.id, order.customer, order.restaurant, order.door, order.items)
        return PlannedOrder(*what, order.placed_at, order.promised_at, max(drawn, self.now))

    def orders(self, until: Instant) -> Iterable[PlannedOrder]:
        """As many as there come of late, each like one of the last hour: from where, to where, and what."""
        like = [order for _, order in sorted(self.city.orders.items())]
        told = any(order.promised_at % ROUNDED_MS for order in like)
        at, number = self.now, 0
        while like and (at := at + self._gap(self.conditions.orders_an_hour * self.hunger)) < until:
            number, one, ready = number + 1, self.rng.choice(like), self.rng.randrange(1000)
            cooked = self._paced(at, self.outlook.cooked_by(one.restaurant, at, ready))
            cooked += self.conditions.kitchens.get(one.restaurant, 0)
            promised = at + one.promised_at - one.placed_at if told else None
            what = (OrderId(f"next-{number}"), one.customer, one.restaurant, one.door, one.items)
            yield PlannedOrder(*what, at, promised, cooked)

    def shifts(self, until: Instant) -> Iterable[PlannedShift]:
        """Drivers who come to work, each like one who is there."""
        like = [one for _, one in sorted(self.city.drivers.items()) if one.status is not DriverStatus.OFF]
        at, number = self.now, 0
        while like and (at := at + self._gap(self.conditions.joining)) < until:
            number, one = number + 1, self.rng.choice(like)
            yield PlannedShift(DriverId(f"next-{number}"), one.name, one.vehicle, one.point, at, until + HOUR_MS)

    def _paced(self, placed_at: Instant, ready_at: Instant) -> Instant:
        return placed_at + round((ready_at - placed_at) * self.pace)

    def _gap(self, an_hour: float) -> int:
        """To the next one, in whole seconds."""
        return max(1, round(self.rng.expovariate(an_hour / 3600))) * 1000 if an_hour > 0 else 24 * HOUR_MS


def _normal(number: int, base: int) -> float:
    """The next point of van der Corput's sequence, as a normal deviate: five draws lie evenly, as five dice would not."""
    point, step = 0.0, 1.0
    while number:
        number, digit = divmod(number, base)
        step /= base
        point += digit * step
    return NormalDist().inv_cdf(point)


def _slower(way: Way, by: float) -> Way:
    return (
        way if by == 1.0 else Way(way.path, way.leaves, way.leaves + round((way.arrives - way.leaves) * by), way.halts)
    )


def _declining(rng: Random, share: float) -> Decline:
    def declines(assigned: DriverAssigned, at: Instant) -> bool:
        return share > 0 and rng.random() < share

    return declines
