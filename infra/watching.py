"""a stored city, or a recorded day, and a moment → here → what whoever watches it knew then: its risks, alerts and levers."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import msgspec

from infra.postgres_connection import named, session
from infra.replay import decided, load
from models.city import City
from models.errors import TrackError
from models.eta import Etas
from models.events import CityOpened, Fact, Ticked
from models.ids import CityId
from models.moment import instant
from models.rules import Rules
from models.settings import Settings
from models.watch import Watch, watch
from pipelines.adapters.postgres_log import PostgresLog, opened
from pipelines.agents.alerts import PRODUCT
from pipelines.cities import LAST_SEQ

LOGGED = """select rules, extract(epoch from opened_at) * 1000, (select extract(epoch from at) * 1000 from city_events e
where e.city_id = c.city_id order by seq desc limit 1) from cities c where city_id = %s"""
TICK = "select seq from city_events where city_id = %s and kind = 'Ticked' and at <= to_timestamp(%s) order by seq desc limit 1"


class NoTickYet(TrackError):
    """At that moment the city had not ticked, or was closed: nothing can be said of what comes."""


def stored(settings: Settings, city: str | None = None, at: str | None = None) -> Watch:
    """Of a city in Postgres, now or at a moment of its log. Raises NoSuchCity, NotATime, NotReached, NoTickYet, StoreAway."""
    with session(settings) as connection:
        which = named(connection, city)
        last = LAST_SEQ
        if at is not None:
            rules, opened_at, newest = connection.execute(LOGGED, (which,)).fetchone()
            until = instant(at, msgspec.convert(rules, Rules), round(opened_at), round(newest))
            found = connection.execute(TICK, (which, until / 1000)).fetchone()
            last = found[0] if found else 0
    return _ticked(asyncio.run(_read(settings, which, last)))


async def _read(settings: Settings, city: CityId, last: int) -> Watch:
    async with opened(settings.postgres_url) as postgres:
        log = PostgresLog(postgres)
        checkpoint = await log.checkpoint(PRODUCT.name, city, last)
        state = PRODUCT.new(city) if checkpoint is None else msgspec.msgpack.decode(checkpoint.state, type=Watch)
        return _folded(state, await log.facts(city, state.seq + 1, last))


def of_day(path: Path, policy: str, ready: str, at: str | None = None) -> Watch:
    """Of a recorded day, replayed in memory. Raises NotADay, BrokenFile, NotATime, NotReached, NoTickYet."""
    return of_facts(decided(load(path, policy, ready)), at)


def of_facts(facts: list[Fact], at: str | None = None) -> Watch:
    """Of a whole log, up to the last tick at or before the moment. Raises NotATime, NotReached, NoTickYet."""
    first = facts[0]
    assert isinstance(first.body, CityOpened)  # a log begins so
    until = None if at is None else instant(at, first.body.rules, first.at, facts[-1].at)
    last = max((f.seq for f in facts if isinstance(f.body, Ticked) and (until is None or f.body.t <= until)), default=0)
    return _ticked(_folded(Watch(Etas(City(first.city))), facts[:last]))


def _folded(state: Watch, facts: Iterable[Fact]) -> Watch:
    for fact in facts:
        watch(state, fact)
    return state


def _ticked(state: Watch) -> Watch:
    if state.city.now is None:
        raise NoTickYet(f"{state.city.id} had not ticked by then")
    if state.city.closed:
        raise NoTickYet(f"{state.city.id} is closed: name a moment of its log with --at")
    return state
