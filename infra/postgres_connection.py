"""settings → here → one session in Postgres, for what a person asks at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.errors import UndefinedColumn, UndefinedTable

from models.errors import TrackError
from models.settings import Settings
from pipelines.ports import StoreAway


class OldTables(TrackError):
    """Nobody has migrated them."""


@contextmanager
def session(settings: Settings) -> Iterator[Any]:
    """In UTC, so that times read as everywhere else. Raises StoreAway, OldTables."""
    try:
        with psycopg.connect(str(settings.postgres_url), autocommit=True, connect_timeout=5) as connection:
            connection.execute("set time zone 'UTC'")
            yield connection
    except (UndefinedTable, UndefinedColumn) as error:
        raise OldTables("the tables are older than this release: `track migrate` brings them up") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreAway(f"Postgres is away: {str(error).strip()}") from error
