"""infra/export.py against a real PostgreSQL: any range, both formats, flat memory, and an error where there is nothing."""

import csv
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from pyarrow import parquet

from infra.export import GROUP_BYTES, KINDS, BadFile, NothingToExport, Wanted, export
from infra.postgres_connection import NoSuchCity
from models.settings import Settings
from tests.agents.little_day import CITY as LITTLE
from tests.agents.little_day import LittleDay
from tests.real.stored_city import database, store

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
CITY, FACTS, EVERY, TICK_BYTES = "merrin", 20_000, 20, 80_000
"""As in the largest recorded day, whose ticks with their positions have 78 kB in the middle, and all other facts 200 bytes."""
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MOST_MEGABYTES = 200


@pytest.fixture(scope="module")
def settings(postgres_and_valkey: "Servers") -> Iterator[Settings]:
    """A city with a fact a second, 84 MB of them, and a minute of KPIs a minute."""
    with database(postgres_and_valkey.postgres_url) as mine:
        with psycopg.connect(str(mine.postgres_url), autocommit=True) as connection:
            fill(connection)
        yield mine


@pytest.fixture(scope="module")
def little(postgres_and_valkey: "Servers", little_day: LittleDay) -> Iterator[Settings]:
    """A city with rows of every kind."""
    with database(postgres_and_valkey.postgres_url) as mine:
        store(mine, little_day.pipeline.log)
        with psycopg.connect(str(mine.postgres_url), autocommit=True) as connection:
            connection.execute(
                "insert into levers (city_id, lever_id, lever, since, until, refused) values (%s, 'l1', %s, %s, %s, 0)",
                (LITTLE, Jsonb({"type": "CallDrivers", "count": 3}), NOON, NOON + timedelta(hours=1)),
            )
        yield mine


def fill(connection: psycopg.Connection) -> None:
    connection.execute("insert into cities values (%s, 'Port Merrin', %s, %s, false)", (CITY, Jsonb({}), NOON))
    connection.execute(
        """insert into city_events select %s, n, %s::date, n::text, 'c' || n, %s + n * interval '1 s', 'Ticked',
           convert_to('{"é":"' || repeat('x', case when n %% %s > 0 then 200 else %s end) || '"}', 'UTF8')
           from generate_series(1, %s) n""",
        (CITY, NOON, NOON, EVERY, TICK_BYTES, FACTS),
    )
    connection.execute(
        """insert into kpi_minutes select %s, %s + n * interval '1 min', n, 1, 1, 1, 1, 1, 1, 1, null, 7.5, null
           from generate_series(1, 300) n""",
        (CITY, NOON),
    )


def minutes(**limits: datetime) -> Wanted:
    return Wanted(KINDS["kpis"], CITY, **limits)


