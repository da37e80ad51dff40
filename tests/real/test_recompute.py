"""`track recompute` on real Postgres: rows of an older formula become those of this release, and only since the time named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from infra.inprocess import InProcess, replay_in_memory
from infra.local.servers import Servers
from infra.postgres_connection import session
from infra.recompute import NothingCounted, recomputed
from infra.track import app
from models.ids import CityId
from models.settings import Settings
from simulator.engine import Engine
from tests.agents.little_day import OPENS, scenario
from tests.real.stored_city import database, store

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

CITY = CityId("recompute")


@pytest.fixture(scope="module")
def day() -> InProcess:
    return replay_in_memory(Engine(scenario(), CITY))


@pytest.fixture
def settings(postgres_and_valkey: Servers, day: InProcess) -> Iterator[Settings]:
    """The day's log and the KPI rows of an older formula: all nought."""
    with database(postgres_and_valkey.postgres_url) as mine:
        store(mine, day.log)
        with session(mine) as postgres:
            postgres.execute("update kpi_hours set due = 0, engaged_ms = 0")
        yield mine


def due(settings: Settings, day: InProcess) -> tuple[dict[datetime, int], dict[datetime, int]]:
    """What is stored, and what the agent counts today."""
    with session(settings) as postgres:
        found = postgres.execute("select minute, due from kpi_hours where city_id = %s", (CITY,)).fetchall()
    right = {row["minute"]: row["due"] for row in day.log.tables["kpi_hours"].values()}
    return dict(found), {datetime.fromtimestamp(at / 1000, UTC): count for at, count in right.items()}


def test_rows_of_an_older_formula_become_those_of_this_release(settings: Settings, day: InProcess) -> None:
    count = recomputed(settings, CITY)
    stored_now, right = due(settings, day)

    assert count == len(right) > 0
    assert stored_now == right
    assert sum(right.values()) > 0


def test_who_counted_by_the_older_formula_is_fenced_off_and_remembers_nothing_of_it(
    settings: Settings, day: InProcess
) -> None:
    asked = "select agent, epoch from agent_progress where city_id = %s"
    with session(settings) as postgres:
        postgres.execute("insert into city_checkpoints select agent, city_id, 9, '' from agent_progress")
        before: dict[str, int] = dict(postgres.execute(asked, (CITY,)).fetchall())
    recomputed(settings, CITY)
    with session(settings) as postgres:
        after: dict[str, int] = dict(postgres.execute(asked, (CITY,)).fetchall())
        kept = {agent for (agent,) in postgres.execute("select agent from city_checkpoints").fetchall()}

    assert after == before | {"city_kpis": before["city_kpis"] + 1}
    assert kept == before.keys() - {"city_kpis"}


def test_what_lies_before_the_time_named_stays_as_it_is(
    settings: Settings, day: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACK_POSTGRES_URL", str(settings.postgres_url))
    since = datetime.fromtimestamp(OPENS / 1000, UTC) + timedelta(minutes=80)
    ran = CliRunner().invoke(app, ["recompute", "--city", CITY, "--since", since.isoformat()], catch_exceptions=False)
    stored_now, right = due(settings, day)

    assert ran.output.endswith(f"minutes of {CITY} are counted anew\n")
    assert stored_now == {at: count if at >= since else 0 for at, count in right.items()}


def test_a_city_without_a_counted_minute_in_that_time_is_named(settings: Settings) -> None:
    with pytest.raises(NothingCounted, match="no minute of recompute was counted in that time"):
        recomputed(settings, CITY, datetime(2100, 1, 1, tzinfo=UTC))


def test_a_log_without_its_beginning_counts_nothing(settings: Settings) -> None:
    with session(settings) as postgres:
        postgres.execute("delete from city_events where city_id = %s and seq = 1", (CITY,))
    with pytest.raises(NothingCounted, match="begins after its opening"):
        recomputed(settings, CITY)
