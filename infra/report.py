"""Postgres → here → a city's day on one page of HTML, whole in itself: what came, what was late, and what made it so."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from psycopg.rows import dict_row

from infra import report_queries as queries
from infra.postgres_connection import session
from models.errors import TrackError
from models.kpi_registry import REGISTRY, tooltip
from models.settings import Settings

DAY = timedelta(days=1)
INSTANT = timedelta(milliseconds=1)
THIN = "\u202f"


class NothingToReport(TrackError):
    """No such city, or no order in that day: no page is written."""


class Span(NamedTuple):
    """`since` ≤ placed < `until`."""

    since: datetime
    until: datetime


def figures(settings: Settings, city: str | None, day: date | None) -> dict[str, Any]:
    """All that the page says. Raises StoreAway, OldTables, NothingToReport."""
    with session(settings) as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        cursor = connection.cursor(row_factory=dict_row)
        which = cursor.execute(queries.CITY, {"city": city}).fetchone()
        if which is None or which["newest_at"] is None:
            raise NothingToReport(f"there is no city {city or ''}".rstrip())
        span = span_of(which, day)
        asked = {"city": which["city_id"], "zone": which["time_zone"], **span._asdict(), "opened": which["opened_at"]}
        totals = cursor.execute(queries.TOTALS, asked).fetchone()
        if totals["orders"] == 0:
            raise NothingToReport(f"{which['city_id']} has no order from {span.since} to {span.until}")
        found = {name: cursor.execute(query, asked).fetchall() for name, query in queries.ALL.items()}
    return {"city": which, "span": span, "totals": totals, **found}


def span_of(city: Mapping[str, Any], day: date | None) -> Span:
    """A day of the city's time zone, as far as there are facts of it; else the 24 h that end with its newest one."""
    newest = city["newest_at"] + INSTANT
    if day is None:
        return Span(newest - DAY, newest)
    zone = ZoneInfo(city["time_zone"])
    since, until = (datetime.combine(one, time.min, zone).astimezone(UTC) for one in (day, day + DAY))
    return Span(since, min(until, newest))


def page(found: Mapping[str, Any], made_at: datetime) -> str:
    """The HTML: no script, no font and no picture from elsewhere."""
    zone = ZoneInfo(found["city"]["time_zone"])
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    pages.filters |= {"count": count, "minutes": minutes, "share": share, "lasted": lasted, "ms": ms, "words": words}
    pages.filters["clock"] = lambda at: f"{at.astimezone(zone):%H:%M}"
    pages.filters["stamp"] = lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
    pages.globals |= {"kpi": REGISTRY, "tooltip": tooltip, "stages": queries.STAGES}
    lost = {by: [row for row in found["lost"] if row["by"] == by] for by in ("restaurant", "zone")}
    whole = next((row for row in found["lost"] if row["by"] == "all"), None)
    late = whole["late_ms"] if whole and whole["late_ms"] else 0
    more = {
        "lost": lost,
        "whole": whole if late else None,
        "late_ms": late,
        "made_at": made_at,
        "age": _age(found, made_at),
    }
    return pages.get_template("report_page.html").render({**found, **more})


def _age(found: Mapping[str, Any], made_at: datetime) -> str:
    return lasted(max(made_at - found["city"]["written_at"], timedelta()))


def count(number: float) -> str:
    """Thousands by thin space."""
    return f"{number:,.0f}".replace(",", THIN).replace("-", "−")


def minutes(value: float | None, places: int = 1) -> str:
    """What rounds to nought has no sign."""
    return "–" if value is None else f"{round(value, places) + 0.0:,.{places}f}".replace(",", THIN).replace("-", "−")


def ms(value: float) -> str:
    """Milliseconds as minutes."""
    return minutes(value / 60_000, 0)


def share(part: float, of: float) -> str:
    return f"{100 * part / of:.1f}{THIN}%" if of else "–"


def lasted(span: timedelta) -> str:
    """Seconds below 2 min, above 90 min hours and minutes, above two days days."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    if seconds <= 90 * 60:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds // 60 % 60} min" if span < 2 * DAY else f"{span.days} days"


def words(name: str) -> str:
    return name.replace("_", " ").capitalize()
