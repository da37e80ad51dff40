"""Postgres → here → a file of CSV or Parquet. Any range of a city's rows, in batches: a log of any size in flat memory.

CSV is Postgres's own COPY. Parquet is the same, read by Arrow and written by row groups of a size that its readers like: the
client never holds more than one of them.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

from psycopg import sql

from infra.postgres_connection import named, session
from models.errors import TrackError
from models.kpi_hour import KpiHour
from models.settings import Settings

GROUP_BYTES = 4 << 20
"""Of CSV, before a row group is written: thousands of facts, ten thousands of narrower rows."""
STDOUT = Path("-")
COPY = sql.SQL("copy ({}) to stdout with (format csv, {})")
Format = Literal["csv", "parquet"]


class Kind(NamedTuple):
    """A table, the time that a range is asked of, and the columns in the order they go out."""

    table: str
    at: str
    columns: tuple[str, ...]


KINDS = {
    "orders": Kind(
        "orders", "created_at",
        ("order_id", "restaurant_id", "status", "driver_id", "door_lat", "door_lon", "created_at", "estimated_delivery",
         "accepted_at", "ready_at", "assigned_at", "arrived_restaurant_at", "picked_up_at", "arrived_door_at",
         "actual_delivery", "cancelled_at", "cancel_reason"),
    ),
    "ledger": Kind(
        "lateness_ledger", "ended_at",
        ("order_id", "restaurant_id", "zone", "driver_id", "promised_at", "ended_at", "late_ms", "promise_ms", "prepare_ms",
         "assign_ms", "approach_ms", "wait_ms", "ride_ms", "hand_over_ms"),
    ),
    "etas": Kind(
        "eta_predictions", "made_at",
        ("order_id", "seq", "made_at", "expected", "p10", "p50", "p80", "p90", "stage", "band", "model"),
    ),
    "alerts": Kind(
        "alerts", "raised_at",
        ("alert_id", "kind", "subject", "severity", "raised_at", "cleared_at", "evidence", "worst"),
    ),
    "kpis": Kind(
        "kpi_minutes", "minute",
        ("minute", "placed", "delivered", "cancelled", "active", "unassigned", "drivers_available", "drivers_busy",
         "window_delivered", "on_time_share", "click_to_door_p50_minutes", "click_to_door_p90_minutes"),
    ),
    "hours": Kind("kpi_hours", "minute", KpiHour.__struct_fields__),
    "levers": Kind(
        "levers", "since",
        ("lever_id", "lever", "since", "until", "incident", "expected", "ended_at", "reason", "refused", "late_orders",
         "late_ms"),
    ),
    "positions": Kind("driver_positions", "at", ("driver_id", "at", "lat", "lon")),
    "facts": Kind("city_events", "at", ("seq", "at", "kind", "command_id", "fact")),
}  # fmt: skip
"""Orders go out without their customers, as on the board."""


class NothingToExport(TrackError):
    """No row of the city in that range: no file is written."""


class BadFile(TrackError):
    """The file cannot be written."""


class Wanted(NamedTuple):
    """`since` ≤ time < `until`; None: from the first, to the last."""

    kind: Kind
    city: str
    since: datetime | None = None
    until: datetime | None = None


def export(settings: Settings, wanted: Wanted, form: Format, file: Path) -> int:
    """How many rows were written. Raises StoreAway, OldTables, NoSuchCity, NothingToExport, BadFile."""
    with session(settings) as connection:
        named(connection, wanted.city)
        asked = (wanted.city, wanted.since, wanted.since, wanted.until, wanted.until)
        if connection.execute(sql.SQL("select exists({})").format(query(wanted.kind)), asked).fetchone() == (False,):
            raise NothingToExport("no row in that range; nothing was written")
        with opened(file) as sink, connection.transaction():
            connection.execute("set local time zone 'UTC'")
            write = csv if form == "csv" else parquet
            return write(connection, query(wanted.kind), asked, sink)


@contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """Raises BadFile."""
    if file == STDOUT:
        yield sys.stdout.buffer
        return
    try:
        sink = file.open("wb")
    except OSError as error:
        raise BadFile(f"{file} cannot be written: {error.strerror}") from error
    with sink:
        yield sink


def query(kind: Kind) -> sql.Composed:
    """In the order of time; facts in that of the log."""
    columns = sql.SQL(", ").join(
        sql.SQL("convert_from(fact, 'UTF8') as fact") if name == "fact" else sql.Identifier(name)
        for name in kind.columns
    )
    order = sql.Identifier("seq" if "fact" in kind.columns else kind.at)
    return sql.SQL(
        "select {} from {} where city_id = %s and (%s::timestamptz is null or {at} >= %s) "
        "and (%s::timestamptz is null or {at} < %s) order by {}"
    ).format(columns, sql.Identifier(kind.table), order, at=sql.Identifier(kind.at))


def csv(connection: Any, rows: sql.Composed, asked: tuple[Any, ...], sink: IO[bytes]) -> int:
    """How many rows. Without pyarrow, which takes 50 MB."""
    with connection.cursor() as cursor:
        with cursor.copy(COPY.format(rows, sql.SQL("header")), asked) as lines:
            for line in lines:
                sink.write(line)
        return int(cursor.rowcount)


def parquet(connection: Any, rows: sql.Composed, asked: tuple[Any, ...], sink: IO[bytes]) -> int:
    """How many rows. Every group has the types of the columns as Postgres has them, whatever its rows are."""
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # its own keeps for long what was freed
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("select * from ({}) one limit 0").format(rows), asked)
        schema = pyarrow.schema([(one.name, _type(one.type_code)) for one in cursor.description])
        with (
            cursor.copy(COPY.format(rows, sql.SQL("header false")), asked) as lines,
            ParquetWriter(sink, schema) as writer,
        ):
            for group in _groups(lines):
                writer.write_table(_table(group, schema))
        return int(cursor.rowcount)


def _groups(lines: Iterable[memoryview]) -> Iterator[bytearray]:
    """GROUP_BYTES or a row more at a time; the last is what is left. Postgres sends one row a message, never a part of one
    (its manual, "Message Flow", COPY operations).
    """
    group = bytearray()
    for line in lines:
        group += line
        if len(group) >= GROUP_BYTES:
            yield group
            group = bytearray()
    if group:
        yield group


def _table(group: bytearray, schema: Any) -> Any:
    """By Arrow's own reader: an array made of Python's values would import pandas, which takes 43 MB."""
    import pyarrow
    from pyarrow import csv

    return csv.read_csv(
        pyarrow.BufferReader(group),
        csv.ReadOptions(use_threads=False, block_size=len(group), column_names=schema.names),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip


def _type(oid: int) -> Any:
    import pyarrow

    number = {16: pyarrow.bool_(), 20: pyarrow.int64(), 23: pyarrow.int32(), 701: pyarrow.float64()}
    return (number | {1184: pyarrow.timestamp("us", "UTC")}).get(oid, pyarrow.string())
