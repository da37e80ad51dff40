"""orders that never arrived, the log, the scenario → here → why, as far as these can tell.

Under a policy with a reach, only a driver within it counts as one who could have been sent.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from models import events
from models.dispatch import reach_metres
from models.events import Fact
from models.geo import Point
from models.ids import Instant, OrderId
from models.ways import Vehicle
from simulator.scenario import PlannedOrder, Scenario

CANCELLED = "cancelled before the city closed"
READY_TOO_LATE = "ready after the last shift ended"
SHIFT_ENDED = "the shift of its driver ended first"
NOBODY_NEAR = "no driver in reach was free"
NOBODY_IN_TIME = "no free driver in reach could pick it up before the end of the shift"
OTHERS_FIRST = "the free drivers in reach were given other orders"


class Stand(NamedTuple):
    """A driver was free at this point from `since` until he was sent out or went home; `until` is his off-time."""

    point: Point
    vehicle: Vehicle
    since: Instant
    gone: Instant
    until: Instant


def reasons(orders: Iterable[PlannedOrder], facts: Sequence[Fact], scenario: Scenario) -> list[str]:
    """For each order the first reason that holds, in the order of the list above."""
    stands = list(_stands(facts))
    taken = (f.body for f in facts if isinstance(f.body, events.DriverUnassigned))
    driver_left = {body.order for body in taken if body.reason == "shift ended"}
    cancelled = {f.body.order: f.at for f in facts if isinstance(f.body, events.OrderCancelled)}
    closed_at = next((f.at for f in facts if isinstance(f.body, events.CityClosed)), None)
    kitchens = {r.restaurant: r.point for r in scenario.restaurants}
    last_until = max((s.until for s in scenario.shifts), default=None)

    def reason(order: PlannedOrder) -> str:
        if cancelled.get(order.order, closed_at) != closed_at:
            return CANCELLED
        if order.ready_at > (order.placed_at if last_until is None else last_until):
            return READY_TOO_LATE
        if order.order in driver_left:
            return SHIFT_ENDED
        return _never_assigned(order, kitchens[order.restaurant], stands, scenario)

    return [reason(order) for order in orders]


def _never_assigned(order: PlannedOrder, kitchen: Point, stands: list[Stand], scenario: Scenario) -> str:
    travel, reach = scenario.rules.travel, reach_metres(scenario.rules.policy)
    near = [s for s in stands if s.gone >= order.placed_at and travel.metres(s.point, kitchen) <= reach]
    if not near:
        return NOBODY_NEAR
    return OTHERS_FIRST if any(_in_time(s, order, kitchen, scenario) for s in near) else NOBODY_IN_TIME


def _in_time(stand: Stand, order: PlannedOrder, kitchen: Point, scenario: Scenario) -> bool:
    """Sent out at the first tick of the stand, could he have picked it up before his off-time?"""
    rules, earliest = scenario.rules, max(stand.since, order.placed_at)
    t = earliest + (scenario.opens_at - earliest) % (1000 * rules.tick_seconds)
    arrival = t + rules.travel.ms(stand.point, kitchen, stand.vehicle)
    return t <= stand.gone and max(order.ready_at, arrival + rules.services.half_pickup_ms) <= stand.until


def _stands(facts: Iterable[Fact]) -> Iterator[Stand]:
    doors: dict[OrderId, Point] = {}
    here: dict[str, Point] = {}
    since: dict[str, Instant] = {}
    shifts: dict[str, events.ShiftStarted] = {}
    for fact in facts:
        match fact.body:
            case events.OrderPlaced(order=order, door=door):
                doors[order] = door
            case events.ShiftStarted(driver=driver) as shift:
                here[driver], since[driver], shifts[driver] = shift.point, fact.at, shift
            case events.OrderDelivered(driver=driver, order=order):
                here[driver] = doors[order]
            case events.DriverFreed(driver=driver):
                since[driver] = fact.at
            case events.DriverAssigned(driver=driver) | events.ShiftEnded(driver=driver) if driver in since:
                mine = shifts[driver]
                yield Stand(here[driver], mine.vehicle, since.pop(driver), fact.at, mine.until)
