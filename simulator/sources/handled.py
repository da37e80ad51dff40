"""rows of a dirty day → here → what was done with each kind of bad row, and that no row is lost. Counted, never silent."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

from simulator.sources.rows import Row

FIRST_LINES = 5
"""As many line numbers of a rule are told; the header is line 1."""


class Done(StrEnum):
    KEPT = "kept"
    REPAIRED = "repaired"
    DROPPED = "dropped"


class Remedy(NamedTuple):
    """What a rule does with its rows, in one word and in full."""

    done: Done
    how: str


class FileRows(msgspec.Struct, frozen=True):
    """`read` = `used` + `dropped`: every row below the header is one of the two."""

    file: str
    read: int
    used: int
    dropped: int


class RuleRows(msgspec.Struct, frozen=True):
    """A rule and how many rows of a file it met; one row may meet several."""

    file: str
    rule: str
    done: Done
    how: str
    rows: int
    first_lines: tuple[int, ...]


class Handled(msgspec.Struct, frozen=True):
    """The report of a source that reads dirty rows: each file, and each rule that met a row, in the order of its table."""

    files: tuple[FileRows, ...]
    rules: tuple[RuleRows, ...]


class Tally:
    """The rows of one file, each told once by every rule that meets it; a rule that drops is the last to see its row."""

    def __init__(self, rows: list[Row], rules: Mapping[StrEnum, Remedy]) -> None:
        self.file, self.read, self.rules = rows[0].file, len(rows), rules
        self._lines: dict[StrEnum, dict[int, None]] = {rule: {} for rule in rules}

    def met(self, rule: StrEnum, row: Row) -> None:
        self._lines[rule][row.line] = None

    def handled(self) -> tuple[FileRows, tuple[RuleRows, ...]]:
        dropped = sum(len(self._lines[rule]) for rule, remedy in self.rules.items() if remedy.done is Done.DROPPED)
        rules = tuple(
            RuleRows(self.file.name, rule.value, *remedy, len(lines), tuple(lines)[:FIRST_LINES])
            for rule, remedy in self.rules.items()
            if (lines := self._lines[rule])
        )
        return FileRows(self.file.name, self.read, self.read - dropped, dropped), rules


def handled(tallies: Iterable[Tally]) -> Handled:
    told = [tally.handled() for tally in tallies]
    return Handled(tuple(files for files, _ in told), tuple(one for _, rules in told for one in rules))
