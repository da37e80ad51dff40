"""an order, the city at a moment → here → when it will be ready, picked up, at the door and delivered, and by which stages.

Only what the log says by now: the ready time of food that is not ready is never read.
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from models.city import City
from models.course import Course, course
from models.ids import DriverId, Instant
from models.line import APPROACH_MS, Line, line
from models.order import Order, unassigned
from models.policies.hands import hands
from models.prep import Outlook
from models.rules import Rules
from models.ways import MINUTE_MS, USUAL_VEHICLE

BASELINE_LEAN = 5
LATE_MS = 2 * MINUTE_MS
"""What nobody foresees of an order that is not ready: orders that take long teach late, and bundles go round."""


class Stage(StrEnum):
    """What an order waits for now."""

    PREPARE = "prepare"
    ASSIGN = "assign"
    APPROACH = "approach"
    WAIT = "wait"
    RIDE = "ride"
    HAND_OVER = "hand_over"


class Parts(msgspec.Struct, frozen=True):
    """What is left of each stage (ms); they sum to what is left of the whole."""

    prepare: int
    assign: int
    approach: int
    wait: int
    ride: int
    hand_over: int


class Forecast(NamedTuple):
    """`spread_ms`: how far it may stray, by what is still unknown; errors are counted in it."""

    picked_up: Instant
    delivered: Instant
    parts: Parts
    spread_ms: int


class Sight:
    """A city at `t`: what is the same for all its orders is found once. `ahead`: the line as it stood at the last tick."""

    def __init__(self, city: City, rules: Rules, t: Instant, ahead: Line) -> None:
        self.city, self.rules, self.t, self.ahead = city, rules, t, ahead
        self.outlook = Outlook(city.kitchens, t)
        self._courses: dict[DriverId, Course] = {}

    def course_of(self, driver: DriverId) -> Course:
        if driver not in self._courses:
            self._courses[driver] = course(self.city, self.rules, self.city.drivers[driver], self.outlook)
        return self._courses[driver]


def line_of(city: City, rules: Rules, t: Instant) -> Line:
    """The line at a tick: every order without a driver, everyone on shift."""
    outlook = Outlook(city.kitchens, t)
    return line(unassigned(city.orders.values()), hands(city, rules, outlook), outlook)


def stage_of(order: Order) -> Stage:
    if order.picked_up_at is not None:
        return Stage.RIDE if order.at_door_at is None else Stage.HAND_OVER
    if order.ready_at is None:
        return Stage.PREPARE
    if order.driver is None:
        return Stage.ASSIGN
    return Stage.APPROACH if order.waited_at is None else Stage.WAIT


def forecast(sight: Sight, order: Order) -> Forecast:
    """What the customer of an open order may expect, carried on from what is known at `sight.t`."""
    return _carried(sight, order, order.driver) if order.driver is not None else _waiting(sight, order)


def _carried(sight: Sight, order: Order, driver: DriverId) -> Forecast:
    """On a driver's route: where he is, what he waits for, and the doors before this one."""
    now, then = sight.t, sight.course_of(driver)
    stop = next(one for one in then.stops if one.order == order.id)
    if then.picked_up is None or order.picked_up_at is not None:
        ride = max(stop.at_door - now, 0)
        parts = Parts(0, 0, 0, 0, ride, max(stop.delivered - now, 0) - ride)
        return Forecast(order.picked_up_at or now, now + _sum(parts), parts, _spread(sight, order, ride, 0))
    ready = sight.outlook.expected(order)
    picked_up = max(then.picked_up, ready)
    approach = min(max((then.arrives or ready) - ready, 0), picked_up - ready)
    ride = stop.at_door - picked_up
    parts = Parts(ready - now, 0, approach, picked_up - ready - approach, ride, stop.delivered - stop.at_door)
    late = _late(order)
    return Forecast(picked_up, now + _sum(parts) + late, _later(parts, late), _spread(sight, order, ride, 0))


def _waiting(sight: Sight, order: Order) -> Forecast:
    """Nobody has it: the line says when somebody can be there."""
    services, now, ready = sight.rules.services, sight.t, sight.outlook.expected(order)
    picked_up = sight.ahead.picked_up(order.id, ready)
    unassigned_ms = picked_up - ready
    approach = min(unassigned_ms, APPROACH_MS)
    kitchen = sight.city.restaurants[order.restaurant].point
    ride = services.half_pickup_ms + sight.rules.travel.ms(kitchen, order.door, USUAL_VEHICLE)
    parts = Parts(ready - now, unassigned_ms - approach, approach, 0, ride, services.half_dropoff_ms)
    late = _late(order)
    spread = _spread(sight, order, ride, unassigned_ms)
    return Forecast(picked_up, now + _sum(parts) + late, _later(parts, late), spread)


def _late(order: Order) -> int:
    return 0 if order.ready_at or order.ready_known else LATE_MS


def _later(parts: Parts, ms: int) -> Parts:
    """In the kitchen: an order that is in a driver's hands has nothing left to assign."""
    return msgspec.structs.replace(parts, prepare=parts.prepare + ms)


def _sum(parts: Parts) -> int:
    return sum(msgspec.structs.astuple(parts))


def _spread(sight: Sight, order: Order, ride_ms: int, unassigned_ms: int) -> int:
    outlook = sight.outlook
    kitchen = (outlook.by(order, 900) - outlook.by(order, 100)) // 2 if order.picked_up_at is None else 0
    return kitchen + unassigned_ms + MINUTE_MS + ride_ms // 10


def baseline(sight: Sight, order: Order) -> Instant:
    """The restaurant's mean preparation, leaning on the city's by five orders; then the way and both half services.

    Swiggy's shape with MDRP's services: what an estimate of ours has to beat.
    """
    services, rules = sight.rules.services, sight.rules
    ready = order.ready_at or order.placed_at + sight.city.kitchens.mean_ms(order.restaurant, BASELINE_LEAN)
    leaves = (order.picked_up_at or max(ready, sight.t)) + services.half_pickup_ms
    kitchen = sight.city.restaurants[order.restaurant].point
    arrives = order.at_door_at or leaves + rules.travel.ms(kitchen, order.door, USUAL_VEHICLE)
    return max(arrives + services.half_dropoff_ms, sight.t)