def test_a_range_begins_with_its_first_moment_and_ends_before_its_last(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "kpis.csv"
    count = export(settings, minutes(since=NOON + timedelta(minutes=5), until=NOON + timedelta(minutes=8)), "csv", file)
    with file.open() as lines:
        rows = list(csv.DictReader(lines))

    assert (count, [row["placed"] for row in rows]) == (3, ["5", "6", "7"])
    assert rows[0]["minute"] == "2026-11-20 12:05:00+00"
    assert (rows[0]["on_time_share"], rows[0]["click_to_door_p50_minutes"]) == ("", "7.5")


def test_parquet_keeps_the_types_of_the_columns(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "kpis.parquet"
    export(settings, minutes(), "parquet", file)
    table = parquet.read_table(file)

    assert table.num_rows == 300
    assert [str(table.schema.field(name).type) for name in ("minute", "placed", "on_time_share")] == [
        "timestamp[us, tz=UTC]",
        "int32",
        "double",
    ]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_log_goes_out_in_its_order_and_in_flat_memory(
    form: str, settings: Settings, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """84 MB of facts by a process of its own, which says what it needed at most: getrusage would tell the parent's."""
    file = tmp_path / f"facts.{form}"
    said = f"""
from pathlib import Path
from infra.export import KINDS, Wanted, export
from models.settings import Settings
export(Settings(), Wanted(KINDS["facts"], {CITY!r}), {form!r}, Path({str(file)!r}))
[most] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(int(most.split()[1]) // 1024)
"""
    env = {"TRACK_POSTGRES_URL": str(settings.postgres_url), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", said], env=env, capture_output=True, text=True, check=True)
    rows = read(file)

    assert [int(row["seq"]) for row in rows] == list(range(1, FACTS + 1))
    assert list(rows[0]) == ["seq", "at", "kind", "command_id", "fact"]
    size = sum(len(row["fact"].encode()) for row in rows)
    assert size > FACTS // EVERY * TICK_BYTES
    record_property("figure", f"{int(done.stdout)} MB for {size >> 20} MB of facts")
    assert int(done.stdout) <= MOST_MEGABYTES


def read(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".parquet":
        rows: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
        return rows
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(("what", "groups"), [("facts", FACTS // EVERY * TICK_BYTES // GROUP_BYTES + 1), ("kpis", 1)])
def test_a_parquet_file_has_few_large_row_groups(what: str, groups: int, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / f"{what}.parquet"
    count = export(settings, Wanted(KINDS[what], CITY), "parquet", file)
    found = parquet.ParquetFile(file).metadata

    assert found.num_rows == count
    assert found.num_row_groups <= groups


@pytest.mark.parametrize("what", KINDS)
def test_every_kind_has_the_same_rows_in_both_formats(what: str, little: Settings, tmp_path: Path) -> None:
    """What is JSON in the table is its text in both."""
    files = {form: tmp_path / f"rows.{form}" for form in ("csv", "parquet")}
    counts = [export(little, Wanted(KINDS[what], LITTLE), form, file) for form, file in files.items()]
    from_csv, from_parquet = read(files["csv"]), read(files["parquet"])
    texts = [name for name, value in from_parquet[0].items() if isinstance(value, str)]
    told = [[[row[name] or "" for name in texts] for row in rows] for rows in (from_csv, from_parquet)]

    assert counts == [len(from_csv), len(from_parquet)]
    assert told[0] == told[1]


def test_what_is_awkward_in_csv_is_in_parquet_what_it_is_in_the_table(settings: Settings, tmp_path: Path) -> None:
    """Commas, quotes, lines, what reads like a number or like nothing, and nothing; the database lives in Nepal."""
    told = ['say "now", please', "two\nlines", "", "NULL", "007", "t", "é ✓"]
    with psycopg.connect(str(settings.postgres_url), autocommit=True) as connection:
        connection.execute(
            sql.SQL("alter database {} set timezone to 'Asia/Kathmandu'").format(sql.Identifier(connection.info.dbname))
        )
        for n, evidence in enumerate(told):
            connection.execute(
                "insert into alerts values (%s, %s, 'late', 'o1', 'critical', %s, %s, %s, 3)",
                (CITY, f"a{n}", NOON + timedelta(seconds=n, microseconds=1), NOON if n else None, evidence),
            )
    file, other = tmp_path / "alerts.parquet", tmp_path / "alerts.csv"
    export(settings, Wanted(KINDS["alerts"], CITY), "parquet", file)
    export(settings, Wanted(KINDS["alerts"], CITY), "csv", other)
    rows = read(file)

    assert read(other)[0]["raised_at"] == "2026-11-20 12:00:00.000001+00"
    assert [row["evidence"] for row in rows] == told
    assert [row["raised_at"] for row in rows] == [NOON + timedelta(seconds=n, microseconds=1) for n in range(len(told))]
    assert [row["cleared_at"] for row in rows] == [None, *[NOON] * (len(told) - 1)]


def test_a_city_that_is_not_there_is_named_with_those_that_are(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NoSuchCity, match="there is no city 'nowhere'; there are merrin"):
        export(settings, Wanted(KINDS["kpis"], "nowhere"), "csv", tmp_path / "x.csv")


def test_an_empty_range_leaves_no_file(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NothingToExport, match="no row in that range; nothing was written"):
        export(settings, minutes(until=NOON), "csv", tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"x\.csv cannot be written: No such file or directory"):
        export(settings, minutes(), "csv", tmp_path / "nowhere" / "x.csv")


@pytest.mark.parametrize("what", KINDS)
def test_every_kind_has_the_columns_of_its_table(what: str, settings: Settings) -> None:
    kind = KINDS[what]
    with psycopg.connect(str(settings.postgres_url)) as connection:
        found = connection.execute(sql.SQL("select * from {} limit 0").format(sql.Identifier(kind.table)))
        columns = {column.name for column in found.description or ()}

    assert {*kind.columns, kind.at} <= columns
    assert "customer_id" not in kind.columns
