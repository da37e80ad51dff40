"""a recorded day → here → its score. In lockstep, as a city of its own, through memory or through real servers.

It is scored when every agent has stored the last fact.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import uuid4

import msgspec
import psycopg

from infra import inprocess, kafka_connection, stack
from models import codec
from models.errors import TrackError
from models.estimates import Prediction
from models.events import Fact
from models.ids import CityId, Instant
from models.lateness import Booked
from models.rows import Row
from models.settings import Settings
from pipelines.adapters import sql
from pipelines.agents import alerts, driver_pings, position_history
from pipelines.garbage import few_collections
from pipelines.roles import ROLES
from pipelines.truth import PRODUCTS
from simulator.engine import Engine
from simulator.publisher import Feeder
from simulator.scenario import Scenario
from simulator.score import Score, score
from simulator.wire import Wire

Through = Literal["memory", "kafka"]
WireOf = Callable[[Engine], Wire]
"""What a day's engine is fed through: an honest wire, or one with faults."""
TicksOf = Callable[[Engine, inprocess.InProcess], Iterable[Instant]]
DECIDING = {"city": ROLES["city"], "positions": (driver_pings.AGENT,)}
FOLLOWERS = [product.name for product in PRODUCTS]
SCORED = ("eta_predictions", "lateness_ledger")
"""The tables that a score reads, beside the log."""
UNSCORED = (position_history.AGENT, alerts.AGENT)
SETTLE_SECONDS = 60.0


class Stored(NamedTuple):
    """What a day left in its store: the log, every estimate that was shown, and every late order's bookings."""

    facts: list[Fact]
    predictions: list[Prediction]
    bookings: list[Booked]


class NotSettled(TrackError):
    """The agents have not stored the last fact in time."""


class NotADay(TrackError):
    """The folder holds no recorded day of a shape that is known. Fate: the replay does not start."""


def replay(scenario: Scenario, through: Through, settings: Settings, wire: WireOf = Wire) -> dict[str, Any]:
    """The report of `track replay`. Raises TrackError when the day does not come to its end."""
    began = time.monotonic()
    in_memory = through == "memory"
    left = through_memory(scenario, wire) if in_memory else through_servers(scenario, settings, wire)
    found = report(scenario, left, through, time.monotonic() - began)
    handled = {} if scenario.handled is None else {"rows": msgspec.to_builtins(scenario.handled)}
    return {**found, "peak_memory_mb": peak_memory_mb(), **handled}


def peak_memory_mb() -> int:
    """Of this process, whatever servers and workers take beside it. Linux counts kilobytes, macOS bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def report(scenario: Scenario, left: Stored, through: Through, seconds: float) -> dict[str, Any]:
    found: Score = score(left.facts, scenario, left.predictions, left.bookings)
    rules = scenario.rules
    run = {"wall_seconds": round(seconds, 2), "through": through, "policy": rules.policy, "ready": rules.ready_mode}
    return {**msgspec.to_builtins(found), **run}


def through_memory(scenario: Scenario, wire: WireOf = Wire) -> Stored:
    """Without the history of positions, 4 million rows of a day of 13,000 orders, and alerts: no score reads them."""
    engine = Engine(scenario, CityId("replay"))
    scored = {role: tuple(a for a in agents if a not in UNSCORED) for role, agents in ROLES.items()}
    with few_collections():
        log = asyncio.run(inprocess.replay(engine, inprocess.InProcess(scored), wire(engine))).log
        told, late = (list(log.tables[name].values()) for name in SCORED)
        return stored_as(log.raw[engine.city_id], told, late)


def decided(scenario: Scenario, ticks: TicksOf | None = None) -> list[Fact]:
    """The log of a day in memory; at its own ticks where none are said."""
    return log_of(Engine(scenario, CityId("replay")), ticks)


def log_of(engine: Engine, ticks: TicksOf | None = None, wire: Wire | None = None) -> list[Fact]:
    """Made in memory by those agents alone that decide."""
    city = inprocess.InProcess(DECIDING)
    with few_collections():
        asyncio.run(inprocess.replay(engine, city, wire, ticks(engine, city) if ticks else None))
        return [codec.decode_fact(raw) for raw in city.log.raw[engine.city_id]]


def through_servers(scenario: Scenario, settings: Settings, wire: WireOf = Wire) -> Stored:
    """Through the `TRACK_*` servers and the workers there, or through embedded ones and workers of its own."""
    with pipeline(settings) as ready:
        city = new_city(scenario)
        engine = Engine(scenario, city)
        feed(engine, ready, wire=wire(engine))
        settled(str(ready.postgres_url), city)
        return stored(str(ready.postgres_url), city)


@contextmanager
def pipeline(settings: Settings) -> Iterator[Settings]:
    """Settings of a pipeline that runs: theirs when all three servers are named, else one under `.track/replay`."""
    if settings.postgres_url and settings.redis_url and settings.kafka_bootstrap:
        yield settings
        return
    with stack.running(settings, settings.state_dir / "replay") as own:
        yield own.settings


def new_city(scenario: Scenario) -> CityId:
    """Another one each time, however long the day's name is."""
    return CityId(f"{scenario.name[:31]}-{uuid4().hex[:8]}")


