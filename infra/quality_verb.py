"""`track quality` → here → infra/quality.py: are the rows of a running stack, or of a day that comes in, as they must be?"""

from pathlib import Path
from typing import Annotated

import typer

from infra.options import JsonFile, running, save


def quality(
    path: Annotated[
        Path | None, typer.Argument(help="a folder with a recorded day, before it is replayed; else the running stack")
    ] = None,
    city: Annotated[str | None, typer.Option(help="one city of the running stack; all when none is named")] = None,
    stale_minutes: Annotated[int, typer.Option(min=1, help="so old may an open city's newest fact be")] = 10,
    docs: Annotated[Path | None, typer.Option(help="a folder for the Data Docs; .track/quality/docs")] = None,
    json_file: JsonFile = None,
) -> None:
    """Hold the rows of every table, or of a recorded day, to their rules; exit 1 names each row that breaks one."""
    from infra import quality as module
    from models.settings import Settings

    pages = docs or Settings().state_dir / "quality" / "docs"
    if path is None:
        found = module.of_postgres(running("postgres_url"), city, stale_minutes, pages)
    else:
        from infra import incoming

        found = incoming.examined(path, pages)
    for line in module.table(found):
        typer.echo(line)
    typer.echo(f"Data Docs: {pages / 'index.html'}")
    save(module.report(found, pages), json_file)
    raise typer.Exit(1 if any(one.fails for one in found) else 0)
