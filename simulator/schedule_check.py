"""facts, scenario → here → violations. A finished day recomputed from its log and the recorded instance.

It shares nothing with the engine, the city or dispatch but facts and travel: what they got wrong shows.
"""

from collections.abc import Callable, Iterator, Sequence

from models.events import Fact
from simulator.checks import orders, positions, routes, turns
from simulator.checks.day import Day, Rule, Violation
from simulator.scenario import Scenario

__all__ = ["RULES", "Rule", "Violation", "check"]

RULES: tuple[Callable[[Day], Iterator[Violation]], ...] = (
    turns.opened_as_recorded,
    turns.ticks_on_the_grid,
    turns.decided_at_ticks,
    orders.placed_as_recorded,
    orders.announced_as_recorded,
    orders.ready_as_recorded,
    orders.carried_by_one_driver,
    orders.carried_once,
    orders.accounted_for,
    routes.on_shift_as_recorded,
    routes.assigned_on_shift,
    routes.assigned_when_free,
    routes.one_restaurant_a_route,
    routes.never_diverted,
    routes.arrives_at_the_restaurant,
    routes.picks_up,
    routes.never_held_back,
    routes.picks_up_in_shift,
    routes.delivers,
    positions.positions_on_the_way,
)


def check(facts: Sequence[Fact], scenario: Scenario) -> list[Violation]:
    """Every rule that this finished day breaks, with who and when; empty when it was driven as it must be."""
    day = Day(facts, scenario)
    return [violation for rule in RULES for violation in rule(day)]
