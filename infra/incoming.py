"""a folder with a recorded day → here → its rows in SQLite as they are, and which of them break a rule: file and line."""

import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.incoming_rules import MDRP, RAPPI, File
from infra.replay import NotADay
from pipelines.quality.examination import Found, Source, examine
from simulator.sources.rows import Row, read


def examined(folder: Path, docs: Path) -> list[Found]:
    """What the rows of the day are like. Raises NotADay; BrokenFile where a file is no table, which says where."""
    files = files_of(folder)
    with tempfile.TemporaryDirectory(prefix="track-day-") as place:
        store = Path(place) / "day.sqlite"
        with sqlite3.connect(store) as day:
            for one in files:
                _fill(day, one, read(folder / one.name, one.columns, one.delimiter))
        day.close()
        return examine(Source("sqlite", f"sqlite:///{store}"), [one.suite for one in files], docs)


def files_of(folder: Path) -> Sequence[File]:
    """By the shape of the day that lies there. Raises NotADay."""
    for files in (MDRP, RAPPI):
        if (folder / files[0].name).is_file():
            return files
    names = " nor ".join(", ".join(one.name for one in files) for files in (MDRP, RAPPI))
    raise NotADay(f"{folder} holds no recorded day: neither {names}")


def _fill(day: sqlite3.Connection, file: File, rows: Sequence[Row]) -> None:
    """Numbers become such where they are some; every other cell stays text, and an empty one is none."""
    columns = list(rows[0].cells)
    kinds = ", ".join(f"{_quoted(name)} {'numeric' if name in file.numbers else 'text'}" for name in columns)
    day.execute(f"create table {file.table} (file text, line integer, {kinds})")
    values = [(file.name, row.line, *(cell or None for cell in row.cells.values())) for row in rows]
    day.executemany(f"insert into {file.table} values (?, ?{', ?' * len(columns)})", values)
    day.execute(f"create index {file.table}_by_id on {file.table} ({_quoted(file.id)})")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
