"""a recorded file → here → rows whose cells are checked as they are read. A cell that cannot be is named exactly."""

import csv
from pathlib import Path
from typing import NamedTuple

from models.errors import TrackError
from models.ways import MINUTE_MS

LONGEST_ID = 40
"""Ids are parts of names and of command ids, which end at 120 characters."""
FARTHEST_METRES = 1e7
LAST_MINUTE = 2 * 24 * 60
"""A recorded day may run past midnight, but not past a second one."""


class BrokenFile(TrackError):
    """A recorded file that cannot be replayed. Fate: the replay does not start, and says where to look."""

    def __init__(self, file: Path, line: int | None, column: str | None, found: str, expected: str) -> None:
        self.file, self.line, self.column, self.found, self.expected = file, line, column, found, expected
        where = [str(file), f"line {line}" if line else "", f"column {column}" if column else ""]
        super().__init__(f"{', '.join(filter(None, where))}: found {found}, expected {expected}")


class Row(NamedTuple):
    file: Path
    line: int
    cells: dict[str, str]

    def broken(self, column: str, expected: str) -> BrokenFile:
        return BrokenFile(self.file, self.line, column, repr(self.cells[column]), expected)

    def id(self, column: str) -> str:
        text = self.cells[column]
        if not 0 < len(text) <= LONGEST_ID or not text.isprintable():
            raise self.broken(column, f"an id of 1 to {LONGEST_ID} printable characters")
        return text

    def number(self, column: str, least: float, most: float, unit: str = "a number") -> float:
        expected = f"{unit} from {least:.0f} to {most:.0f}"
        try:
            value = float(self.cells[column])
        except ValueError:
            raise self.broken(column, expected) from None
        if not least <= value <= most:
            raise self.broken(column, expected)
        return value

    def metres(self, column: str) -> float:
        return self.number(column, -FARTHEST_METRES, FARTHEST_METRES, "metres")

    def minutes_ms(self, column: str, most: int = LAST_MINUTE) -> int:
        value = self.number(column, 0, most, "whole minutes")
        if value != int(value):
            raise self.broken(column, f"whole minutes from 0 to {most}")
        return int(value) * MINUTE_MS


def read(file: Path, columns: tuple[str, ...], delimiter: str) -> list[Row]:
    """The rows of a delimited file with a header; at least one.

    Raises BrokenFile when the file is missing, empty, not text, lacks a column, or has a row of another length.
    """
    lines = _lines(file, delimiter)
    header = lines[0][1] if lines else []
    for column in columns:
        if column not in header:
            raise BrokenFile(file, 1, column, f"columns {', '.join(header)}" if header else "nothing", "this column")
    if len(lines) < 2:
        raise BrokenFile(file, None, None, "no rows", "at least one row below the header")
    return [_row(file, line, header, cells) for line, cells in lines[1:]]


def unique(rows: list[Row], column: str) -> list[Row]:
    """The rows, once it is sure that no id comes twice."""
    seen: dict[str, int] = {}
    for row in rows:
        if (first := seen.setdefault(row.id(column), row.line)) != row.line:
            raise row.broken(column, f"an id that is not already in line {first}")
    return rows


def _lines(file: Path, delimiter: str) -> list[tuple[int, list[str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, delimiter=delimiter)
            return [(reader.line_num, [c.strip() for c in cells]) for cells in reader if cells]
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise BrokenFile(file, None, None, "no such file", "a file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BrokenFile(file, None, None, str(error), "a delimited text in UTF-8") from None


def _row(file: Path, line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        raise BrokenFile(file, line, None, f"{len(cells)} values", f"{len(header)}, one for each column of the header")
    return Row(file, line, dict(zip(header, cells, strict=True)))
