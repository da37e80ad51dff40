"""a driver, what he costs, the others' costs → here → the assignment, and why: a reason is a part of the turn."""

from collections.abc import Iterable

from models.commands import Assignment
from models.events import Option, Why
from models.ids import DriverId, Instant, OrderId

Chosen = tuple[Assignment, Why]
VERSION = 1
"""Of every policy: raised when the same city would be decided otherwise, so that a log says which code decided it."""
OTHERS = 3


def chosen(
    rule: str,
    driver: DriverId,
    orders: tuple[OrderId, ...],
    cost_ms: int,
    pickup_at: Instant,
    costs: Iterable[tuple[int, DriverId]],
) -> Chosen:
    """`costs` of whoever could carry it; the three cheapest beside the driver are kept, each driver once."""
    least: dict[DriverId, int] = {}
    for cost, other in sorted(costs):
        if other != driver:
            least.setdefault(other, cost)
    others = tuple(Option(other, cost) for other, cost in list(least.items())[:OTHERS])
    return Assignment(driver, orders), Why(rule, f"{rule}/{VERSION}", cost_ms, pickup_at, others)
