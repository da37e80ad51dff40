"""settings → here → one session in Postgres, for what a person asks at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.errors import UndefinedColumn, UndefinedTable

from models.errors import TrackError
from models.ids import CityId
from models.settings import Settings
from pipelines.ports import StoreAway

FOREMOST = "closed, opened_at desc, city_id desc"
"""Of those at work the one that opened last; all evenings of a demo open at the same time by the city's clock."""
NOW = "select at from city_events where city_id = %s and kind = 'Ticked' order by seq desc limit 1"
"""A city's own clock: its newest tick."""


class OldTables(TrackError):
    """Nobody has migrated them."""


class NoSuchCity(TrackError):
    """There is none of this name; the message says which there are."""


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


def named(connection: Any, city: str | None) -> CityId:
    """The city of this id, or the foremost. Raises NoSuchCity."""
    query = f"select city_id from cities order by {FOREMOST}"
    known = [one for (one,) in connection.execute(query).fetchall()]
    if not known or (city is not None and city not in known):
        asked = "no city yet" if city is None else f"no city {city!r}"
        raise NoSuchCity(f"there is {asked}; there are {', '.join(known[:8]) or 'none'}")
    return CityId(city or known[0])
