"""an order, the city at a moment → here → when it will be ready, picked up, at the door and delivered, and by which stages.

Only what the log says by now: the ready time of food that is not ready is never read.
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from models.course import Courses
from models.ids import DriverId, Instant
from models.line import APPROACH_MS, Line, line
from models.order import Order, unassigned
from models.policies.hands import hands
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


class Since(StrEnum):
    """What is known of an order; estimates of each kind learn from their own errors."""

    PLACED = "placed"
    READY = "ready"
    PICKED_UP = "picked_up"


class Forecast(NamedTuple):
    """`spread_ms`: how far it may stray, by what is still unknown; errors are counted in it. `shift_ms`: learnt."""

    picked_up: Instant
    delivered: Instant
    parts: Parts
    spread_ms: int
    shift_ms: int


class Sight:
    """A city at `t`, and what its estimates stand on beside it.

    `ahead`: the line as it stood at the last tick; `shift_ms`: what estimates of food that is not ready were short of on the
    mean. Once it is ready a driver's way is known, and a mean of others' waits would only disturb it.
    """

    def __init__(self, courses: Courses, ahead: Line, shift_ms: int) -> None:
        self.courses, self.ahead, self.shift_ms = courses, ahead, shift_ms
        self.city, self.rules, self.outlook, self.t = courses.city, courses.rules, courses.outlook, courses.outlook.t


def line_of(courses: Courses) -> Line:
    """The line at a tick: every order without a driver, everyone on shift."""
    return line(unassigned(courses.city.orders.values()), hands(courses), courses.outlook)


def stage_of(order: Order) -> Stage:
    if order.picked_up_at is not None:
        return Stage.RIDE if order.at_door_at is None else Stage.HAND_OVER
    if order.ready_at is None:
        return Stage.PREPARE
    if order.driver is None:
        return Stage.ASSIGN
    return Stage.APPROACH if order.waited_at is None else Stage.WAIT


def since(order: Order) -> Since:
    if order.picked_up_at is not None:
        return Since.PICKED_UP
    return Since.PLACED if order.ready_at is None else Since.READY


def forecast(sight: Sight, order: Order) -> Forecast:
    """What the customer of an open order may expect, carried on from what is known at `sight.t`."""
    picked_up, parts, unassigned_ms = _carried(sight, order, order.driver) if order.driver else _waiting(sight, order)
    shift_ms = sight.shift_ms if since(order) is Since.PLACED else 0
    parts = msgspec.structs.replace(parts, ride=parts.ride * sight.city.pace.thousandths // 1000)
    parts = _moved(parts, shift_ms + (0 if order.ready_at or order.ready_known else LATE_MS))
    spread_ms = _spread(sight, order, parts.ride, unassigned_ms)
    return Forecast(picked_up, sight.t + sum(msgspec.structs.astuple(parts)), parts, spread_ms, shift_ms)


Ahead = tuple[Instant, Parts, int]
"""The pick-up, what is left of each stage, and how long the food stands there before anyone can come (ms)."""


def _carried(sight: Sight, order: Order, driver: DriverId) -> Ahead:
    """On a driver's route: where he is, what he waits for, and the doors before this one."""
    now, then = sight.t, sight.courses.of(driver)
    stop = next(one for one in then.stops if one.order == order.id)
    if then.picked_up is None or order.picked_up_at is not None:
        ride = max(stop.at_door - now, 0)
        return order.picked_up_at or now, Parts(0, 0, 0, 0, ride, max(stop.delivered - now, 0) - ride), 0
    ready = sight.outlook.expected(order)
    picked_up = max(then.picked_up, ready)
    approach = min(max((then.arrives or ready) - ready, 0), picked_up - ready)
    wait, ride = picked_up - ready - approach, stop.at_door - picked_up
    return picked_up, Parts(ready - now, 0, approach, wait, ride, stop.delivered - stop.at_door), 0


def _waiting(sight: Sight, order: Order) -> Ahead:
    """Nobody has it: the line says when somebody can be there."""
    services, ready = sight.rules.services, sight.outlook.expected(order)
    picked_up = sight.ahead.picked_up(order.id, ready)
    wait = min(picked_up - ready, services.half_pickup_ms)
    approach = min(picked_up - ready - wait, max(0, APPROACH_MS - services.half_pickup_ms))
    kitchen = sight.city.restaurants[order.restaurant].point
    ride = services.half_pickup_ms + sight.rules.travel.ms(kitchen, order.door, USUAL_VEHICLE)
    assign = picked_up - ready - wait - approach
    parts = Parts(ready - sight.t, assign, approach, wait, ride, services.half_dropoff_ms)
    return picked_up, parts, picked_up - ready


def _moved(parts: Parts, ms: int) -> Parts:
    """Later is longer in the kitchen: in a driver's hands nothing is left to assign. Earlier takes from what is longest."""
    if ms >= 0:
        return msgspec.structs.replace(parts, prepare=parts.prepare + ms)
    longest, name = max((getattr(parts, name), name) for name in Parts.__struct_fields__)
    return msgspec.structs.replace(parts, **{name: max(longest + ms, 0)})


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
