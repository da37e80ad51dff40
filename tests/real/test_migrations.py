"""The tables go up and down on real Postgres, and are what `models/tables.py` says."""

import os
import subprocess
import sys
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic import command

from models.migrations import config, downgrade, upgrade
from models.tables import METADATA

pytestmark = pytest.mark.real


@pytest.fixture
def url(postgres_and_valkey: Any) -> str:
    """An empty database of its own."""
    base, name = postgres_and_valkey.postgres_url, f"m{uuid4().hex[:12]}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return str(base.rsplit("/", 1)[0]) + f"/{name}"


def tables(url: str) -> set[str]:
    query = "select table_name from information_schema.tables where table_schema = 'public'"
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(query).fetchall()}


def test_up_is_what_the_models_say_and_down_leaves_nothing(url: str) -> None:
    upgrade(url)
    command.check(config(url))

    assert set(METADATA.tables) < tables(url)

    downgrade(url)

    assert tables(url) == {"alembic_version"}

    upgrade(url)

    assert set(METADATA.tables) < tables(url)


def test_two_that_migrate_at_once_do_not_collide(url: str) -> None:
    env = {**os.environ, "TRACK_POSTGRES_URL": url}
    both = [subprocess.Popen([sys.executable, "-m", "infra.track", "migrate"], env=env) for _ in range(2)]

    assert [one.wait(60) for one in both] == [0, 0]
    assert set(METADATA.tables) < tables(url)


def test_a_fact_of_any_day_finds_its_partition(url: str) -> None:
    upgrade(url)
    values = ("c", 1, "1999-12-31", "c:1", "x", "1999-12-31T00:00:00Z", "Ticked", b"{}")
    with psycopg.connect(url) as connection:
        connection.execute("insert into city_events values (%s, %s, %s, %s, %s, %s, %s, %s)", values)
        found = connection.execute("select tableoid::regclass::text from city_events").fetchall()

    assert found == [("city_events_default",)]
