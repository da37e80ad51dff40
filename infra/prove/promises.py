"""docs/PROMISES.md → here → its promises, each with its proofs, or every line that is not one; and back, with new figures.

A line is `| promise | where | proof | figure |`. The proof is one command or several, `; ` between them, each in
backticks: `pytest` with test ids, `track` or `make`. Behind a command that reports as JSON may stand `→` and words with
keys of its report in braces. The word `long` keeps a line for `make prove-all`.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from models.errors import TrackError

NOT_YET_RUN = "not yet run here"
HEADER = ("promise", "where", "proof", "figure")
LONG = "long"
PROOF = re.compile(r"`(?P<command>[^`]+)`(?: → (?P<figure>[^`]+))?")
PATH = re.compile(r"`([^`]+)`")
CELL_END = re.compile(r"(?<!\\)\|")
STAMP = re.compile(r"^- (quick|long) set: .*$", re.MULTILINE)


class BrokenPromises(TrackError):
    """Lines that promise nothing provable. Fate: nothing is run, the file is not touched."""


class Proof(NamedTuple):
    """`figure` is the template of what a report is asked for; None where the outcome says all."""

    words: tuple[str, ...]
    figure: str | None = None

    @property
    def tests(self) -> tuple[str, ...]:
        return self.words[1:] if self.words[0] == "pytest" else ()


class Promise(NamedTuple):
    """One line. `key` finds it again in a file that was edited meanwhile."""

    line: int
    who: str
    promise: str
    where: tuple[str, ...]
    proofs: tuple[Proof, ...]
    long: bool
    figure: str
    key: str


class Known(NamedTuple):
    """What a proof may name: where the tests and files are, the verbs of `track`, the targets of `make`."""

    root: Path
    verbs: frozenset[str]
    targets: frozenset[str]


def parse(text: str, known: Known) -> list[Promise]:
    """Every promise of the file, in its order. Raises BrokenPromises, which names every line that is not one."""
    rows = list(_rows(text))
    found = [_promise(*row) for row in rows if len(row[2]) == len(HEADER)]
    troubles = [(n, f"{len(cells)} cells, {len(HEADER)} are due") for n, _, cells in rows if len(cells) != len(HEADER)]
    troubles += [(one.line, trouble) for one in found for trouble in _troubles(one, known)]
    times = Counter(one.promise for one in found)
    troubles += [(one.line, "is promised twice") for one in found if times[one.promise] > 1]
    if troubles:
        raise BrokenPromises("\n".join(f"line {line}: {what}" for line, what in sorted(troubles)))
    return found


def rewritten(text: str, figures: Mapping[str, str], stamps: Mapping[str, str]) -> str:
    """The same text with new figures by key, and with new stamps by set; nothing else changes."""
    lines = text.split("\n")
    for number, _, cells in _rows(text):
        if (key := "|".join(cells[:-1])) in figures:
            figure = figures[key].replace("|", "\\|").replace("\n", " ")
            lines[number - 1] = f"| {' | '.join([*cells[:-1], figure])} |"
    return STAMP.sub(lambda m: f"- {m[1]} set: {stamps[m[1]]}" if m[1] in stamps else m[0], "\n".join(lines))


def _rows(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Line number, heading and cells of every row that is no header."""
    who = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("## "):
            who = line[3:].strip()
        if line.startswith("|"):
            cells = [cell.strip() for cell in CELL_END.split(line.strip().removeprefix("|").removesuffix("|"))]
            if tuple(cells) != HEADER and set("".join(cells)) != {"-"}:
                yield number, who, cells


def _promise(number: int, who: str, cells: list[str]) -> Promise:
    promise, where, proof, figure = cells
    parts = [part for part in proof.split("; ") if part]
    proofs = tuple(_proof(part) for part in parts if part != LONG)
    return Promise(
        number, who, promise, tuple(PATH.findall(where)), proofs, LONG in parts, figure, "|".join(cells[:-1])
    )


def _proof(part: str) -> Proof:
    found = PROOF.fullmatch(part)
    return Proof(tuple(found["command"].split()), found["figure"]) if found else Proof(("", part))


def _troubles(one: Promise, known: Known) -> Iterator[str]:
    if not one.promise:
        yield "promises nothing"
    if not one.where:
        yield "names no file"
    for path in one.where:
        if not (known.root / path).exists():
            yield f"{path} is not there"
    if not one.proofs:
        yield "has no proof"
    for proof in one.proofs:
        yield from _unproved(proof, known)


def _unproved(proof: Proof, known: Known) -> Iterator[str]:
    program, *words = proof.words
    named = {"track": known.verbs, "make": known.targets}
    if program == "pytest":
        yield from (f"{test} is no test" for test in words if not _is_test(test, known.root))
        if not words:
            yield "`pytest` names no test"
        if proof.figure is not None:
            yield "a test brings its figure itself: record_property('figure', …)"
    elif program not in named:
        yield f"{' '.join(proof.words).strip()!r} is no proof: `pytest …`, `track …` or `make …` is"
    elif not words or words[0] not in named[program]:
        yield f"`{' '.join(proof.words)}`: {program} has no such {'verb' if program == 'track' else 'target'}"


def _is_test(name: str, root: Path) -> bool:
    path, _, function = name.partition("::")
    functions = _functions(root / path)
    return bool(functions) and (not function or function.partition("[")[0] in functions)


@cache
def _functions(path: Path) -> frozenset[str]:
    """The tests of a file; none where there is no such file."""
    if not path.is_file() or not path.name.startswith("test_"):
        return frozenset()
    defined = (n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(n.name for n in defined if n.name.startswith("test_"))
