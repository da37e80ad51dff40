"""`track report` → here → infra/report.py: a city's last day on one page, to be read, printed or sent on."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.options import running


def report(
    city: Annotated[str | None, typer.Option(help="its id; the city that opened last when none is named")] = None,
    day: Annotated[
        str | None, typer.Option(help="as 2026-11-20, in the city's time zone; else the 24 h up to its newest fact")
    ] = None,
    file: Annotated[Path, typer.Option(help="where the page goes")] = Path("report.html"),
) -> None:
    """Yesterday on one page of HTML: what came, what was late, and what made it so."""
    from infra import report as module

    which = _day(day)
    found = module.figures(running("postgres_url"), city, which)
    try:
        file.write_text(module.page(found, datetime.now(UTC)), encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}") from error
    typer.echo(f"{found['city']['city_id']}: {found['totals']['orders']:,} orders, {file}")


def _day(said: str | None) -> date | None:
    try:
        return None if said is None else date.fromisoformat(said)
    except ValueError as error:
        raise typer.BadParameter(f"--day {said}: a day is as 2026-11-20") from error
