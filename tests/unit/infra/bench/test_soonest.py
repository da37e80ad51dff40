"""meltdowns that nobody announces → here → how soon one could know who knows all but how long a dish will cook.

He knows which kitchen it is, since when and by how much it is behind, its hands and its pace, and when each order came on the
stove. What agents know is less, so they cannot be as sure as soon (decision 0016).
"""

import heapq
from collections.abc import Callable, Iterator
from math import erfc, log, sqrt
from random import Random
from typing import NamedTuple

import pytest

from infra.bench.alert_days import BEGINS_MS, LASTS_MS, MELTDOWN
from infra.bench.alerts import FIRST_SEED
from infra.bench.staged import busiest
from models.alert_rules import RULES
from models.alerts import AlertKind
from models.ids import Instant
from models.ways import MINUTE_MS
from simulator.faults.kinds import KINDS
from simulator.scenario import Scenario
from simulator.sources import demand, synthetic
from simulator.sources.demand import COOK_WITHIN, Kitchen

SURE = log(RULES[AlertKind.RESTAURANT_OVERLOADED].raised_at)
DAYS, BOUND_S, LOOKS = 40, 300, range(-600, 3600, 10)
"""Seconds from the second order that was missed."""
DELAY_MS = int(KINDS[MELTDOWN].by or 0)


class Dish(NamedTuple):
    """An order of a kitchen that is behind: on the stove `since`, ready at `planned` if it were not."""

    placed_at: Instant
    since: Instant
    planned: Instant
    pace: float

    def log_odds(self, t: Instant, begins: Instant) -> float:
        """How much likelier what is seen of it at `t` is of a kitchen that has been behind since `begins`, in logarithms."""
        if t < self.placed_at:
            return 0.0
        if t >= self.planned + DELAY_MS:
            return self._density(self.planned) - self._density(self.planned + DELAY_MS)
        behind = self._cooks_on(max(t - DELAY_MS, min(begins, t)))
        return log(behind / self._cooks_on(t))

    def _cooks_on(self, t: Instant) -> float:
        return erfc(self._z(t) / sqrt(2)) / 2 if t > self.since else 1.0

    def _density(self, t: Instant) -> float:
        return -(self._z(t) ** 2) / 2 - log(t - self.since)

    def _z(self, t: Instant) -> float:
        return log((t - self.since) / MINUTE_MS / self.pace) / COOK_WITHIN


Stoves = dict[str, list[Dish]]


@pytest.fixture
def stoves(monkeypatch: pytest.MonkeyPatch) -> Stoves:
    """Each kitchen's orders of the day that was built last: a day does not tell when they came on the stove."""
    found, ready_times = Stoves(), demand.ready_times

    def noted(rng: Random, kitchen: Kitchen, placed: list[Instant]) -> list[Instant]:
        ready = ready_times(rng, kitchen, placed)
        every = zip(placed, _begun(kitchen.hands, placed, ready), ready, strict=True)
        found[kitchen.restaurant.restaurant] = [Dish(*one, kitchen.pace) for one in every]
        return ready

    monkeypatch.setattr(demand, "ready_times", noted)
    return found


def _begun(hands: int, placed: list[Instant], ready: list[Instant]) -> Iterator[Instant]:
    free = [0] * hands
    for at, done in zip(placed, ready, strict=True):
        yield max(at, min(heapq.heapreplace(free, done), at + demand.LONGEST_QUEUE_MS))


def soonest_s(day: Scenario, stoves: Stoves) -> int:
    """Seconds from the second missed order until he is as sure as an alert has to be; the last look's if he never is."""
    begins = day.opens_at + 1000 + BEGINS_MS
    ends = begins + LASTS_MS
    struck = [d for d in stoves[busiest(day, begins, ends)] if d.planned >= begins and d.placed_at < ends]
    second = sorted(one.planned for one in struck)[1]
    return next((s for s in LOOKS if sum(d.log_odds(second + 1000 * s, begins) for d in struck) >= SURE), LOOKS[-1])


def test_a_third_of_the_meltdowns_that_nobody_announces_can_be_known_within_five_minutes_by_nobody(
    stoves: Stoves, record_property: Callable[[str, object], None]
) -> None:
    every = [soonest_s(synthetic.build(seed), stoves) for seed in range(FIRST_SEED, FIRST_SEED + DAYS)]
    slow = sum(one > BOUND_S for one in every)
    first = ", ".join(map(str, sorted(every[:3])))
    record_property("figure", f"{slow} of {DAYS}, the last after {max(every)} s; of the days above after {first} s")

    assert slow >= DAYS / 3
    assert max(every) > 2 * BOUND_S
