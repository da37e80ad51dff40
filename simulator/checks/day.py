"""facts, scenario → here → the log by order, by driver and by trip, for checks to read. Nobody's fold."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from models import events
from models.events import Fact
from models.geo import Point
from models.ids import DriverId, Instant, OrderId, RestaurantId
from models.ways import MINUTE_MS
from simulator.scenario import PlannedOrder, PlannedShift, Scenario


class Rule(StrEnum):
    """What a recorded day is held to: the model of Reyes et al. 2018, and that the log accounts for everything."""

    OPENED = "opened as recorded"
    TICKS = "ticks on the grid"
    DECIDED_AT_A_TICK = "decided at a tick"
    PLACED = "placed as recorded"
    PLACED_ONCE = "placed once"
    ANNOUNCED = "announced as recorded"
    READY = "ready as recorded"
    ONE_DRIVER = "one driver an order"
    ONCE = "picked up and delivered once"
    ACCOUNTED = "accounted for at closing"
    SHIFT = "on shift as recorded"
    ON_SHIFT = "assigned to a driver on shift"
    FREE = "assigned to a free driver"
    ONE_RESTAURANT = "one restaurant a route"
    NOT_DIVERTED = "not diverted once instructed"
    ARRIVAL = "arrival at the restaurant"
    PICK_UP = "pick-up"
    PICK_UP_IN_SHIFT = "no pick-up after the off-time"
    AT_DOOR = "arrival at the door"
    DELIVERY = "delivery"
    FREED = "free again"
    POSITION = "position on the way"


class Violation(msgspec.Struct, frozen=True):
    """A rule broken: `who` is the order or the driver, `at` None where something never happened."""

    rule: Rule
    who: str
    at: Instant | None
    what: str


@dataclass(slots=True)
class Trip:
    """What a driver was sent to do, and his facts until the next trip. `start`: where he stood.

    More orders may be given to him until he picks up; what comes later is another trip.
    """

    shift: PlannedShift
    start: Point
    begun: Instant
    orders: list[OrderId] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @property
    def given(self) -> list[Instant]:
        """When its orders were assigned, as the log tells it."""
        return [f.at for f in of(self.facts, events.DriverAssigned)]

    def at(self, kind: type, order: OrderId | None = None) -> Instant | None:
        """When it happened on this trip (of this order), the first time."""
        return next(
            (f.at for f in self.facts if type(f.body) is kind and order in (None, getattr(f.body, "order", None))), None
        )


class Day:
    """The log by order and by driver, beside what was recorded."""

    def __init__(self, facts: Sequence[Fact], scenario: Scenario) -> None:
        self.facts, self.scenario, self.rules = facts, scenario, scenario.rules
        self.planned: dict[OrderId, PlannedOrder] = {o.order: o for o in scenario.orders}
        self.kitchens: dict[RestaurantId, Point] = {r.restaurant: r.point for r in scenario.restaurants}
        self.orders: defaultdict[OrderId, list[Fact]] = defaultdict(list)
        self.drivers: defaultdict[DriverId, list[Fact]] = defaultdict(list)
        for fact in facts:
            if (order := getattr(fact.body, "order", None)) is not None:
                self.orders[order].append(fact)
            if (driver := getattr(fact.body, "driver", None)) is not None:
                self.drivers[driver].append(fact)
        self.trips = {s.driver: list(_trips(self, s)) for s in scenario.shifts}

    def kitchen(self, order: OrderId) -> Point:
        return self.kitchens[self.planned[order].restaurant]

    def minute(self, at: Instant | None) -> str:
        """Minutes since the city opened, for the eye."""
        return "never" if at is None else f"minute {(at - self.scenario.opens_at) / MINUTE_MS:g}"

    def minutes(self, times: Sequence[Instant]) -> str:
        return ", ".join(map(self.minute, times)) or "never"


_LOADED = (events.OrderPickedUp, events.OrderDelivered, events.DriverFreed)


def of(facts: Iterable[Fact], kind: type) -> list[Fact]:
    return [f for f in facts if type(f.body) is kind]


def _trips(day: Day, shift: PlannedShift) -> Iterable[Trip]:
    """A trip begins where the last delivery left the driver, the first one where his shift began."""
    trip, here = None, shift.point
    for fact in day.drivers[shift.driver]:
        if isinstance(fact.body, events.DriverAssigned) and fact.body.order in day.planned:
            if trip is None or any(isinstance(f.body, _LOADED) for f in trip.facts):
                if trip is not None:
                    yield trip
                trip = Trip(shift, here, fact.at)
            trip.orders.insert(fact.body.place, fact.body.order)
        if isinstance(fact.body, events.OrderDelivered) and fact.body.order in day.planned:
            here = day.planned[fact.body.order].door
        if trip is not None:
            trip.facts.append(fact)
    if trip is not None:
        yield trip
