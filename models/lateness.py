"""a delivered order's stamps, its plan, its promise → here → every late second booked to the stage that lost it. Exact sums.

At any moment an order is expected to be so late: what has passed since its placement, and what was planned for what is left,
less what was promised. No live estimate is in it, so nothing is booked that did not happen. Where this rises above nought
the stage it is in has lost the time; where it falls, the latest loss is made good first. A plan that was longer than its
promise was late from the start: `promise`.
"""

from collections.abc import Iterable

import msgspec

from models.forecast import Parts
from models.ids import DriverId, Instant, OrderId, RestaurantId
from models.order import Order

STAGES = tuple(Parts.__struct_fields__)


class Booked(msgspec.Struct, frozen=True):
    """Late milliseconds by the stage that lost them."""

    promise: int = 0
    prepare: int = 0
    assign: int = 0
    approach: int = 0
    wait: int = 0
    ride: int = 0
    hand_over: int = 0


class Late(msgspec.Struct, frozen=True):
    """An order that was delivered after its promise; `late_ms` = ended_at − promised_at = the sum of `booked`."""

    order: OrderId
    restaurant: RestaurantId
    zone: str
    driver: DriverId
    seq: int
    promised_at: Instant
    ended_at: Instant
    late_ms: int
    booked: Booked


def late(order: Order, plan: Parts, zone: str, seq: int) -> Late | None:
    """The booking of a delivered order; None when it kept its promise."""
    assert order.ended_at is not None
    assert order.driver is not None  # a delivered order was somebody's
    late_ms = order.ended_at - order.promised_at
    if late_ms <= 0:
        return None
    who = (order.id, order.restaurant, zone, order.driver, seq)
    return Late(*who, order.promised_at, order.ended_at, late_ms, booked(order, plan, order.ended_at))


def booked(order: Order, plan: Parts, now: Instant) -> Booked:
    """Bookings up to `now`, as if it were delivered then; they sum to how late that is, or to nought."""
    projected = sum(msgspec.structs.astuple(plan)) - (order.promised_at - order.placed_at)
    bookings = [("promise", max(0, projected))]
    passed = spent(order, now)
    for stage in STAGES:
        before, projected = projected, projected + getattr(passed, stage) - getattr(plan, stage)
        change = max(0, projected) - max(0, before)
        if change >= 0:
            bookings.append((stage, change))
        else:
            _regain(bookings, -change)
    return Booked(**dict(bookings))


def _regain(bookings: list[tuple[str, int]], ms: int) -> None:
    """The latest loss is made good first."""
    for place in reversed(range(len(bookings))):
        stage, lost = bookings[place]
        back = min(lost, ms)
        bookings[place], ms = (stage, lost - back), ms - back


def spent(order: Order, now: Instant) -> Parts:
    """How long it has been in each stage by `now`; they sum to `now` − placed (ms).

    Food that is not ready is the kitchen's time, whoever stands there; ready food without a driver is assigning, then he comes
    for it, then both are there. A stamp that is missing or out of step takes nothing: its stage ends with the next one that
    can only come after it; drivers are assigned and arrive before the food is ready, too.
    """
    later = (order.picked_up_at, order.at_door_at, now)
    ends = (
        (order.ready_at, *later), (order.assigned_at, order.waited_at, *later), (order.waited_at, *later), later, later[1:],
        later[2:],
    )  # fmt: skip
    at, stages = order.placed_at, list[int]()
    for stamps in ends:
        end = next(stamp for stamp in stamps if stamp is not None)
        stages.append(max(0, min(end, now) - at))
        at += stages[-1]
    return Parts(*stages)


def over(order: Order, plan: Parts, left: Parts, now: Instant) -> Parts:
    """What each stage takes beyond its plan, if it goes on as expected; below nought where it is quicker. `left`: expected."""
    passed = spent(order, now)
    return Parts(*(getattr(passed, s) + getattr(left, s) - getattr(plan, s) for s in STAGES))


def late_between(orders: Iterable[Order], since: Instant, until: Instant) -> tuple[int, int]:
    """How many of them were past their promise in that time, open or delivered late in it, and for how long in all (ms)."""
    past = (min(one.ended_at or until, until) - max(one.promised_at, since) for one in orders)
    some = [ms for ms in past if ms > 0]
    return len(some), sum(some)


def by_stage(bookings: Iterable[Booked], unit_ms: int = 1000) -> dict[str, int]:
    """Whole seconds, or other units, by stage; what rounding leaves over goes to the next stage, so that the sum is exact."""
    every, total_ms, told, found = list(bookings), 0, 0, dict[str, int]()
    for stage in Booked.__struct_fields__:
        total_ms += sum(getattr(one, stage) for one in every)
        found[stage] = (total_ms + unit_ms // 2) // unit_ms - told
        told += found[stage]
    return found
