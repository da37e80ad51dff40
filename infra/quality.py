"""Postgres, or a folder with a recorded day → pipelines/quality → here → which suites hold, and which rows break a rule."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from infra.postgres_connection import named, session
from models.settings import Settings
from pipelines.quality.examination import Broken, Found, Source, examine
from pipelines.quality.suites import of_the_tables


def of_postgres(settings: Settings, city: str | None, stale_minutes: int, docs: Path) -> list[Found]:
    """What the rows of a city, or of all, are like. Raises StoreAway, OldTables, NoSuchCity, NotAsked."""
    with session(settings) as connection:
        named(connection, city)
    return examine(Source("postgres", str(settings.postgres_url), city), of_the_tables(stale_minutes), docs)


def table(found: Sequence[Found]) -> Iterator[str]:
    """A line a suite, and below it each rule that is broken with the first of its rows."""
    for suite in found:
        broken = [one for one in suite.broken if one.fails]
        told = f"{len(broken)} broken" if broken else "holds"
        yield f"{suite.suite:18} {suite.rules:3} rules, {suite.rows:9,} rows: {told}"
        for one in suite.broken:
            yield from _lines(one)


def _lines(one: Broken) -> Iterator[str]:
    yield f"  {'BROKEN' if one.fails else 'note'}: {one.rule}: {one.rows:,} row{'s' if one.rows != 1 else ''}"
    for row in one.first:
        yield "    " + " ".join(f"{name}={value}" for name, value in row.items())


def report(found: Sequence[Found], docs: Path) -> dict[str, Any]:
    """As JSON has it."""
    suites = [
        one._asdict() | {"fails": one.fails, "broken": [b._asdict() | {"first": _plain(b.first)} for b in one.broken]}
        for one in found
    ]
    return {"fails": any(one.fails for one in found), "suites": suites, "docs": str(docs / "index.html")}


def _plain(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v if isinstance(v, str | int | float | None) else str(v) for k, v in row.items()} for row in rows]
