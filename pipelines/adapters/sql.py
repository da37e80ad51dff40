"""tables → here → one statement a table and batch. Made from `models/tables.py`, so that the shapes cannot drift apart."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Column, Table
from sqlalchemy import types as kinds
from sqlalchemy.dialects.postgresql import JSONB

from models.rows import Row
from models.tables import METADATA

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ARRAYS: dict[type, str] = {
    kinds.DateTime: "timestamptz[]",
    kinds.Date: "date[]",
    kinds.BigInteger: "int8[]",
    kinds.Integer: "int4[]",
    kinds.Float: "float8[]",
    kinds.Numeric: "numeric[]",
    kinds.Boolean: "bool[]",
    kinds.LargeBinary: "bytea[]",
    JSONB: "jsonb[]",
}
TEXT = "text[]"
"""What is none of these: SQLModel wraps its strings in a type of its own."""


def table(name: str) -> Table:
    return METADATA.tables[name]


def written(name: str) -> list[Column[Any]]:
    """The columns that a row brings: those without a default of the server's."""
    return [c for c in table(name).columns if c.server_default is None]


@cache
def upsert(name: str) -> sql.Composed:
    """Insert from one array a column; a row already there is replaced, but never by an older version."""
    newer = sql.SQL(" where excluded.version > {}.version").format(sql.Identifier(name))
    return overwrite(name) + (newer if "version" in table(name).columns else sql.SQL(""))


@cache
def overwrite(name: str) -> sql.Composed:
    """Insert from one array a column; a row already there is replaced, whatever its version."""
    keys = [c.name for c in table(name).primary_key]
    rest = [c.name for c in written(name) if c.name not in keys]
    changes = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in rest)
    return _insert(name) + (sql.SQL(" do update set ") + changes if rest else sql.SQL(" do nothing"))


@cache
def insert(name: str) -> sql.Composed:
    """Insert from one array a column; a row already there stays as it is."""
    return _insert(name) + sql.SQL(" do nothing")


@cache
def append(name: str) -> sql.Composed:
    """Insert from one array a column; a row already there is an error."""
    return _values(name)


@cache
def delete(name: str) -> sql.Composed:
    """Delete by one array a column of the key."""
    keys = sql.SQL(", ").join(sql.Identifier(c.name) for c in table(name).primary_key)
    arrays = sql.SQL(", ").join(sql.SQL("%s::" + _array(c)) for c in table(name).primary_key)
    return sql.SQL("delete from {} where ({}) in (select * from unnest({}))").format(sql.Identifier(name), keys, arrays)


def keys(name: str, rows: Sequence[Row]) -> list[list[Any]]:
    """One list a column of the key, for `delete`."""
    return [[_stored(c, row[c.name]) for row in rows] for c in table(name).primary_key]


def arrays(name: str, rows: Sequence[Row]) -> list[list[Any]]:
    """One list a column, in the order of the statements above; milliseconds become timestamps."""
    return [[_stored(c, row[c.name]) for row in rows] for c in written(name)]


@cache
def everything(name: str) -> sql.Composed:
    """All rows of a city, by key."""
    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in written(name))
    keys = sql.SQL(", ").join(_ordered(c) for c in table(name).primary_key)
    return sql.SQL("select {} from {} where city_id = %s order by {}").format(columns, sql.Identifier(name), keys)


def recalled(name: str, values: Sequence[Any]) -> Row:
    """A stored row as the agents made it: timestamps become milliseconds again."""
    return {c.name: _milliseconds(v) if isinstance(v, datetime) else v for c, v in zip(written(name), values, strict=True)}


def when(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def _milliseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def _stored(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, kinds.DateTime) and isinstance(value, int):
        return when(value)
    return Jsonb(value) if isinstance(column.type, JSONB) else value


def _ordered(column: Column[Any]) -> sql.Composed:
    """Text by its bytes, as Python orders it, whatever the database's locale."""
    by = sql.SQL('{} collate "C"') if _array(column) == TEXT else sql.SQL("{}")
    return by.format(sql.Identifier(column.name))


def _insert(name: str) -> sql.Composed:
    keys = sql.SQL(", ").join(sql.Identifier(c.name) for c in table(name).primary_key)
    return _values(name) + sql.SQL(" on conflict ({})").format(keys)


def _values(name: str) -> sql.Composed:
    columns = written(name)
    return sql.SQL("insert into {} ({}) select * from unnest({})").format(
        sql.Identifier(name),
        sql.SQL(", ").join(sql.Identifier(c.name) for c in columns),
        sql.SQL(", ").join(sql.SQL("%s::" + _array(c)) for c in columns),
    )


def _array(column: Column[Any]) -> str:
    return next((array for kind, array in ARRAYS.items() if isinstance(column.type, kind)), TEXT)
