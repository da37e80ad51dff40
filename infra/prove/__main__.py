"""`make prove` → here → docs/PROMISES.md with the figures of today; exit 1 names every promise that does not hold."""

import os
import platform
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import psutil
import typer

from infra import track
from infra.prove.promises import Known, Promise, parse, rewritten
from infra.prove.proofs import Result, prove
from models.errors import TrackError

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "PROMISES.md"
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)


def main(
    every: Annotated[bool, typer.Option("--all", help="the long ones too")] = False,
    only: Annotated[str, typer.Option(help="the lines that have this in their promise or proof")] = "",
) -> None:
    """Prove what docs/PROMISES.md promises, and write the figures into it."""
    promises = parse(FILE.read_text(), known())
    chosen = [one for one in promises if (every or not one.long) and only.lower() in one.key.lower()]
    began, machine = time.monotonic(), here()
    results = prove(chosen, ROOT)
    stamp = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {time.monotonic() - began:.0f} s on {machine}"
    sets = [] if only else ["quick", "long"] if every else ["quick"]
    save({key: shown(result) for key, result in results.items()}, dict.fromkeys(sets, stamp))
    for line in table(chosen, results):
        typer.echo(line)
    raise typer.Exit(1 if any(one.outcome == "fails" for one in results.values()) else 0)


def known() -> Known:
    """What a proof may name in this tree; `prove` itself is no proof."""
    verbs = typer.main.get_group(track.app).commands
    targets = {one for one in TARGET.findall((ROOT / "Makefile").read_text()) if not one.startswith("prove")}
    return Known(ROOT, frozenset(verbs), frozenset(targets))


def here() -> str:
    """What a figure depends on, and nothing that names the machine."""
    memory = psutil.virtual_memory().total / 2**30
    busy = os.getloadavg()[0]
    return (
        f"{psutil.cpu_count()} cores, {memory:.0f} GB RAM, {platform.system()}, Python {platform.python_version()}; "
        f"load {busy:.1f} as it began"
    )


def save(figures: dict[str, str], stamps: dict[str, str]) -> None:
    """Into the file as it is now, whole or not at all: it may have been edited while the proofs ran."""
    new = FILE.with_suffix(".new")
    new.write_text(rewritten(FILE.read_text(), figures, stamps))
    new.replace(FILE)


def shown(result: Result) -> str:
    """The figure's cell."""
    if result.outcome != "holds":
        return result.figure
    return f"{result.figure or 'holds'}{f' (skipped: {result.why})' if result.why else ''}"


def table(promises: list[Promise], results: dict[str, Result]) -> list[str]:
    """One line a promise, what fails last and with its proofs' names."""
    order = ("holds", "skipped", "fails")
    lines = [
        f"{result.outcome:<8} {one.promise}: {result.why if result.outcome == 'fails' else shown(result)}"
        for one in sorted(promises, key=lambda p: order.index(results[p.key].outcome))
        for result in [results[one.key]]
    ]
    counts = ", ".join(f"{sum(r.outcome == o for r in results.values())} {o}" for o in order)
    return [*lines, f"{len(promises)} promises: {counts}"]


if __name__ == "__main__":
    try:
        typer.run(main)
    except TrackError as error:
        typer.secho(f"{type(error).__name__}: {error}", err=True, fg="red")
        raise SystemExit(2) from error
