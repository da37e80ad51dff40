"""Every query of the agents, of reconcile and of the board, on 100,000 orders: none reads a big table from end to end."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from dashboard import history as board
from models.migrations import upgrade
from pipelines import partitions, retirement, truth
from pipelines.adapters import postgres_log
from pipelines.adapters import sql as statements

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
CITY, SEQ, DAY = "city-7", 2_500, date(2026, 11, 23)
FILL = """
insert into cities select 'city-' || c, 'c', '{}', now(), false from generate_series(1, 20) c;
insert into agent_progress select a, 'city-' || c, 5000, 1
    from generate_series(1, 20) c, unnest(array['city_commands', 'order_etas', 'city_kpis', 'driver_pings']) a;
insert into restaurants select 'city-' || c, 'r' || n, 'r', 43, -9 from generate_series(1, 20) c, generate_series(1, 100) n;
insert into orders (city_id, order_id, customer_id, restaurant_id, status, version, driver_id, door_lat, door_lon, created_at,
        estimated_delivery)
    select 'city-' || c, 'o' || n, 'k' || n, 'r' || n % 100, 'delivered', 1, 'd' || n % 1000, 43, -9, now(), now()
    from generate_series(1, 20) c, generate_series(1, 5000) n;
insert into order_items select city_id, order_id, 1, 'm', 1, 9.5 from orders;
insert into driver_assignments (city_id, order_id, seq, driver_id, place, assigned_at)
    select city_id, order_id, 1, driver_id, 0, now() from orders;
insert into eta_predictions
    (city_id, order_id, seq, made_at, expected, p10, p50, p80, p90, baseline, stage, band, model, parts, inputs)
    select city_id, order_id, 1, now(), now(), now(), now(), now(), now(), now(), 'ride', 'on_time', 'm', '{}', '{}'
    from orders;
insert into eta_scores select city_id, order_id, since, 1, restaurant_id, 'z', now(), now(), 1, 1, 1, true, 1, 'm'
    from orders, unnest(array['placed', 'ready', 'picked_up']) since;
insert into lateness_ledger select city_id, order_id, 1, restaurant_id, 'z', driver_id, now(), now(), 1, 0, 1, 0, 0, 0, 0, 0
    from orders;
insert into alerts select city_id, 'late:' || order_id, 'late', order_id, 'critical', now(), null, 'e', 1 from orders;
insert into incidents select city_id, 'kitchen:' || order_id, 'kitchen', order_id, now(), '[]', 1, 1, null, null from orders;
insert into levers select city_id, order_id, '{}', now(), now(), null, null, null, null, 0, null, null from orders;
insert into drivers select 'city-' || c, 'd' || n, 'n', 'car', 'available', 1, 43 + n * 1e-4, -9 + c * 1e-3, now(), now()
    from generate_series(1, 20) c, generate_series(1, 1000) n;
insert into city_events select 'city-' || c, n, date '2026-11-22' + n / 2501, c || ':' || n, 'k' || n, now(), 'Ticked', '{}'
    from generate_series(1, 20) c, generate_series(1, 5000) n;
insert into commands select city_id, command_id, 'Tick', null, seq, seq, 'x', now() from city_events;
insert into city_checkpoints select 'city_commands', 'city-' || c, n * 10, '{}'
    from generate_series(1, 20) c, generate_series(1, 500) n;
insert into kpi_minutes select 'city-' || c, timestamptz '2026-11-22Z' + n * interval '1 min', 1, 1, 1, 1, 1, 1, 1, 1
    from generate_series(1, 20) c, generate_series(1, 1440) n;
insert into kpi_hours (city_id, minute, window_minutes, delivered, cancelled, due, kept, picked_up, late_food, engaged_ms,
    on_duty_ms, zones) select city_id, minute, 60, 1, 0, 1, 1, 1, 0, 1, 1, '{}' from kpi_minutes;
insert into driver_positions select 'city-' || c, 'd' || n, timestamptz '2026-11-23Z' + s * interval '5 s', now(), 43, -9
    from generate_series(1, 20) c, generate_series(1, 100) n, generate_series(1, 100) s;
