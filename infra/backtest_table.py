"""the reports of many days → here → one aligned table: a block for each policy and ready mode, a row a day, and its mean.

Whatever the score tells of the ETA has a column, in the score's own order.
"""

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any, Literal

ReadyMode = Literal["known", "estimated"]
Report = dict[str, Any]
Cell = float | None
FIRST = (
    ("orders",),
    ("undelivered",),
    ("click_to_door", "mean"),
    ("click_to_door", "p90"),
    ("ready_to_pickup", "mean"),
)
LAST = "violations"
GAP = "  "


def means(runs: Sequence[Report]) -> list[Report]:
    """For each policy and ready mode, how many days it had and each column's mean over those that have a value."""
    return [
        {
            "policy": some[0]["policy"],
            "ready": some[0]["ready"],
            "days": len(some),
            **_mean([cells(one) for one in some]),
        }
        for some in _blocks(runs)
    ]


def cells(run: Report) -> dict[str, Cell]:
    """One day's columns, in their order. Minutes, counts and shares."""
    first = {"_".join(path): _at(run, path) for path in FIRST}
    eta = {
        f"eta_{name}": value for name, value in run["eta"].items() if value is None or isinstance(value, int | float)
    }
    return {**first, **eta, LAST: len(run["violations"])}


def table(report: Report) -> list[str]:
    """Lines for the eye: the table, each rule that was broken, each day that could not be read."""
    blocks = zip(_blocks(report["runs"]), report["means"], strict=True)
    lines = [line for some, its_mean in blocks for line in _rows(some, its_mean)]
    broken = [
        f"{run['day']} {_how(run)}: {one['rule']} ({one['who']}): {one['what']}"
        for run in report["runs"]
        for one in run[LAST]
    ]
    unread = [f"could not be read: {one['path']}: {one['error']}" for one in report["unread"]]
    return [*_aligned(lines, _heads(report["runs"])), *broken, *unread]


def _rows(some: Sequence[Report], its_mean: Report) -> Iterator[list[str]]:
    for one in some:
        yield [_how(one), one["day"], *map(_told, cells(one).values())]
    yield [_how(its_mean), "mean", *(_told(its_mean[name]) for name in cells(some[0]))]


def _heads(runs: Sequence[Report]) -> list[list[str]]:
    """The words of each column's name, one below the other."""
    names = cells(runs[0]) if runs else {}
    words = (name.replace("_minutes", "").replace("_to_", "-to-").replace("_", " ") for name in names)
    return [["policy/ready"], ["day"], *(name.split() for name in words)]


def _aligned(rows: Sequence[list[str]], heads: Sequence[list[str]]) -> list[str]:
    """Names to the left, figures to the right; a line before the next policy."""
    if not rows:
        return []
    high = max(map(len, heads))
    above = [list(row) for row in zip(*([""] * (high - len(words)) + words for words in heads), strict=True)]
    widths = [max(map(len, column)) for column in zip(*above, *rows, strict=True)]
    lines = [_line(row, widths) for row in [*above, *rows]]
    ends = [n for n, row in enumerate(rows, high) if row[1] == "mean"]
    return [text for n, line in enumerate(lines) for text in ([line, ""] if n in ends[:-1] else [line])]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    names = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
    figures = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
    return GAP.join([*names, *figures]).rstrip()


def _blocks(runs: Sequence[Report]) -> list[list[Report]]:
    found: dict[str, list[Report]] = {}
    for one in runs:
        found.setdefault(_how(one), []).append(one)
    return list(found.values())


def _how(run: Report) -> str:
    return f"{run['policy']}/{run['ready']}"


def _mean(rows: Sequence[dict[str, Cell]]) -> dict[str, Cell]:
    values = {name: [value for row in rows if (value := row[name]) is not None] for name in rows[0]}
    return {name: round(fmean(some), 2) if some else None for name, some in values.items()}


def _at(run: Report, path: Sequence[str]) -> Cell:
    value: Any = run
    for key in path:
        value = value[key]
    return value if isinstance(value, int | float) else None


def _told(value: Cell) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.2f}"
