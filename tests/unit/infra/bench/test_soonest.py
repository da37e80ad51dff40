"""meltdowns that nobody announces → here → how soon one could tell them who knows all but since when a kitchen is behind.

He knows its hands and its pace, when each dish came on the stove, and by how much a meltdown slows it, and weighs as the agent
does (`models/behind`). What agents know is less, so they cannot be as sure as soon (decision 0016).
"""

import heapq
from collections.abc import Callable, Iterator
from math import log
from random import Random
from typing import NamedTuple, Self

import numpy as np
import pytest
from scipy.special import log_ndtr

from infra.bench.alert_days import BEGINS_MS, LASTS_MS, MELTDOWN
from infra.bench.alerts import FIRST_SEED, MOST_ALERTS
from infra.bench.staged import busiest
from models.alert_rules import RULES
from models.alerts import AlertKind
from models.behind import FLOOR, RECENT_MS
from models.ids import Instant
from models.ways import MINUTE_MS
from simulator.faults.kinds import KINDS
from simulator.scenario import Scenario
from simulator.sources import demand, synthetic
from simulator.sources.demand import COOK_WITHIN, Kitchen

RULE, TOO_LOUD_AT = RULES[AlertKind.RESTAURANT_OVERLOADED], 70
"""Times likelier. Kitchens alone make more than the one alert in 100 orders that all kinds together may, if told so soon."""
DAYS, CALM_DAYS, BOUND_S, WATCHED_MS = 40, range(91, 99), 300, 20 * MINUTE_MS
DELAY_MS = int(KINDS[MELTDOWN].by or 0)
NEVER = log(FLOOR)
"""What no kitchen behind would do speaks against it by so much, as by the agent's measure."""
Reals = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


class Stove(NamedTuple):
    """A kitchen's orders of a day (N,), in ms: placed, on the stove, ready."""

    pace: float
    placed: Reals
    since: Reals
    ready: Reals

    def odds(self, t: float) -> float:
        """How much likelier it is at `t` that it has been behind since the likeliest moment than not, in logarithms."""
        seen = (self.placed <= t) & (self.ready > t - RECENT_MS)
        placed, since, ready = self.placed[seen], self.since[seen], self.ready[seen]
        starts = np.concatenate([placed, ready])
        starts = starts[starts < t][:, None]
        cooks = self._cooks_on(np.maximum(t - DELAY_MS, starts), since) - self._cooks_on(t, since)
        came = self._density(ready - DELAY_MS, since) - self._density(ready, since)
        came = np.where(ready - DELAY_MS >= starts, np.maximum(came, NEVER), NEVER)
        each = np.where(ready > t, cooks, np.where(ready <= starts, 0.0, came))
        return float(each.sum(axis=1).max(initial=0.0))

    def slowed(self, whose: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Self:
        return self._replace(ready=self.ready + DELAY_MS * whose)

    def _cooks_on(self, t: Reals | float, since: Reals) -> Reals:
        return np.where(t > since, log_ndtr(-self._z(t, since)), 0.0)

    def _density(self, t: Reals, since: Reals) -> Reals:
        return np.where(t > since, -(self._z(t, since) ** 2) / 2 - np.log(np.maximum(t - since, 1.0)), -np.inf)

    def _z(self, t: Reals | float, since: Reals) -> Reals:
        return np.log(np.maximum(t - since, 1.0) / MINUTE_MS / self.pace) / COOK_WITHIN


Stoves = dict[str, Stove]


@pytest.fixture
def stoves(monkeypatch: pytest.MonkeyPatch) -> Stoves:
    """Each kitchen's of the day that was built last: a day does not tell when its orders came on the stove."""
    found, ready_times = Stoves(), demand.ready_times

    def noted(rng: Random, kitchen: Kitchen, placed: list[Instant]) -> list[Instant]:
        ready = ready_times(rng, kitchen, placed)
        times = (placed, list(_begun(kitchen.hands, placed, ready)), ready)
        found[kitchen.restaurant.restaurant] = Stove(kitchen.pace, *(np.array(one, float) for one in times))
        return ready

    monkeypatch.setattr(demand, "ready_times", noted)
    return found


def _begun(hands: int, placed: list[Instant], ready: list[Instant]) -> Iterator[Instant]:
    free = [0] * hands
    for at, done in zip(placed, ready, strict=True):
        yield max(at, min(heapq.heapreplace(free, done), at + demand.LONGEST_QUEUE_MS))


def alerts(stove: Stove) -> int:
    """So many would be raised of a kitchen that nobody broke."""
    count, clears_at = 0, 0.0
    for t in np.arange(stove.placed.min(), stove.ready.max(), MINUTE_MS):
        odds = stove.odds(float(t))
        count += odds >= log(TOO_LOUD_AT) and t >= clears_at
        if odds >= log(TOO_LOUD_AT) or (t < clears_at and odds >= log(RULE.cleared_at)):
            clears_at = t + 1000 * RULE.cleared_after_seconds
    return count


def soonest_s(day: Scenario, stoves: Stoves) -> float:
    """Seconds from the second order that was missed."""
    begins = day.opens_at + 1000 + BEGINS_MS
    ends = begins + LASTS_MS
    stove = stoves[busiest(day, begins, ends)]
    struck = (stove.ready >= begins) & (stove.placed < ends)
    second, melting = float(np.sort(stove.ready[struck])[1]), stove.slowed(struck)
    looks = np.arange(begins, second + WATCHED_MS, 10_000)
    return next(float(t - second) / 1000 for t in looks if melting.odds(float(t)) >= log(TOO_LOUD_AT))


def test_who_asks_all_kitchens_alike_and_is_calm_on_calm_days_tells_not_every_meltdown_within_five_minutes(
    stoves: Stoves, record_property: Callable[[str, object], None]
) -> None:
    soonest = [soonest_s(synthetic.build(seed), stoves) for seed in range(FIRST_SEED, FIRST_SEED + DAYS)]
    calm, orders = 0, 0
    for seed in CALM_DAYS:
        stoves.clear()
        orders += len(synthetic.build(seed).orders)
        calm += sum(alerts(one) for one in stoves.values())
    loud, slow = 100 * calm / orders, sum(one > BOUND_S for one in soonest)
    first = ", ".join(f"{one:.0f}" for one in soonest[:3])
    record_property(
        "figure",
        f"{loud:.2f} alerts in 100 calm orders at {TOO_LOUD_AT} times, and still {slow} of {DAYS} later, "
        f"the last after {max(soonest):.0f} s; of the days above after {first} s",
    )

    assert loud > MOST_ALERTS
    assert slow >= DAYS / 8
    assert max(soonest) > 1.5 * BOUND_S
