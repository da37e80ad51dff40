"""Postgres → here → a city's last two hours of KPIs, and where the late minutes of the last one were lost.

One round trip; it is asked every ten seconds a process, for all who look on.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import msgspec
import psycopg

from dashboard.snapshot import StoreAway
from models.ids import CityId, Instant, RestaurantId
from models.kpis import KpiMinute
from models.lateness import Booked

MINUTES, KITCHENS = 120, 3
HISTORY = f"""
    select minute, {", ".join(f for f in KpiMinute.__struct_fields__ if f != "minute")}
    from kpi_minutes where city_id = %s order by minute desc limit {MINUTES}
"""
LOST = f"""
    select restaurant_id, count(*), {", ".join(f"sum({stage}_ms)::int8" for stage in Booked.__struct_fields__)}
    from lateness_ledger where city_id = %s and ended_at >
        (select max(minute) from kpi_minutes where city_id = %s) - interval '60 minutes'
    group by rollup (restaurant_id) having count(*) > 0
    order by sum(late_ms) desc, restaurant_id nulls first limit {KITCHENS + 1}
"""
"""Of all, and of the kitchens that have most: an hour by event time, as the KPIs have it.

A rollup of no rows has one, of nulls: `having` keeps it away from a calm city.
"""


class Lost(msgspec.Struct, frozen=True):
    """What so many late orders of a restaurant lost, by stage; `restaurant` None: of the whole city."""

    restaurant: RestaurantId | None
    orders: int
    booked: Booked


class History(msgspec.Struct, frozen=True):
    """`minutes`: oldest first; `lost`: of the city, then of the worst kitchens, empty when nothing came late."""

    minutes: tuple[KpiMinute, ...]
    lost: tuple[Lost, ...]
    read_at: Instant


def history(postgres_url: str | None, city: CityId, now_ms: Callable[[], Instant]) -> History:
    """Raises StoreAway. A connection a call: a kept one would need a doctor of its own."""
    if postgres_url is None:
        raise StoreAway("TRACK_POSTGRES_URL is not set")
    try:
        with psycopg.connect(postgres_url, connect_timeout=2, options="-c statement_timeout=2000") as link:
            with link.pipeline():
                minutes, lost = link.execute(HISTORY, (city,)), link.execute(LOST, (city, city))
            return History(
                tuple(minute_of(row) for row in reversed(minutes.fetchall())),
                tuple(lost_of(row) for row in lost.fetchall()),
                now_ms(),
            )
    except psycopg.Error as error:
        raise StoreAway("Postgres does not answer") from error


def minute_of(row: tuple[Any, ...]) -> KpiMinute:
    """A row of `kpi_minutes`, in the order of HISTORY."""
    at, *counts = row
    return KpiMinute(round(cast(datetime, at).timestamp() * 1000), *counts)


def lost_of(row: tuple[Any, ...]) -> Lost:
    """A row of the ledger's sums, in the order of LOST."""
    restaurant, orders, *booked = row
    return Lost(restaurant, orders, Booked(*booked))
