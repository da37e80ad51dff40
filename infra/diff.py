"""a recorded day, or a city's log → here → the same day under two policies in memory, and what that makes of its orders."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from infra.inprocess import InProcess
from infra.replay import TicksOf, decided, load
from models.difference import Difference, difference
from models.dispatch import POLICIES, switching
from models.errors import TrackError
from models.events import Fact
from models.ids import CityId, DriverId, Instant
from models.moment import instant
from models.order import OrderStatus
from models.settings import Settings
from models.ways import MINUTE_MS
from pipelines.adapters.postgres_log import PostgresLog, opened
from simulator.engine import Engine
from simulator.scenario import Scenario
from simulator.sources import logged
from simulator.sources.logged import with_policy

HORIZON_MS = 120 * MINUTE_MS
"""So long after its last tick a log's day goes on under another policy: what was not delivered by then is not."""
ENDED = (OrderStatus.DELIVERED, OrderStatus.CANCELLED)


class UnknownCity(TrackError):
    """No log of this city."""


class Compared(NamedTuple):
    """`own`: a log beside its own day once more, under its own policy; None for a recorded day, which has no other log."""

    scenario: Scenario
    before: str
    after: str
    since: Instant | None
    found: Difference
    day: logged.Day | None = None
    own: Difference | None = None

    @property
    def drivers(self) -> dict[DriverId, str]:
        return {shift.driver: shift.name for shift in self.scenario.shifts}


def of_day(path: Path, before: str, after: str, ready: str, since: str | None = None) -> Compared:
    """Two replays of a recorded day. Raises NotADay, BrokenFile, NotATime, NotReached."""
    scenario = load(path, before, ready)
    ends = max(shift.until for shift in scenario.shifts)
    at = None if since is None else instant(since, scenario.rules, scenario.opens_at, ends)
    one = decided(scenario)
    return Compared(scenario, before, after, at, difference(one, _otherwise(scenario, after, at)))


def of_log(facts: list[Fact], after: str, since: str | None = None) -> Compared:
    """Two replays of the day that a log tells of, at its own ticks. Raises NoBeginning, NotATime, NotReached."""
    day = logged.day(facts)
    rules = day.scenario.rules
    at = None if since is None else instant(since, rules, day.scenario.opens_at, facts[-1].at)
    one = decided(day.scenario, _as_logged(day))
    other = _otherwise(day.scenario, after, at, _as_logged(day))
    return Compared(day.scenario, rules.policy, after, at, difference(one, other), day, difference(facts, one))


def of_city(settings: Settings, city: str, after: str, since: str | None = None) -> Compared:
    """Of a city of a running stack, as far as it has come. Raises StoreAway, UnknownCity and what `of_log` raises."""

    async def read() -> list[Fact]:
        async with opened(settings.postgres_url) as postgres:
            return await PostgresLog(postgres).facts(CityId(city), 1)

    facts = asyncio.run(read())
    if not facts:
        raise UnknownCity(f"there is no log of a city {city}")
    return of_log(facts, after, since)


def _otherwise(scenario: Scenario, after: str, at: Instant | None, ticks: TicksOf | None = None) -> list[Fact]:
    """The day under the other policy, or under it from `at` on."""
    if at is None:
        return decided(with_policy(scenario, after), ticks)
    with _known_for_now(f"{scenario.rules.policy}, then {after}", scenario.rules.policy, after, at) as both:
        return decided(with_policy(scenario, both), ticks)


@contextmanager
def _known_for_now(name: str, before: str, after: str, at: Instant) -> Iterator[str]:
    """Agents ask for a policy by its name: the one that switches has a name while its run lasts."""
    POLICIES[name] = switching(before, after, at)
    try:
        yield name
    finally:
        del POLICIES[name]


def _as_logged(day: logged.Day) -> TicksOf:
    """The log's own ticks, and then on at the city's pace until every order has ended, or the horizon."""

    def ticks(engine: Engine, city: InProcess) -> Iterator[Instant]:
        t, last = day.scenario.opens_at, max(day.ticks, default=day.scenario.opens_at)
        for t in day.ticks:
            if engine.finished:
                return
            yield t
        while not engine.finished and t < last + HORIZON_MS and not _all_ended(day.scenario, city):
            t += 1000 * day.scenario.rules.tick_seconds
            yield t

    return ticks


def _all_ended(scenario: Scenario, city: InProcess) -> bool:
    rows = city.log.tables["orders"].values()
    return sum(row["status"] in ENDED for row in rows) >= len(scenario.orders)
