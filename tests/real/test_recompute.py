"""`track recompute` on real Postgres: rows of an older formula become those of this release, and only since the time named."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from infra.inprocess import InProcess, replay_in_memory
from infra.local.servers import Servers
from infra.recompute import NothingCounted, recomputed
from infra.track import app
from models.ids import CityId
from models.migrations import upgrade
from models.settings import Settings
from pipelines.adapters.postgres_log import Postgres, PostgresLog
from pipelines.ports import Holding
from simulator.engine import Engine
from tests.agents.little_day import OPENS, scenario

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

CITY = CityId("recompute")


@pytest.fixture(scope="module")
def day() -> InProcess:
    return replay_in_memory(Engine(scenario(), CITY))


@pytest.fixture
def postgres(postgres_and_valkey: Servers, day: InProcess) -> Iterator[psycopg.Connection[Any]]:
    """The day's log and the KPI rows of an older formula: all nought."""
    upgrade(postgres_and_valkey.postgres_url)
    with psycopg.connect(postgres_and_valkey.postgres_url, autocommit=True) as connection:
        for table in ("city_events", "cities", "kpi_minutes", "kpi_hours", "agent_progress"):
            connection.execute(f"delete from {table} where city_id = %s", (CITY,))
        asyncio.run(stored(postgres_and_valkey.postgres_url, day))
        connection.execute("update kpi_hours set due = 0, engaged_ms = 0 where city_id = %s", (CITY,))
        yield connection


async def stored(url: str, day: InProcess) -> None:
    postgres = Postgres(url)
    try:
        log, tables = PostgresLog(postgres), ("cities", "city_events", "kpi_minutes", "kpi_hours")
        await log.add({name: list(day.log.tables[name].values()) for name in tables})
        held = await log.begin("city_kpis", CITY, None)
        async with log.unit_of_work(Holding(*held[:3], len(day.log.raw[CITY]))):
            pass
    finally:
        await postgres.close()


def settings(postgres: psycopg.Connection[Any]) -> Settings:
    return Settings(postgres_url=_url(postgres))  # type: ignore[arg-type]


def _url(postgres: psycopg.Connection[Any]) -> str:
    info = postgres.info
    return f"postgresql://{info.user}@{info.host}:{info.port}/{info.dbname}"


def due(postgres: psycopg.Connection[Any], day: InProcess) -> tuple[dict[datetime, int], dict[datetime, int]]:
    """What is stored, and what the agent counts today."""
    found = postgres.execute("select minute, due from kpi_hours where city_id = %s", (CITY,)).fetchall()
    right = {row["minute"]: row["due"] for row in day.log.tables["kpi_hours"].values()}
    return dict(found), {datetime.fromtimestamp(at / 1000, UTC): count for at, count in right.items()}


def test_rows_of_an_older_formula_become_those_of_this_release(
    postgres: psycopg.Connection[Any], day: InProcess
) -> None:
    count = recomputed(settings(postgres), CITY)
    stored_now, right = due(postgres, day)

    assert count == len(right) > 0
    assert stored_now == right
    assert sum(right.values()) > 0


def test_what_lies_before_the_time_named_stays_as_it_is(
    postgres: psycopg.Connection[Any], day: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACK_POSTGRES_URL", _url(postgres))
    since = datetime.fromtimestamp(OPENS / 1000, UTC) + timedelta(minutes=80)
    ran = CliRunner().invoke(app, ["recompute", "--city", CITY, "--since", since.isoformat()], catch_exceptions=False)
    stored_now, right = due(postgres, day)

    assert ran.output.endswith(f"minutes of {CITY} are counted anew\n")
    assert stored_now == {at: count if at >= since else 0 for at, count in right.items()}


def test_a_city_without_a_counted_minute_in_that_time_is_named(postgres: psycopg.Connection[Any]) -> None:
    with pytest.raises(NothingCounted, match="no minute of recompute was counted in that time"):
        recomputed(settings(postgres), CITY, datetime(2100, 1, 1, tzinfo=UTC))


def test_a_log_without_its_beginning_counts_nothing(postgres: psycopg.Connection[Any]) -> None:
    postgres.execute("delete from city_events where city_id = %s and seq = 1", (CITY,))
    with pytest.raises(NothingCounted, match="begins after its opening"):
        recomputed(settings(postgres), CITY)
