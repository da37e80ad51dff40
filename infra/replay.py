"""a recorded day → here → its score. In lockstep, as a city of its own, through memory or through real servers.

It is scored when every agent has stored the last fact.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import msgspec
import psycopg

from infra import kafka_connection, stack
from infra.inprocess import replay_in_memory
from models import codec
from models.errors import TrackError
from models.eta import Eta, Prediction
from models.events import CityId, Fact, Instant, OrderId
from models.settings import Settings
from pipelines.adapters import sql
from simulator.engine import Engine
from simulator.publisher import Feeder
from simulator.scenario import Scenario
from simulator.score import Score, score

Through = Literal["memory", "kafka"]
FOLLOWERS = ("order_etas", "city_kpis")
SETTLE_SECONDS = 60.0


class NotSettled(TrackError):
    """The agents have not stored the last fact in time."""


def replay(scenario: Scenario, through: Through, settings: Settings) -> dict[str, Any]:
    """The report of `track replay`. Raises TrackError when the day does not come to its end."""
    began = time.monotonic()
    facts, predictions = through_memory(scenario) if through == "memory" else through_servers(scenario, settings)
    return report(scenario, facts, predictions, through, time.monotonic() - began)


def report(
    scenario: Scenario, facts: list[Fact], predictions: list[Prediction], through: Through, seconds: float
) -> dict[str, Any]:
    found: Score = score(facts, scenario, predictions)
    rules = scenario.rules
    run = {"wall_seconds": round(seconds, 2), "through": through, "policy": rules.policy, "ready": rules.ready_mode}
    return {**msgspec.to_builtins(found), **run}


def through_memory(scenario: Scenario) -> tuple[list[Fact], list[Prediction]]:
    city = CityId("replay")
    log = replay_in_memory(Engine(scenario, city)).log
    rows = log.tables["eta_predictions"].values()
    return [codec.decode_fact(raw) for raw in log.raw[city]], predictions_of(sorted(rows, key=lambda r: r["seq"]))


def through_servers(scenario: Scenario, settings: Settings) -> tuple[list[Fact], list[Prediction]]:
    """Through the `TRACK_*` servers and the workers there, or through embedded ones and workers of its own."""
    with pipeline(settings) as ready:
        city = new_city(scenario)
        feed(Engine(scenario, city), ready)
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
    return CityId(f"{scenario.name}-{uuid4().hex[:8]}"[:40])


def feed(engine: Engine, settings: Settings, after: Callable[[Instant], None] = lambda t: None) -> Feeder:
    """The whole day in lockstep; `after` is called when a turn is closed. Raises NothingDecides."""
    feeder = Feeder(engine, kafka_connection.options(settings))
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
            found: dict[str, int] = dict(connection.execute(query, (city, list(FOLLOWERS))).fetchall())
            if last and [found.get(agent) for agent in FOLLOWERS] == [last[0]] * len(FOLLOWERS):
                return
            if time.monotonic() > until:
                raise NotSettled(f"{city}: after {seconds:.0f} s {found} stand behind fact {last}")
            time.sleep(0.05)


def stored(postgres_url: str, city: CityId) -> tuple[list[Fact], list[Prediction]]:
    """The log and every prediction, read back."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        raw = connection.execute(
            "select fact from city_events where city_id = %s order by seq", (city,), binary=True
        ).fetchall()
        shape = sql.shapes(connection.execute(sql.CATALOG).fetchall())["eta_predictions"]
        rows = connection.execute(sql.everything(shape), (city,)).fetchall()
    made = [sql.recalled(shape, row) for row in rows]
    return [codec.decode_fact(one) for (one,) in raw], predictions_of(sorted(made, key=lambda r: r["seq"]))


def predictions_of(rows: list[dict[str, Any]]) -> list[Prediction]:
    return [
        Prediction(OrderId(r["order_id"]), r["seq"], r["made_at"], Eta(r["expected"], r["p10"], r["p80"], r["p90"]))
        for r in rows
    ]


def load(path: Path, policy: str, ready_mode: Any) -> Scenario:
    """The recorded day in a folder. Raises BrokenFile, which names file, line and column."""
    from simulator.sources import mdrp

    return mdrp.load(path, policy, ready_mode)
