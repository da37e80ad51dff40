"""pipelines/partitions.py against a real PostgreSQL: days are made ahead, no row is lost on the way, old days go."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from models.migrations import upgrade
from pipelines.partitions import keep

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
Connection = psycopg.AsyncConnection[Any]
TODAY = date(2026, 11, 23)
RECORDED = date(2018, 7, 1)
FOR_EVER: dict[str, int | None] = {}
THREE_DAYS: dict[str, int | None] = {"city_events": 3, "driver_positions": 3}


@pytest.fixture
def url(postgres_and_valkey: "Servers") -> Iterator[str]:
    """A database of its own."""
    name = f"partitions_{uuid4().hex}"
    with psycopg.connect(postgres_and_valkey.postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        made = urlsplit(postgres_and_valkey.postgres_url)._replace(path=f"/{name}").geturl()
        upgrade(made)
        yield made
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
async def postgres(url: str) -> AsyncIterator[Connection]:
    async with await Connection.connect(url, autocommit=True, options="-c timezone=America/Los_Angeles") as connection:
        yield connection


async def city(postgres: Connection, name: str, closed: bool = False) -> None:
    await postgres.execute("insert into cities values (%s, %s, %s, now(), %s)", (name, name, Jsonb({}), closed))


async def fact(postgres: Connection, city: str, seq: int, day: date) -> None:
    values = (city, seq, day, f"{city}:{seq}", "c", day, "Ticked", b"{}")
    await postgres.execute("insert into city_events values (%s, %s, %s, %s, %s, %s, %s, %s)", values)


async def position(postgres: Connection, city: str, driver: str, at: datetime) -> None:
    await postgres.execute("insert into driver_positions values (%s, %s, %s, %s, 0, 0)", (city, driver, at, at))


async def partitions(postgres: Connection, table: str = "city_events") -> list[str]:
    found = await postgres.execute(
        "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass", (table,)
    )
    return sorted(name.removeprefix(f"{table}_") for (name,) in await found.fetchall())


async def where(postgres: Connection, table: str) -> list[tuple[str, int]]:
    query = sql.SQL("select tableoid::regclass::text, count(*) from {} group by 1 order by 1")
    found = await (await postgres.execute(query.format(sql.Identifier(table)))).fetchall()
    return [(name.removeprefix(f"{table}_"), n) for name, n in found]


async def test_the_days_after_each_city_s_own_are_there_before_it_comes_to_them(postgres: Connection) -> None:
    await city(postgres, "recorded")
    await fact(postgres, "recorded", 1, RECORDED)
    await keep(postgres, 1, FOR_EVER, TODAY)

    assert await partitions(postgres) == ["d20180701", "d20180702", "d20261123", "d20261124", "default"]
    assert await partitions(postgres, "driver_positions") == await partitions(postgres)
    await fact(postgres, "recorded", 2, RECORDED + timedelta(1))
    assert await where(postgres, "city_events") == [("d20180701", 1), ("d20180702", 1)]


async def test_rows_that_stand_in_the_default_partition_move_along_and_none_is_lost(postgres: Connection) -> None:
    await city(postgres, "town")
    for seq in range(1, 51):
        await fact(postgres, "town", seq, TODAY + timedelta(seq % 2))
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    for minutes in (-5, 0, 1439, 1440):
        await position(postgres, "town", f"{minutes}", midnight + timedelta(minutes=minutes))
    done = await keep(postgres, 1, FOR_EVER, TODAY)

    assert "city_events_d20261123 made, 25 rows moved into it" in done
    assert await where(postgres, "city_events") == [("d20261123", 25), ("d20261124", 25)]
    assert await where(postgres, "driver_positions") == [("d20261122", 1), ("d20261123", 2), ("d20261124", 1)]
    assert await keep(postgres, 1, FOR_EVER, TODAY) == []


async def test_a_writer_at_work_loses_nothing_and_meets_no_error(postgres: Connection, url: str) -> None:
    await city(postgres, "town")
    await fact(postgres, "town", 1, TODAY)
    stop = asyncio.Event()

    async def writes() -> int:
        seq = 1
        async with await Connection.connect(url, autocommit=True) as own:
            while not stop.is_set():
                seq += 1
                await fact(own, "town", seq, TODAY + timedelta(seq % 3))
        return seq

    writer = asyncio.create_task(writes())
    done = await keep(postgres, 3, FOR_EVER, TODAY)
    stop.set()
    written = await writer

    assert [line for line in done if "next time" in line] == []
    assert sum(n for _, n in await where(postgres, "city_events")) == written


async def test_two_at_once_do_the_work_once(postgres: Connection, url: str) -> None:
    await city(postgres, "town")
    await fact(postgres, "town", 1, TODAY)
    async with await Connection.connect(url, autocommit=True) as other:
        both = await asyncio.gather(*(keep(one, 2, FOR_EVER, TODAY) for one in (postgres, other)))
        await keep(postgres, 2, FOR_EVER, TODAY)

    made = [line for lines in both for line in lines if " made" in line]
    assert len(made) == len(set(made))
    assert await partitions(postgres) == ["d20261123", "d20261124", "d20261125", "default"]


async def test_a_day_that_every_city_has_left_behind_is_dropped_and_where_its_log_begins_is_noted(
    postgres: Connection,
) -> None:
    await city(postgres, "town")
    for seq, days in ((1, 0), (2, 0), (3, 1), (4, 4)):
        await fact(postgres, "town", seq, TODAY + timedelta(days))
    await position(postgres, "town", "d", datetime(2026, 11, 23, 12, tzinfo=UTC))
    await keep(postgres, 1, FOR_EVER, TODAY)
    done = await keep(postgres, 1, THREE_DAYS, TODAY + timedelta(4))

    assert [line for line in done if "dropped" in line] == [
        "city_events_d20261123 dropped",
        "driver_positions_d20261123 dropped",
    ]
    assert await where(postgres, "city_events") == [("d20261124", 1), ("d20261127", 1)]
    begins = await (await postgres.execute("select city_id, first_seq from log_beginnings")).fetchall()
    assert begins == [("town", 3)]


async def test_a_city_that_still_lives_in_a_day_keeps_it(postgres: Connection) -> None:
    for name, days in (("ahead", 30), ("behind", 0)):
        await city(postgres, name)
        await fact(postgres, name, 1, TODAY)
        await fact(postgres, name, 2, TODAY + timedelta(days))
    await keep(postgres, 1, FOR_EVER, TODAY)
    await keep(postgres, 1, THREE_DAYS, TODAY)

    assert ("d20261123", 3) in await where(postgres, "city_events")


async def test_a_recorded_day_that_was_replayed_stays(postgres: Connection) -> None:
    await city(postgres, "recorded", closed=True)
    await fact(postgres, "recorded", 1, RECORDED)
    await city(postgres, "live")
    await fact(postgres, "live", 1, TODAY)
    await keep(postgres, 1, FOR_EVER, TODAY)
    await keep(postgres, 1, THREE_DAYS, TODAY)

    assert ("d20180701", 1) in await where(postgres, "city_events")


async def test_a_table_that_is_held_for_long_is_left_for_the_next_pass(postgres: Connection, url: str) -> None:
    await city(postgres, "town")
    await fact(postgres, "town", 1, TODAY)
    async with await Connection.connect(url) as reader:
        await reader.execute("select count(*) from city_events_default")
        done = await keep(postgres, 1, FOR_EVER, TODAY)
        assert [line for line in done if line.startswith("next time")] != []

    await keep(postgres, 1, FOR_EVER, TODAY)
    assert await where(postgres, "city_events") == [("d20261123", 1)]
