"""the days that cities live in → here → partitions made ahead, and old ones gone. By hand, and in a loop beside the streams.

Event time says which day a row belongs to and how old a day is: recorded days of 2018 stand beside live ones. Each change is
one short transaction: it waits at most a second for its locks and is tried again at the next pass; of two at once one works.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from models.settings import Settings

ONE_AT_A_TIME = 7_265_002
"""Key of the advisory lock; the migrations have the one before."""
LOCK_WAIT = "1s"
"""While it waits, writers of the table wait behind it."""
Connection = psycopg.AsyncConnection[Any]


class Table(NamedTuple):
    """A table partitioned by day; `day_of` is the UTC day of a row."""

    name: str
    day_of: LiteralString


EVENTS = Table("city_events", "day")
POSITIONS = Table("driver_positions", "(slot at time zone 'UTC')::date")
TABLES = (EVENTS, POSITIONS)
OPEN_CITIES = """select c.city_id, e.day from cities c cross join lateral
    (select day from city_events e where e.city_id = c.city_id order by seq desc limit 1) e where not c.closed"""
PARTITIONS = """select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(%s) order by c.relname"""
WHO = """with recursive who as (
    (select city_id from {0} order by city_id limit 1)
    union all
    select (select p.city_id from {0} p where p.city_id > who.city_id order by p.city_id limit 1) from who
    where who.city_id is not null
) select city_id from who where city_id is not null"""
"""Jumps from city to city in the key: a day of a megacity has 300 million rows."""
DROPPED = """insert into log_beginnings (city_id, first_seq)
    select %s, max(seq) + 1 from {} where city_id = %s having max(seq) is not null
    on conflict (city_id) do update set first_seq = greatest(log_beginnings.first_seq, excluded.first_seq)"""


async def keep(connection: Connection, ahead: int, retain_days: Mapping[str, int | None], today: date) -> list[str]:
    """One pass; what was done or could not be, in words. `connection` is in autocommit; `today` only guesses new cities' day.

    `retain_days`: table name → days of a city's own event time, None for ever.
    """
    open_cities = dict(await _all(connection, OPEN_CITIES))
    done: list[str] = []
    for table in TABLES:
        there = await _days(connection, table)
        standing = await _all(connection, _standing(table))
        wanted = {day for (day,) in standing}
        wanted |= {first + timedelta(n) for first in {today, *open_cities.values()} for n in range(ahead + 1)}
        for day in sorted(wanted - there):
            done += await _one_at_a_time(connection, lambda day=day, table=table: _make(connection, table, day))
        if (days := retain_days.get(table.name)) is not None:
            for day in sorted(there - wanted):
                done += await _retire(connection, table, day, days, open_cities)
    return done


async def keep_by(settings: Settings, connection: Connection) -> list[str]:
    """One pass as the settings say."""
    retain = {EVENTS.name: settings.retain_events_days, POSITIONS.name: settings.retain_positions_days}
    return await keep(connection, settings.partition_days_ahead, retain, datetime.now(UTC).date())


async def _retire(
    connection: Connection, table: Table, day: date, retain_days: int, open_cities: Mapping[str, date]
) -> list[str]:
    """A day goes when every open city that lived in it is that far past it; one of which only closed cities are left stays.

    A recorded day that was replayed is closed: nothing would ever bring it back, and it does not grow.
    """
    name = _name(table, day)
    who = {city for (city,) in await _all(connection, sql.SQL(WHO).format(sql.Identifier(name)))}
    still = [city for city in who & open_cities.keys() if (open_cities[city] - day).days <= retain_days]
    passed = any((reached - day).days > retain_days for reached in open_cities.values())
    if still or not passed or (who and not who & open_cities.keys()):
        return []
    return await _one_at_a_time(connection, lambda: _drop(connection, table, day, who))


async def _make(connection: Connection, table: Table, day: date) -> str:
    """Rows of the day that stand in the default partition move along: Postgres would refuse the partition otherwise."""
    parent, new = sql.Identifier(table.name), sql.Identifier(_name(table, day))
    default = sql.Identifier(f"{table.name}_default")
    await connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(parent))
    await connection.execute(sql.SQL("create table {} (like {} including all)").format(new, parent))
    move = "with moved as (delete from {} where {} = {} returning *) insert into {} select * from moved"
    moved = await connection.execute(sql.SQL(move).format(default, sql.SQL(table.day_of), day, new))
    first, end = _bounds(table, day)
    attach = "alter table {} attach partition {} for values from ({}) to ({})"
    await connection.execute(sql.SQL(attach).format(parent, new, first, end))
    return f"{_name(table, day)} made" + (f", {moved.rowcount} rows moved into it" if moved.rowcount else "")


async def _drop(connection: Connection, table: Table, day: date, who: set[str]) -> str:
    """The log's new beginnings are noted with it, so that a beginning that was lost is never taken for one that was dropped."""
    partition = sql.Identifier(_name(table, day))
    if table is EVENTS:
        for city in sorted(who):
            await connection.execute(sql.SQL(DROPPED).format(partition), (city, city))
    await connection.execute(sql.SQL("drop table {}").format(partition))
    return f"{_name(table, day)} dropped"


async def _one_at_a_time(connection: Connection, change: Any) -> list[str]:
    """What was done; why not, when somebody else is at it or holds the table for too long."""
    try:
        async with _locked(connection) as mine:
            return [await change()] if mine else []
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DuplicateTable, psycopg.errors.UndefinedTable) as error:
        return [f"next time: {str(error).strip()}"]


@asynccontextmanager
async def _locked(connection: Connection) -> AsyncIterator[bool]:
    async with connection.transaction():
        await connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_WAIT))
        found = await connection.execute("select pg_try_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
        row = await found.fetchone()
        yield bool(row and row[0])


async def _days(connection: Connection, table: Table) -> set[date]:
    """The days that have a partition of their own."""
    names = [name for (name,) in await _all(connection, PARTITIONS, (table.name,))]
    return {date.fromisoformat(name[len(table.name) + 2 :]) for name in names if name[len(table.name) + 2 :].isdigit()}


def _standing(table: Table) -> sql.Composed:
    """The days in the default partition."""
    query = sql.SQL("select distinct {} from {}")
    return query.format(sql.SQL(table.day_of), sql.Identifier(f"{table.name}_default"))


def _name(table: Table, day: date) -> str:
    return f"{table.name}_d{day:%Y%m%d}"


def _bounds(table: Table, day: date) -> tuple[sql.Literal, sql.Literal]:
    """From this midnight to the next, in UTC whatever the session's zone."""
    zone = "" if table is EVENTS else " 00:00:00+00"
    return sql.Literal(f"{day}{zone}"), sql.Literal(f"{day + timedelta(1)}{zone}")


async def _all(connection: Connection, query: Any, values: tuple[Any, ...] = ()) -> list[Any]:
    return await (await connection.execute(query, values or None)).fetchall()
