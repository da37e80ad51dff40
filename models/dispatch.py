"""the city at a tick → here → who carries what. Pure: the same city gives the same turn, whatever order rows came in."""

import math
from collections.abc import Callable, Sequence

from models.city import City
from models.commands import DispatchTurn
from models.ids import Instant
from models.policies.nearest import REACH_METRES, nearest
from models.policies.reasons import Chosen
from models.policies.rolling import batch, rolling
from models.rules import Rules


def match(city: City, t: Instant) -> DispatchTurn:
    """The turn of tick `t` by the policy the city was opened with."""
    rules = city.rules
    if rules is None:
        return DispatchTurn(t, ())
    chosen = POLICIES[rules.policy](city, rules, t)
    return DispatchTurn(t, tuple(one for one, _ in chosen), tuple(why for _, why in chosen))


def reach_metres(policy: str) -> float:
    """How far off a driver may stand from the restaurant; infinite where the policy weighs the way instead."""
    return REACH_METRES if policy == "nearest" else math.inf


def switching(before: str, after: str, at: Instant) -> "Policy":
    """One policy for the ticks before `at`, another one from there on."""
    return lambda city, rules, t: POLICIES[before if t < at else after](city, rules, t)


Policy = Callable[[City, Rules, Instant], Sequence[Chosen]]
POLICIES: dict[str, Policy] = {"nearest": nearest, "batch": batch, "rolling": rolling}
