"""Each figure three ways, minute by minute: by the agent's fold, by SQL written by hand, from the simulator's own memory."""

import asyncio
import os
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from infra.inprocess import InProcess, replay
from infra.local.servers import Servers
from infra.postgres_connection import session
from infra.replay import load
from models.ids import CityId
from models.rows import Row
from models.ways import MINUTE_MS
from pipelines.garbage import few_collections
from simulator.scenario import Scenario
from simulator.sources import synthetic
from simulator.tally import TallyingEngine
from tests.real.stored_city import database, store

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(300)]

DATA = Path(os.environ.get("TRACK_DATA_DIR", Path(__file__).parents[3] / "shared" / "data"))
EVERY, EXACT = 10, 1e-9
"""SQL is asked at every tenth minute: a query of an hour takes 10 ms."""


class Lived(NamedTuple):
    """A day: what the agents stored, what the simulator remembers, and the same rows in Postgres."""

    city: CityId
    pipeline: InProcess
    engine: TallyingEngine
    postgres: psycopg.Connection[Any]

    def rows(self) -> dict[int, Row]:
        return {row["minute"]: row for row in self.pipeline.log.tables["kpi_hours"].values()}

    def ask(self, query: str, *values: object) -> dict[str, Any]:
        cursor = self.postgres.execute(query, values)
        names = [column.name for column in cursor.description or ()]
        return dict(zip(names, cursor.fetchone() or (), strict=True))


def evening() -> tuple[Scenario, int]:
    return synthetic.build(7, 35, 80, tick_seconds=30), 200


def recorded(kind: str, name: str, ready: str) -> Scenario:
    folder = DATA / kind / name
    if not folder.is_dir():
        pytest.skip(f"no recorded day at {folder}: set TRACK_DATA_DIR")
    return load(folder, "rolling", ready)


DAYS = {
    "synthetic": evening,
    "mdrp": lambda: (recorded("mdrp", "0o50t100s1p100", "known"), 24 * 60),
    "rappi": lambda: (recorded("rappi", "pereira-day", "estimated"), 14 * 60),
}


@pytest.fixture(scope="module", params=DAYS)
def lived(request: pytest.FixtureRequest, postgres_and_valkey: Servers) -> Iterator[Lived]:
    scenario, minutes = DAYS[request.param]()
    city = CityId(f"three-ways-{request.param}")
    engine, until = TallyingEngine(scenario, city), scenario.opens_at + minutes * MINUTE_MS
    with few_collections():
        pipeline = asyncio.run(replay(engine, ticks=takewhile(lambda t: t <= until, engine.ticks())))
    with database(postgres_and_valkey.postgres_url) as settings:
        store(settings, pipeline.log)
        with session(settings) as postgres:
            yield Lived(city, pipeline, engine, postgres)


def unlike(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs of the figures that both have."""
    both = {name: (one[name], other[name]) for name in sorted(one.keys() & other.keys())}
    return {name: pair for name, pair in both.items() if not same(*pair)}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= EXACT * max(1.0, abs(one))
    if isinstance(one, dict):  # JSON has no tuples
        return {zone: tuple(pair) for zone, pair in one.items()} == {z: tuple(pair) for z, pair in other.items()}
    return bool(one == other)


def test_the_simulator_s_memory_has_the_agent_s_figures_at_every_minute(lived: Lived) -> None:
    rows = lived.rows()
    differs = {minute: unlike(rows[minute], told) for minute, told in lived.engine.hours.items() if minute in rows}

    assert {minute: what for minute, what in differs.items() if what} == {}
    assert len(differs) > 150
    assert sum(row["delivered"] for row in rows.values()) > 1000


def test_sql_by_hand_has_the_agent_s_figures(lived: Lived) -> None:
    rows = lived.rows()
    some = sorted(rows)[::EVERY]
    query = "select * from kpi_hour(%s, to_timestamp(%s))"
    differs = {minute: unlike(rows[minute], lived.ask(query, lived.city, minute / 1000)) for minute in some}

    assert {minute: what for minute, what in differs.items() if what} == {}
    assert len(some) > 15


def test_counts_of_a_minute_are_those_of_sql_and_of_the_simulator(lived: Lived) -> None:
    """Placed, delivered and cancelled in all, which no window forgets."""
    minutes = lived.pipeline.log.tables["kpi_minutes"].values()
    last = max(row["minute"] for row in minutes)
    counted = {name: sum(row[name] for row in minutes) for name in ("placed", "delivered", "cancelled")}
    sql = lived.ask(
        """select count(*) filter (where created_at <= m)::int as placed,
            count(*) filter (where actual_delivery <= m)::int as delivered,
            count(*) filter (where cancelled_at <= m)::int as cancelled
        from orders, to_timestamp(%s) m where city_id = %s""",
        last / 1000, lived.city,
    )  # fmt: skip
    known = lived.engine.orders.values()
    memory = {
        "placed": sum(one.placed_at <= last for one in known),
        "delivered": sum(0 < one.delivered_at <= last for one in known),
        "cancelled": sum(0 < one.cancelled_at <= last for one in known),
    }

    assert counted == sql == memory


def test_the_quality_of_etas_is_that_of_sql_and_of_what_really_came(lived: Lived) -> None:
    """Of each delivered order's first estimate: how wrong, how much later, how often inside its range."""
    scores = [row for row in lived.pipeline.log.tables["eta_scores"].values() if row["since"] == "placed"]
    first: dict[str, Row] = {}
    for row in lived.pipeline.log.tables["eta_predictions"].values():
        first[row["order_id"]] = min(row, first.get(row["order_id"], row), key=lambda one: one["seq"])
    came = {o: one.delivered_at for o, one in lived.engine.orders.items() if one.delivered_at}
    errors = [at - first[o]["expected"] for o, at in came.items()]
    sql = lived.ask(
        """select avg(abs(e))::float8 as mae, avg(e)::float8 as bias, avg(inside::int)::float8 as covered from (
            select distinct on (p.order_id) extract(epoch from o.actual_delivery - p.expected) * 1000 as e,
                o.actual_delivery between p.p10 and p.p90 as inside
            from eta_predictions p join orders o using (city_id, order_id)
            where city_id = %s and o.actual_delivery is not null order by p.order_id, p.seq
        ) as told""",
        lived.city,
    )
    agent = {
        "mae": sum(abs(row["error_ms"]) for row in scores) / len(scores),
        "bias": sum(row["error_ms"] for row in scores) / len(scores),
        "covered": sum(bool(row["covered"]) for row in scores) / len(scores),
    }
    memory = {
        "mae": sum(map(abs, errors)) / len(errors),
        "bias": sum(errors) / len(errors),
        "covered": sum(first[o]["p10"] <= at <= first[o]["p90"] for o, at in came.items()) / len(came),
    }

    assert unlike(agent, sql) == {}
    assert unlike(agent, memory) == {}
