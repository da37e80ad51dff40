"""infra/watching.py on a real PostgreSQL: a city that is open for days, now and at a time of day."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import psycopg
import pytest
from psycopg.types.json import Jsonb

from infra.watching import stored
from models import codec
from models.moment import NotReached
from models.settings import Settings
from tests.real.stored_city import database
from tests.unit.models.builders import CITY, T0, minute, opened_town, rules

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
DAY = 24 * 60
TICKS = (1, 30, DAY + 29, DAY + 31, 2 * DAY + 10)
"""Minutes since the opening, at 18:00 in Chicago."""


@pytest.fixture(scope="module")
def settings(postgres_and_valkey: "Servers") -> Iterator[Settings]:
    town = opened_town()
    for at in TICKS:
        town.tick(at)
    with database(postgres_and_valkey.postgres_url) as mine:
        with psycopg.connect(str(mine.postgres_url)) as connection:
            opened = CITY, Jsonb(msgspec.to_builtins(rules())), T0
            connection.execute(
                "insert into cities values (%s, 'Small City', %s, to_timestamp(%s / 1000.0), false)", opened
            )
            for one in town.log:
                row = CITY, one.seq, one.at, str(one.seq), one.command_id, one.at, type(one.body).__name__
                connection.execute(
                    """insert into city_events values (%s, %s, (to_timestamp(%s / 1000.0) at time zone 'UTC')::date, %s, %s,
                    to_timestamp(%s / 1000.0), %s, %s)""",
                    (*row, codec.encode(one)),
                )
        yield mine


@pytest.mark.parametrize(
    ("said", "tick"), [(None, 2 * DAY + 10), ("18:10", 2 * DAY + 10), ("18:30", DAY + 29), ("30", 30)]
)
def test_a_time_of_day_is_the_last_such_time_and_a_minute_counts_from_the_opening(
    said: str | None, tick: int, settings: Settings
) -> None:
    assert stored(settings, CITY, said).city.now == minute(tick)


def test_a_minute_that_has_not_come_is_refused(settings: Settings) -> None:
    with pytest.raises(
        NotReached, match=f"Small City: {2 * DAY + 11} is not in its log, 2025-12-31 18:00:00 to 2026-01-02"
    ):
        stored(settings, CITY, str(2 * DAY + 11))
