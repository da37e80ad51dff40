"""`track recompute` → here → infra/recompute.py: KPI rows as this release counts them."""

from typing import Annotated

import typer

from infra.export_verb import RANGE_HELP, time_of
from infra.options import running


def recompute(
    city: Annotated[str | None, typer.Option(help="its id; the newest where none is named")] = None,
    since: Annotated[str | None, typer.Option(help=f"minutes that end from this time on: {RANGE_HELP}")] = None,
) -> None:
    """Count a city's KPIs anew from its log and write the rows since then; its agents wait, then who counts begins again."""
    from infra.postgres_connection import named, session
    from infra.recompute import recomputed

    settings, begins = running("postgres_url"), time_of("--since", since)
    with session(settings) as connection:
        which = named(connection, city)
    typer.echo(f"{recomputed(settings, which, begins):,} minutes of {which} are counted anew")
