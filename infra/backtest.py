"""folders of recorded days × policies × ready modes → here → every score, on all the cores there are.

Each day is replayed in memory by a process of its own, as `track replay` does it. A day that cannot be read does not keep
the others from running.
"""

import os
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from infra.backtest_table import ReadyMode, means
from infra.replay import NotADay, holds_day, load, replay
from models.errors import TrackError
from models.settings import Settings


class ProcessLost(TrackError):
    """A process of the backtest was killed, most likely for its memory: fewer `--jobs` may do."""


class Run(NamedTuple):
    path: Path
    day: str
    policy: str
    ready: ReadyMode


class Ended(NamedTuple):
    """The report of `track replay`, or why there is none: the error's name and what it says."""

    run: Run
    report: dict[str, Any] | None
    error: str | None


def backtest(paths: Sequence[Path], policies: Sequence[str], ready: Sequence[ReadyMode], jobs: int) -> dict[str, Any]:
    """The report: `runs` by policy, ready mode and day, `means` of each policy and mode, `unread` days with the reason.

    Raises NotADay when there is nothing to run, ProcessLost.
    """
    began = time.monotonic()
    planned = [Run(path, day, *how) for how in product(policies, ready) for path, day in named(days(paths))]
    with closing(_all_ended(planned, min(jobs, len(planned)))) as ending:
        ended = {one.run: one for one in _watched(ending, len(planned))}
    told = [ended[run] for run in planned]
    runs = [{"day": r.day, "path": str(r.path), **report} for r, report, _ in told if report is not None]
    unread = {str(r.path): error for r, _, error in told if error is not None}
    return {
        "runs": runs,
        "means": means(runs),
        "unread": [{"path": path, "error": error} for path, error in unread.items()],
        "jobs": jobs,
        "wall_seconds": round(time.monotonic() - began, 2),
    }


def holds(report: dict[str, Any]) -> bool:
    """Every day was read and no rule was broken."""
    return not report["unread"] and not any(run["violations"] for run in report["runs"])


def days(paths: Sequence[Path]) -> list[Path]:
    """Each path that holds a day, or the folders in it, by name; none twice. Raises NotADay where a path is no folder."""
    found = list[Path]()
    for path in paths:
        if not path.is_dir():
            raise NotADay(f"{path} is no folder")
        inside = sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))
        found += [path] if holds_day(path) or not inside else inside
    return list({one.resolve(): one for one in found}.values())


def named(found: Sequence[Path]) -> list[tuple[Path, str]]:
    """Each with the name of its folder, and with its parent's too where two have the same."""
    names = [one.resolve().name for one in found]
    return [
        (one, name if names.count(name) == 1 else f"{one.resolve().parent.name}/{name}")
        for one, name in zip(found, names, strict=True)
    ]


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ended(run: Run) -> Ended:
    """One day from its files to its score. What a file or a day has wrong is told; anything else is raised."""
    try:
        return Ended(run, replay(load(run.path, run.policy, run.ready), "memory", Settings()), None)
    except (TrackError, OSError, UnicodeError) as error:
        return Ended(run, None, f"{type(error).__name__}: {error}")


def _all_ended(runs: Sequence[Run], jobs: int) -> Generator[Ended, None, None]:
    """As they end. The largest begin first, or the last of them would keep one core busy alone."""
    first = sorted(runs, key=_bytes, reverse=True)
    if jobs == 1:
        yield from map(ended, first)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    try:
        yield from (one.result() for one in as_completed([pool.submit(ended, run) for run in first]))
    except BrokenProcessPool as error:
        raise ProcessLost("a process of the backtest was killed; try fewer --jobs") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _bytes(run: Run) -> int:
    return sum(file.stat().st_size for file in run.path.iterdir() if file.is_file())


def _watched(ending: Iterator[Ended], of: int) -> Iterator[Ended]:
    """A bar on stderr, where somebody looks at it."""
    screen = Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=screen, disable=not screen.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=of)
        for one in ending:
            progress.update(task, advance=1, description=f"{one.run.day} {one.run.policy}/{one.run.ready}")
            yield one
