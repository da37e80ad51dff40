"""A command that names no city speaks of one at work before one that ended, and says so when there is nothing to list."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest
from typer.testing import CliRunner

from infra.postgres_connection import NoSuchCity, named
from infra.track import app
from models.settings import Settings
from tests.real.stored_city import database

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
CITY = "insert into cities (city_id, name, rules, opened_at, closed) values (%s, 'n', '{}', '2026-01-01Z', %s)"


@pytest.fixture(scope="module")
def settings(postgres_and_valkey: "Servers") -> Iterator[Settings]:
    """Three evenings of one demo: each begins at the same time of the same day."""
    with database(postgres_and_valkey.postgres_url) as mine:
        with psycopg.connect(str(mine.postgres_url)) as connection:
            connection.cursor().executemany(CITY, [("demo-1", True), ("demo-2", False), ("demo-3", True)])
        yield mine


def test_the_city_at_work_comes_before_those_that_ended(settings: Settings) -> None:
    with psycopg.connect(str(settings.postgres_url)) as connection:
        assert named(connection, None) == "demo-2"
        assert named(connection, "demo-1") == "demo-1"
        with pytest.raises(NoSuchCity, match="no city 'x'; there are demo-2, demo-3, demo-1"):
            named(connection, "x")


def test_that_no_incident_is_open_is_said(settings: Settings) -> None:
    told = CliRunner().invoke(app, ["incident", "list"], env={"TRACK_POSTGRES_URL": str(settings.postgres_url)})

    assert (told.exit_code, told.output) == (0, "no incident is open in demo-2\n")
