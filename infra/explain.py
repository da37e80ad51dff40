"""the city's log, from Postgres, a file or a recorded day → here → an order's story as a person reads it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from infra.replay import decided, load
from models import codec, events
from models.city import City
from models.errors import TrackError
from models.eta import Etas, follow
from models.events import Fact
from models.ids import CityId, Instant, OrderId
from models.order import Order
from models.sentences import Kind, Sentence, against
from models.settings import Settings
from models.story import Telling
from pipelines.adapters.entries import day
from pipelines.adapters.postgres_log import Postgres, PostgresLog, opened
from pipelines.agents.order_etas import PRODUCT
from simulator.undelivered import reasons

SLICE = 20_000
"""Facts that are read at a time: a story ends where its order does."""
CITIES = """select o.city_id, c.closed, o.created_at from orders o join cities c using (city_id)
    where o.order_id = %s and (%s::text is null or o.city_id = %s) order by c.opened_at desc, 1"""
PLACED = "select seq, fact from city_events where city_id = %s and day = %s and kind = 'OrderPlaced' and at = %s"
BEGINS = "select seq, at from city_events where city_id = %s order by seq limit 1"
IDS = """select order_id from orders where %s::text is null or city_id = %s
    order by created_at desc, order_id limit 10000"""


class UnknownOrder(TrackError):
    """No city has this order, or several have one of this id."""


class LogBegins(TrackError):
    """Retention has dropped the part of the log in which the order was placed."""


class Explained(NamedTuple):
    """A story, the city it happened in and its order as it stood last."""

    telling: Telling
    order: Order
    sentences: list[Sentence]


def from_replay(path: Path, policy: str, ready: str, order: str, everything: bool = False) -> Explained:
    """Of a recorded day, replayed in memory. Raises NotADay, BrokenFile, UnknownOrder."""
    scenario = load(path, policy, ready)
    facts = decided(scenario)
    found = from_facts(facts, order, everything)
    left = [o for o in scenario.orders if o.order == order and found.telling.end and found.telling.end.reason]
    why = [f"why, as far as the day tells: {reason}" for reason in reasons(left, facts, scenario)]
    last = found.sentences[-1]
    return found._replace(sentences=[*found.sentences[:-1], msgspec.structs.replace(last, more=(*last.more, *why))])


def from_file(path: Path, order: str, everything: bool = False) -> Explained:
    """Of a log as JSON lines, from its first fact on. Raises Unreadable, IllFittingLog, UnknownOrder."""
    return from_facts([codec.decode_fact(raw) for raw in path.read_bytes().splitlines()], order, everything)


def from_facts(facts: Sequence[Fact], order: str, everything: bool = False) -> Explained:
    """Of a whole log. An id that was used twice tells its last order. Raises UnknownOrder."""
    placed = [(f.body.order, f.seq) for f in facts if isinstance(f.body, events.OrderPlaced)]
    at = dict(placed).get(OrderId(order))
    if at is None:
        raise _unknown(order, [o for o, _ in reversed(placed)], "this log")
    etas = Etas(City(facts[0].city))
    for fact in facts[: at - 1]:
        follow(etas, fact)
    telling = _telling(etas, order, everything)
    for fact in facts[at - 1 :]:
        telling.take(fact)
        if telling.end is not None:
            break
    return _explained(telling)


def from_postgres(settings: Settings, order: str, city: str | None, everything: bool = False) -> Explained:
    """Of a city of a running stack, or one that ended. Raises StoreAway, UnknownOrder, LogBegins."""

    async def read() -> Explained:
        async with opened(settings.postgres_url) as postgres:
            return await _read(postgres, order, city, everything)

    return asyncio.run(read())


async def _read(postgres: Postgres, order: str, named: str | None, everything: bool) -> Explained:
    city, placed_at = await _found(postgres, order, named)
    log = PostgresLog(postgres)
    seq, etas = await _before(postgres, log, city, order, placed_at)
    for fact in await log.facts(city, etas.seq + 1, seq - 1):
        follow(etas, fact)
    telling = _telling(etas, order, everything)
    while telling.end is None and (facts := await log.facts(city, etas.seq + 1, etas.seq + SLICE)):
        for fact in facts:
            telling.take(fact)
    return _explained(telling)


async def _found(postgres: Postgres, order: str, named: str | None) -> tuple[CityId, datetime]:
    """Its city: the named one, the only one, or the only one that is open."""
    rows = await postgres.all(CITIES, (order, named, named))
    open_ones = [row for row in rows if not row[1]]
    if not rows:
        ids = [one for (one,) in await postgres.all(IDS, (named, named))]
        raise _unknown(order, ids, f"city {named}" if named else "any city")
    if len(rows) > 1 and len(open_ones) != 1:
        raise UnknownOrder(
            f"{len(rows)} cities have an order {order}: --city {' or '.join(row[0] for row in rows[:5])}"
        )
    city, _, placed_at = open_ones[0] if len(rows) > 1 else rows[0]
    return city, placed_at


async def _before(
    postgres: Postgres, log: PostgresLog, city: CityId, order: str, placed_at: datetime
) -> tuple[int, Etas]:
    """The fact that placed it, and the nearest fold before that: from a checkpoint where there is one.

    Raises LogBegins when the fact, or what a fold needs up to it, is gone.
    """
    rows = await postgres.all(PLACED, (city, day(round(placed_at.timestamp() * 1000)), placed_at))
    seqs = [int(seq) for seq, raw in rows if getattr(codec.decode_fact(raw).body, "order", None) == order]
    kept = await log.checkpoint(PRODUCT.name, city, max(seqs) - 1) if seqs else None
    etas = Etas(City(city)) if kept is None else msgspec.msgpack.decode(kept.state, type=Etas)
    begins = await postgres.all(BEGINS, (city,))
    if seqs and begins and etas.seq + 1 >= begins[0][0]:
        return max(seqs), etas
    where = f"begins with fact {begins[0][0]} of {begins[0][1]:%Y-%m-%d %H:%M}Z" if begins else "is gone"
    raise LogBegins(
        f"{order} was placed {placed_at:%Y-%m-%d %H:%M}Z, and the log of {city} {where}: retention "
        "(TRACK_RETAIN_EVENTS_DAYS) has dropped what was before; its row in `orders` is what is left of it"
    )


def _unknown(order: str, ids: Sequence[str], where: str) -> UnknownOrder:
    """Ids like it, or else the newest, and where ids are found."""
    close = get_close_matches(order, dict.fromkeys(ids), n=5, cutoff=0.5)
    what = (
        f"close to it: {', '.join(close)}" if close else f"the newest: {', '.join(ids[:5])}" if ids else "it has none"
    )
    return UnknownOrder(f"no order {order} in {where}; {what}. The board lists open orders, the table `orders` all")


def _telling(etas: Etas, order: str, everything: bool) -> Telling:
    return Telling(etas, OrderId(order), lambda at: f"{local(etas.city, at):%H:%M}", everything)


def local(city: City, at: Instant) -> datetime:
    """The time on the city's clocks."""
    zone = ZoneInfo(city.rules.time_zone) if city.rules else UTC
    return datetime.fromtimestamp(at / 1000, zone)


def _explained(telling: Telling) -> Explained:
    telling.settle()
    order = telling.end or telling.city.orders[telling.order]
    said = list(telling.sentences)
    if order.open:
        now = max(telling.city.now or 0, said[-1].at)  # facts of the step after the last tick are in the log already
        left = against(now, order.promised_at, "the promise")
        said.append(Sentence(now, Kind.ORDER, f"still open: {order.status.replace('_', ' ')}", (f"now it is {left}",)))
    return Explained(telling, order, said)