"""
SMALL = {"cities", "agent_progress", "role_budgets", "log_beginnings", "pg_inherits", "pg_class"}
"""A row a city, an agent or a partition: reading all of them is right."""
ASKED: dict[str, Any] = {
    "BEGIN": ("city_kpis", CITY),
    "CHECK": ("city_kpis", CITY),
    "FENCE": (1, "city_kpis", CITY, 1),
    "FACTS": (CITY, SEQ, SEQ + 10),
    "TOLD": (CITY, ["k1", "k2"]),
    "STORED": ([SEQ], [SEQ + 3], CITY),
    "OLDER": {"agent": "city_commands", "city": CITY, "kept": 48},
    "CHECKPOINT": ("city_commands", CITY, SEQ),
    "CITIES": (),
    "HOLDINGS": (CITY,),
    "STILL": (CITY,),
    "OPENING": (CITY,),
    "UNLEARN": ("city_kpis", CITY),
    "BUDGET": ("city", "dispatch"),
}
"""Every query of `pipelines/adapters/postgres_log.py` by its name, with values."""


@pytest.fixture(scope="module")
def postgres(postgres_and_valkey: "Servers") -> Iterator[psycopg.Connection[Any]]:
    """A database of its own: 100,000 orders and facts, 20,000 drivers, two days with partitions and one without."""
    name = f"plans_{uuid4().hex}"
    own = urlsplit(postgres_and_valkey.postgres_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(postgres_and_valkey.postgres_url, autocommit=True) as outside:
        outside.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        upgrade(own)
        with psycopg.connect(own, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute(FILL)
            connection.execute("vacuum analyze")
            yield connection
        outside.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def shapes(postgres: psycopg.Connection[Any]) -> dict[str, statements.Shape]:
    return statements.shapes(postgres.execute(statements.CATALOG).fetchall())


def read_whole(postgres: psycopg.Connection[Any], query: Any, values: Any = ()) -> set[str]:
    """The big tables that the plan of a query reads from end to end."""
    text = query if isinstance(query, str) else query.as_string(postgres)
    ((plan,),) = postgres.execute(f"explain (format json) {text}", values or None).fetchall()
    return {name for name in _scanned(plan[0]["Plan"]) if name not in SMALL}


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _scanned(below)


def test_a_query_without_an_index_would_be_seen(postgres: psycopg.Connection[Any]) -> None:
    assert read_whole(postgres, "select 1 from orders where customer_id = %s", ("k1",)) == {"orders"}


def test_every_query_of_the_log_is_asked_here() -> None:
    said = ("select", "insert", "update", "delete", "with")
    queries = {n for n, v in vars(postgres_log).items() if n.isupper() and isinstance(v, str) and v.startswith(said)}

    assert ASKED.keys() == queries


@pytest.mark.parametrize("name", ASKED)
def test_a_query_of_the_agents_finds_its_rows_by_an_index(name: str, postgres: psycopg.Connection[Any]) -> None:
    assert read_whole(postgres, getattr(postgres_log, name), ASKED[name]) == set()


@pytest.mark.parametrize("table", [*truth.TABLES, "city_events"])
@pytest.mark.parametrize("way", [statements.insert, statements.upsert, statements.overwrite])
def test_rows_are_written_by_their_key(
    table: str, way: Any, postgres: psycopg.Connection[Any], shapes: dict[str, statements.Shape]
) -> None:
    empty: list[list[Any]] = [[] for _ in shapes[table].written]

    assert read_whole(postgres, way(shapes[table]), empty) == set()


@pytest.mark.parametrize("table", [*truth.TABLES, "city_events"])
def test_reconcile_reads_no_other_city_s_rows(
    table: str, postgres: psycopg.Connection[Any], shapes: dict[str, statements.Shape]
) -> None:
    assert read_whole(postgres, statements.everything(shapes[table]), (CITY,)) == set()


@pytest.mark.parametrize("table", truth.TABLES)
def test_a_repair_deletes_by_the_key(
    table: str, postgres: psycopg.Connection[Any], shapes: dict[str, statements.Shape]
) -> None:
    keys = [[None] for _ in shapes[table].key]

    assert read_whole(postgres, statements.delete(shapes[table]), keys) == set()


def test_the_board_reads_the_newest_minutes_of_its_city(postgres: psycopg.Connection[Any]) -> None:
    assert read_whole(postgres, board.HISTORY, (CITY,)) == set()
    assert read_whole(postgres, board.LOST, (CITY, CITY)) == set()


def test_a_driver_s_track_is_found_by_the_key(postgres: psycopg.Connection[Any]) -> None:
    query = "select at, lat, lon from driver_positions where city_id = %s and driver_id = %s order by slot"

    assert read_whole(postgres, query, (CITY, "d7")) == set()


def test_a_retired_city_s_checkpoints_are_found_by_the_key(postgres: psycopg.Connection[Any]) -> None:
    assert read_whole(postgres, retirement.THIN, (retirement.AGENTS, CITY)) == set()


def test_retention_jumps_from_city_to_city(postgres: psycopg.Connection[Any]) -> None:
    query = sql.SQL(partitions.WHO).format(sql.Identifier("city_events_default"))

    assert read_whole(postgres, query) == set()
    assert read_whole(postgres, partitions.OPEN_CITIES) == set()