def feed(
    engine: Engine, settings: Settings, after: Callable[[Instant], None] = lambda t: None, wire: Wire | None = None
) -> Feeder:
    """The whole day in lockstep; `after` is called when a turn is closed. Raises NothingDecides."""
    feeder = Feeder(engine, kafka_connection.options(settings), wire=wire)
    try:
        feeder.open()
        feeder.lockstep(engine.ticks(), after)
    finally:
        feeder.close()
    return feeder


def settled(postgres_url: str, city: CityId, seconds: float = SETTLE_SECONDS) -> None:
    """Wait until every agent with results of its own has stored the log's last fact. Raises NotSettled."""
    until = time.monotonic() + seconds
    query = "select agent, seq from agent_progress where city_id = %s and agent = any(%s)"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        while True:
            last = connection.execute("select max(seq) from city_events where city_id = %s", (city,)).fetchone()
            found: dict[str, int] = dict(connection.execute(query, (city, FOLLOWERS)).fetchall())
            if last and [found.get(agent) for agent in FOLLOWERS] == [last[0]] * len(FOLLOWERS):
                return
            if time.monotonic() > until:
                raise NotSettled(f"{city}: after {seconds:.0f} s {found} stand behind fact {last}")
            time.sleep(0.05)


def stored(postgres_url: str, city: CityId) -> Stored:
    """A day read back from Postgres."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        raw = connection.execute(
            "select fact from city_events where city_id = %s order by seq", (city,), binary=True
        ).fetchall()
        shapes = sql.shapes(connection.execute(sql.CATALOG).fetchall())
        told, late = (
            [sql.recalled(shape, row) for row in connection.execute(sql.everything(shape), (city,)).fetchall()]
            for shape in (shapes[name] for name in SCORED)
        )
    return stored_as([one for (one,) in raw], told, late)


def stored_as(raw: Iterable[bytes], told: list[Row], late: list[Row]) -> Stored:
    """Facts as bytes, rows of `SCORED`: as an agent made them."""
    return Stored(
        [codec.decode_fact(one) for one in raw],
        [msgspec.convert(_nested(row), Prediction) for row in sorted(told, key=lambda row: row["seq"])],
        [Booked(**{stage: row[f"{stage}_ms"] for stage in Booked.__struct_fields__}) for row in late],
    )


def _nested(row: Row) -> Row:
    return {**row, "order": row["order_id"], "eta": row}


def holds_day(path: Path) -> bool:
    """Whether a source would read this folder."""
    from simulator.sources import rappi

    return (path / "orders.txt").is_file() or all((path / name).is_file() for name in (rappi.ORDERS, rappi.COURIERS))


def load(path: Path, policy: str, ready_mode: Any) -> Scenario:
    """The recorded day in a folder, read by the source whose files lie there.

    Raises NotADay when there are none such, BrokenFile, which names file, line and column, when one cannot be replayed.
    """
    from simulator.sources import mdrp, rappi

    if (path / "orders.txt").is_file():
        return mdrp.load(path, policy, ready_mode)
    if holds_day(path):
        return rappi.load(path, policy, ready_mode)
    raise NotADay(
        f"{path} holds no recorded day: neither orders.txt, restaurants.txt, couriers.txt and instance_parameters.txt "
        f"(Grubhub) nor {rappi.ORDERS} and {rappi.COURIERS} (Rappi)"
    )


def rows_table(rows: dict[str, Any]) -> list[str]:
    """Lines of the report's `rows` for the eye: each file, and each rule that met a row."""
    counts = [
        f"{f['file']:14} {f['read']:6} rows read = {f['used']} used + {f['dropped']} dropped" for f in rows["files"]
    ]
    met = [f"{r['file']:14} {r['rows']:6} {r['rule']}: {r['done']} ({r['how']}), {_lines(r)}" for r in rows["rules"]]
    return counts + met


def _lines(rule: dict[str, Any]) -> str:
    more = ", …" if rule["rows"] > len(rule["first_lines"]) else ""
    return f"lines {', '.join(map(str, rule['first_lines']))}{more}"
