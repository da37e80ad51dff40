"""`track export WHAT` → here → infra/export.py: any range of a city's rows as a file, or to the next program."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.options import running

WHAT_HELP = "orders, ledger, etas, alerts, kpis, hours, levers, positions or facts"
RANGE_HELP = "ISO 8601, as 2026-11-20T18:00; UTC where no offset is given"


def export(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help=WHAT_HELP),
    ],
    city: Annotated[str, typer.Option(help="its id")],
    out: Annotated[Path, typer.Option(help="a file; - is the standard output, of CSV alone")] = Path("-"),
    form: Annotated[str, typer.Option("--format", help="csv or parquet")] = "csv",
    since: Annotated[str | None, typer.Option(help=f"from this time on: {RANGE_HELP}")] = None,
    until: Annotated[str | None, typer.Option(help=f"before this time: {RANGE_HELP}")] = None,
) -> None:
    """A city's rows of any range as CSV or Parquet, streamed: a log of any size in flat memory."""
    from infra import export as module

    if what not in module.KINDS:
        raise typer.BadParameter(f"{what!r} is nothing to export; there are {', '.join(module.KINDS)}")
    if form not in ("csv", "parquet"):
        raise typer.BadParameter(f"--format is csv or parquet, not {form!r}")
    if form == "parquet" and out == module.STDOUT:
        raise typer.BadParameter("Parquet needs a file: say --out FILE")
    wanted = module.Wanted(module.KINDS[what], city, time_of("--since", since), time_of("--until", until))
    count = module.export(running("postgres_url"), wanted, "parquet" if form == "parquet" else "csv", out)
    typer.echo(f"{count:,} rows of {what}", err=True)


def time_of(option: str, said: str | None) -> datetime | None:
    """An instant. Raises BadParameter with an example."""
    if said is None:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError as error:
        raise typer.BadParameter(f"{option} {said}: a time is {RANGE_HELP}") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
