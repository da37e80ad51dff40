"""a city in Postgres, or a recorded day → here → pandas frames for a notebook: the same frames either way.

`from infra.analyst import city, made, orders, kpis, hours, ledger, etas, log_at`. Times are timestamps in UTC, durations are
minutes.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import DateTime

from infra.options import running
from models import codec
from models.city import City, apply
from models.errors import TrackError
from models.events import Fact
from models.ids import CityId
from models.kpi_registry import REGISTRY
from models.lateness import Booked
from models.rows import Row
from models.rules import DEFAULT_POLICY
from models.tables import METADATA
from models.ways import MINUTE_MS

if TYPE_CHECKING:
    import pandas

    from simulator.scenario import Scenario

TURN_SECONDS = 30
LOST = Booked.__struct_fields__


class NotOpenYet(TrackError):
    """The moment is before the city's first fact."""


class Opened(NamedTuple):
    """A city: the rows of its tables as its agents made them (times in ms), and its log."""

    id: CityId
    rows: Callable[[str], list[Row]]
    facts: Callable[[], list[Fact]]


def city(
    name: str | None = None, source: Path | None = None, policy: str = DEFAULT_POLICY, ready: str = "estimated"
) -> Opened:
    """A city of the running stack, the newest where none is named; or that of a folder with a recorded day, in memory.

    Raises NoSuchCity, NotADay, BrokenFile, StoreAway, NoStack.
    """
    return _stored(name) if source is None else _replayed(source, policy, ready)


def _stored(name: str | None) -> Opened:
    from infra.postgres_connection import named, session
    from pipelines.adapters import sql

    settings = running("postgres_url")
    with session(settings) as connection:
        which = named(connection, name)

    def rows(table: str) -> list[Row]:
        with session(settings) as connection:
            shape = sql.shapes(connection.execute(sql.CATALOG).fetchall())[table]
            return [sql.recalled(shape, row) for row in connection.execute(sql.everything(shape), (which,)).fetchall()]

    def facts() -> list[Fact]:
        with session(settings) as connection:
            query = "select fact from city_events where city_id = %s order by seq"
            return [codec.decode_fact(raw) for (raw,) in connection.execute(query, (which,), binary=True).fetchall()]

    return Opened(which, rows, facts)


def _replayed(source: Path, policy: str, ready: str) -> Opened:
    from infra.replay import load

    return _lived(load(source, policy, ready), CityId(source.name))


def made(seed: int = 7, drivers: int = 35, orders_per_hour: int = 80) -> Opened:
    """A made-up evening in memory, with too few drivers for its orders: the same arguments, the same evening.

    It has a turn every 30 s: with the demo's, every second, it takes 45 s instead of 6.
    """
    from simulator.sources.synthetic import build

    return _lived(build(seed, drivers, orders_per_hour, tick_seconds=TURN_SECONDS), CityId(f"evening-{seed}"))


def _lived(day: "Scenario", which: CityId) -> Opened:
    """On a thread of its own: a notebook's cell runs in a loop already, and no other can begin in its thread."""
    from infra.inprocess import replay_in_memory
    from simulator.engine import Engine

    with ThreadPoolExecutor(1) as aside:
        log = aside.submit(replay_in_memory, Engine(day, which)).result().log

    def rows(table: str) -> list[Row]:
        return [row for _, row in sorted(log.tables[table].items())]

    return Opened(which, rows, lambda: [codec.decode_fact(raw) for raw in log.raw[which]])


def time_zone(one: Opened) -> str:
    """The name of the zone that the city's clocks show."""
    [row] = one.rows("cities")
    return str(row["rules"]["time_zone"])


def orders(one: Opened) -> "pandas.DataFrame":
    """One row an order, by its id: the columns of `orders` but the customer, and three durations."""
    found = frame("orders", one.rows("orders")).drop(columns="customer_id")
    found["click_to_door_minutes"] = _minutes(found["actual_delivery"] - found["created_at"])
    found["late_minutes"] = _minutes(found["actual_delivery"] - found["estimated_delivery"]).clip(lower=0)
    found["ready_to_pickup_minutes"] = _minutes(found["picked_up_at"] - found["ready_at"])
    return found


def kpis(one: Opened) -> "pandas.DataFrame":
    """One row a closed minute, by time: `models/kpi_registry.py` says what each column means."""
    return frame("kpi_minutes", one.rows("kpi_minutes"))


def hours(one: Opened) -> "pandas.DataFrame":
    """One row a minute, by time: the hour that ends with it, of which the city was open for `window_minutes`.

    Counts, percentiles and means as they are stored; beside them each share of `models/kpi_registry.py` by its name, from 0
    to 1, and `orders_per_courier_hour`, missing where there is nothing to divide by. `supply`: of each zone that has open
    orders, free drivers for one of them.
    """
    found = frame("kpi_hours", one.rows("kpi_hours"))
    for name, share in ((kpi.name, kpi.share) for kpi in REGISTRY.values() if kpi.share):
        whole = found[list(share.whole)].sum(axis=1)
        found[name] = found[share.part] * share.each / whole.where(whole > 0)
    found["supply"] = found.pop("zones").map(_supply)
    return found


def _supply(zones: dict[str, tuple[int, int]]) -> dict[str, float]:
    return {zone: free / wanted for zone, (free, wanted) in zones.items() if wanted}


def ledger(one: Opened) -> "pandas.DataFrame":
    """One row a late order: minutes late, and minutes by the stage that lost them, which sum to it."""
    found = frame("lateness_ledger", one.rows("lateness_ledger"))
    for name in ("late", *LOST):
        found[f"{name}_minutes"] = found.pop(f"{name}_ms") / MINUTE_MS
    return found


def etas(one: Opened) -> "pandas.DataFrame":
    """One row an order and moment (placed, ready, picked up): how wrong the first estimate since then was, in minutes."""
    found = frame("eta_scores", one.rows("eta_scores"))
    for name in ("error", "baseline_error", "width", "jump"):
        found[f"{name}_minutes"] = found.pop(f"{name}_ms") / MINUTE_MS
    return found


def log_at(one: Opened, at: datetime) -> City:
    """The city as its log has it at a moment: every fact up to then, folded. Raises NotOpenYet before its first one."""
    until, found = round(at.timestamp() * 1000), City(one.id)
    for fact in one.facts():
        if fact.at > until:
            break
        apply(found, fact)
    if found.seq == 0:
        raise NotOpenYet(f"{one.id} was not open at {at.isoformat()}")
    return found


def frame(table: str, rows: Iterable[Row]) -> "pandas.DataFrame":
    """Rows of a table as the agents made them; a table without rows has its columns all the same."""
    import pandas

    columns = [column.name for column in METADATA.tables[table].columns if column.name != "city_id"]
    found = pandas.DataFrame(list(rows), columns=columns)
    for name in _times(table):
        found[name] = pandas.to_datetime(found[name], unit="ms", utc=True)
    return found


@cache
def _times(table: str) -> tuple[str, ...]:
    return tuple(column.name for column in METADATA.tables[table].columns if isinstance(column.type, DateTime))


def _minutes(span: Any) -> Any:
    return span.dt.total_seconds() / 60
