"""`track backtest PATH…` → here → a table of every day × policy × ready mode; exit 1 when a rule was broken."""

from pathlib import Path
from typing import Annotated

import typer

from infra.backtest_table import ReadyMode
from infra.options import JsonFile, save

MODES: dict[str, tuple[ReadyMode, ...]] = {
    "known": ("known",),
    "estimated": ("estimated",),
    "both": ("known", "estimated"),
}
POLICY_HELP = "nearest, batch or rolling; may be said several times; all of them when none is named"
READY_HELP = "known: announced at placement; estimated: nobody knows; or both"


def backtest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="recorded days, or folders of them")],
    policy: Annotated[list[str] | None, typer.Option(help=POLICY_HELP)] = None,
    ready: Annotated[str, typer.Option(help=READY_HELP)] = "both",
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; as many as there are cores when not said")] = None,
    json_file: JsonFile = None,
) -> None:
    """Replay recorded days in memory, all the cores at once, and compare; exit 1 names the rule or the day that is broken."""
    from infra.backtest import backtest as run
    from infra.backtest import cores, holds
    from infra.backtest_table import table
    from models.dispatch import POLICIES

    if ready not in MODES:
        raise typer.BadParameter(f"--ready is {' or '.join(MODES)}")
    if unknown := set(policy or ()) - set(POLICIES):
        raise typer.BadParameter(f"no policy: {', '.join(sorted(unknown))}; there are {', '.join(POLICIES)}")
    report = run(paths, list(dict.fromkeys(policy or POLICIES)), MODES[ready], jobs or cores())
    typer.echo("\n".join(table(report)))
    save(report, json_file)
    raise typer.Exit(0 if holds(report) else 1)
