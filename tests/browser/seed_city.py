"""a planned day → here → Redis and `kpi_minutes`, as the agents would write them. A moving city without the pipeline.

`python -m tests.browser.seed_city` starts a Valkey of its own and keeps 400 orders moving until Ctrl-C.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
import redis

from models.kpis import KpiMinute
from models.views import AGENTS, CITIES, CityCard, Key, key, progress_key
from models.ways import MINUTE_MS
from tests.browser.planned_city import CITY, RULES, PlannedCity
from tests.browser.servers import valkey

encode = msgspec.json.Encoder().encode
COLUMNS = [f for f in KpiMinute.__struct_fields__ if f != "minute"]
TABLE = f"""
    create table if not exists kpi_minutes (
        city_id text, minute timestamptz, {", ".join(f"{c} float8" for c in COLUMNS)}, primary key (city_id, minute))
"""


def write(live: "redis.Redis", planned: PlannedCity, now: int, produced_at: int | None = None) -> None:
    """The city at `now` into Redis, in one transaction: a reader never sees half a tick."""
    drivers, needs = planned.drivers(now), planned.needs(now)
    hashes: dict[str, dict[str, Any]] = {
        Key.CITY: {"now": planned.view(now), "rules": RULES},
        Key.ORDERS: {o.id: o for o in planned.orders(now)},
        Key.DRIVERS: {view.id: view for view, _ in drivers},
        Key.POSITIONS: {position.driver: position for _, position in drivers},
        Key.RESTAURANTS: {r.id: r for r in planned.restaurants},
        Key.ETAS: {told.order: told for told in planned.etas(now)},
        Key.KPIS: {"now": planned.kpi(now - now % MINUTE_MS)},
        Key.NEEDS: {need.order: need for need in needs},
        Key.QUEUE: {"now": [need.order for need in needs]},
        Key.INCIDENTS: {one.id: one for one in (planned.incident(now),)},
        Key.LEVERS: {one.id: one for one in planned.levers(now)},
        Key.FORETOLD: {"now": planned.foretold(now)},
        Key.ALERTS: {one.id: one for one in (planned.alert(now),)},
    }
    pipe = live.pipeline(transaction=True)
    pipe.hset(CITIES, CITY, encode(CityCard(RULES.name, planned.opened)))
    for name, values in hashes.items():
        pipe.delete(key(CITY, name))
        if values:
            pipe.hset(key(CITY, name), mapping={field: encode(value) for field, value in values.items()})
    told = {"epoch": 1, "seq": planned.view(now).seq, "as_of": now, "produced_at": produced_at or now}
    for agent in AGENTS:
        pipe.hset(progress_key(CITY, agent), mapping=told)
    pipe.execute()


def write_minutes(postgres_url: str, planned: PlannedCity, now: int) -> None:
    """Two hours of KPI minutes into Postgres, in a table like the real one when there is none yet."""
    minutes = [planned.kpi(now - now % MINUTE_MS - i * MINUTE_MS) for i in range(120)]
    values = ", ".join(["%s"] * (len(COLUMNS) + 2))
    with psycopg.connect(postgres_url) as link:
        link.execute(TABLE)
        link.cursor().executemany(
            f"insert into kpi_minutes (city_id, minute, {', '.join(COLUMNS)}) values ({values}) on conflict do nothing",
            [(CITY, datetime.fromtimestamp(m.minute / 1000, UTC), *(getattr(m, c) for c in COLUMNS)) for m in minutes],
        )


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Seed the stores of the environment (or a Valkey of our own) and keep the city moving."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with valkey() if "TRACK_REDIS_URL" not in os.environ else _given(os.environ["TRACK_REDIS_URL"]) as url:
        live, planned = redis.Redis.from_url(url), PlannedCity(now_ms())
        if postgres_url := os.environ.get("TRACK_POSTGRES_URL"):
            write_minutes(postgres_url, planned, now_ms())
        sys.stderr.write(f"TRACK_REDIS_URL={url}\n")
        while True:
            with suppress(redis.RedisError):  # a store that was taken away comes back
                write(live, planned, now_ms())
            time.sleep(1 - time.time() % 1)


@contextmanager
def _given(url: str) -> Iterator[str]:
    yield url


if __name__ == "__main__":
    main()
