"""models/migrations against a real PostgreSQL: up, the same as `models/tables.py`, down, and up again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from psycopg import sql

from models.migrations import config, downgrade, upgrade
from models.tables import METADATA

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real


@pytest.fixture
def url(postgres_and_valkey: "Servers") -> Iterator[str]:
    """A database of its own."""
    name = f"migrations_{uuid4().hex}"
    with psycopg.connect(postgres_and_valkey.postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield urlsplit(postgres_and_valkey.postgres_url)._replace(path=f"/{name}").geturl()
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    return {name for (name,) in found} - {"alembic_version"}


def test_the_migrations_make_the_tables_that_are_declared(url: str) -> None:
    upgrade(url)
    command.check(config(url))

    assert METADATA.tables.keys() < tables(url)


def test_down_leaves_nothing_and_up_works_again(url: str) -> None:
    upgrade(url)
    made = tables(url)
    downgrade(url)
    assert tables(url) == set()

    upgrade(url)
    command.check(config(url))
    assert tables(url) == made


def test_up_twice_changes_nothing(url: str) -> None:
    upgrade(url)
    made = tables(url)
    upgrade(url)

    assert tables(url) == made


def test_two_upgrades_at_once_do_not_collide(url: str) -> None:
    """Processes, as whoever starts `track` twice: alembic keeps the migration that runs in its module."""
    asked, env = [sys.executable, "-m", "infra.track", "migrate"], {**os.environ, "TRACK_POSTGRES_URL": url}
    both = [subprocess.Popen(asked, env=env) for _ in range(2)]

    assert [one.wait(60) for one in both] == [0, 0]
    assert METADATA.tables.keys() < tables(url)


def test_a_fact_of_any_day_finds_its_partition(url: str) -> None:
    upgrade(url)
    values = ("c", 1, "1999-12-31", "c:1", "x", "1999-12-31T00:00:00Z", "Ticked", b"{}")
    with psycopg.connect(url) as connection:
        connection.execute("insert into city_events values (%s, %s, %s, %s, %s, %s, %s, %s)", values)
        found = connection.execute("select tableoid::regclass::text from city_events").fetchall()

    assert found == [("city_events_default",)]
