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
from models.kpis import KpiMinute
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
MINUTE = """
with asked as (select %s::text as city, to_timestamp(%s) as m),
known as (
    select o.*, held.driver_id is not null as has_driver, coalesce(actual_delivery, cancelled_at, 'infinity') > m as open,
        created_at > m - interval '1 minute' as fresh, m
    from asked join orders o on city_id = city and created_at <= m
    left join driver_assignments held on held.city_id = city and held.order_id = o.order_id
        and held.assigned_at < m and (held.completed_at is null or held.completed_at > m)
),
told as (
    select seq, kind, convert_from(fact, 'UTF8')::jsonb -> 'body' ->> 'driver' as driver_id
    from asked join city_events on city_id = city and at <= m
    where kind in ('ShiftStarted', 'ShiftEnded', 'OrderDelivered', 'DriverFreed')
),
drivers as (
    select distinct on (driver_id) kind, kind = 'OrderDelivered' or exists (
        select from asked join driver_assignments held on city_id = city
        where held.driver_id = told.driver_id and assigned_at < m and (completed_at is null or completed_at > m)
    ) as busy
    from told order by driver_id, seq desc
)
select count(*) filter (where fresh)::int as placed,
    count(*) filter (where actual_delivery > m - interval '1 minute' and actual_delivery <= m)::int as delivered,
    count(*) filter (where cancelled_at > m - interval '1 minute' and cancelled_at <= m)::int as cancelled,
    count(*) filter (where open)::int as active,
    count(*) filter (where open and not has_driver)::int as unassigned,
    (select count(*) from drivers where kind <> 'ShiftEnded' and not busy)::int as drivers_available,
    (select count(*) from drivers where kind <> 'ShiftEnded' and busy)::int as drivers_busy
from known"""
"""After his last door a driver is busy until he says that he is free. What dispatch does at the minute comes after it."""


class Lived(NamedTuple):
    """A day: what the agents stored, what the simulator remembers, and the same rows in Postgres."""

    city: CityId
    pipeline: InProcess
    engine: TallyingEngine
    postgres: psycopg.Connection[Any]

    def rows(self) -> dict[int, Row]:
        return {row["minute"]: row for row in self.pipeline.log.tables["kpi_hours"].values()}

    def minutes(self) -> dict[int, Row]:
        return {row["minute"]: row for row in self.pipeline.log.tables["kpi_minutes"].values()}

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


def test_the_simulator_s_memory_has_the_agent_s_minutes_too(lived: Lived) -> None:
    """What was placed, delivered and cancelled in it, who waits at its end, and which drivers are free."""
    rows = lived.minutes()
    differs = {minute: unlike(rows[minute], told) for minute, told in lived.engine.minutes.items() if minute in rows}

    assert {minute: what for minute, what in differs.items() if what} == {}
    assert len(differs) > 150
    assert all({"minute", *told} == {*KpiMinute.__struct_fields__} for told in lived.engine.minutes.values())
    assert max(row["unassigned"] for row in rows.values()) > 0


def test_sql_by_hand_has_the_agent_s_minutes_too(lived: Lived) -> None:
    rows = lived.minutes()
    some = sorted(rows)[::EVERY]
    differs = {minute: unlike(rows[minute], lived.ask(MINUTE, lived.city, minute / 1000)) for minute in some}

    assert {minute: what for minute, what in differs.items() if what} == {}
    assert max(row["drivers_busy"] for row in map(rows.__getitem__, some)) > 0


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
