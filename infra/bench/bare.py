"""`bench-pings` → here → Redis and Postgres: the reference. A bare aiokafka loop that writes the same rows as ours.

No Faust, no guard, no rules, no ticks: what the frames cost at least in Python. Redis is not kept waiting for Postgres.
"""

import asyncio
import time
from typing import Any

import msgspec
import psycopg
from aiokafka import AIOKafkaConsumer
from redis.asyncio import Redis

from infra.bench.fleet import ORIGIN, Fleet
from models import codec
from models.commands import Ping
from models.geo import from_plane
from models.rows import slot_of
from models.settings import Settings
from models.topics import DRIVER_PINGS
from models.views import Key, key
from pipelines.adapters import sql

TOPIC = "bench-pings"
PATIENCE_MS, POLL_MS = 60_000, 1_000
"""What has not come a minute after the last ping does not come."""
Rows = list[tuple[Any, ...]]


def consume(fleet: Fleet, settings: Settings) -> float:
    """The CPU seconds it took to write every ping of the fleet."""
    began = time.process_time()
    asyncio.run(_consume(fleet, settings))
    return time.process_time() - began


async def _consume(fleet: Fleet, settings: Settings) -> None:
    options = {"bootstrap_servers": settings.kafka_bootstrap, "group_id": "bench-bare", "auto_offset_reset": "earliest"}
    consumer, redis = AIOKafkaConsumer(TOPIC, **options), Redis.from_url(str(settings.redis_url))
    rows: asyncio.Queue[Rows | None] = asyncio.Queue()
    writer = asyncio.create_task(_write(rows, str(settings.postgres_url)))
    await consumer.start()
    try:
        await _loop(fleet, consumer, redis, rows)
    finally:
        await consumer.stop()
        await redis.aclose()
        rows.put_nowait(None)
        await writer


async def _loop(fleet: Fleet, consumer: Any, redis: Any, rows: "asyncio.Queue[Rows | None]") -> None:
    slots: dict[str, int] = {}
    left = fleet.pings + fleet.repeats
    while left > 0 and time.time_ns() // 1_000_000 < fleet.at(fleet.pings) + PATIENCE_MS:
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=200)
        pings = [ping for some in found.values() for one in some for ping in _pings(one)]
        if not pings:
            continue
        fields = {ping.driver: msgspec.json.encode(ping) for ping in pings}
        await redis.hset(key(fleet.city, Key.POSITIONS), mapping=fields)
        rows.put_nowait([row for ping in pings if (row := _row(fleet.city, ping, slots)) is not None])
        left -= len(pings)


def _pings(record: Any) -> tuple[Ping, ...]:
    frame: Any = codec.decode(DRIVER_PINGS.name, record.value, dict(record.headers)).message
    return tuple(frame.pings)


def _row(city: str, ping: Ping, slots: dict[str, int]) -> tuple[Any, ...] | None:
    """None when the slot's row was made already."""
    slot = slot_of(ping.at)
    if slots.get(ping.driver) == slot:
        return None
    slots[ping.driver] = slot
    at = from_plane(ping.point, ORIGIN)
    return city, ping.driver, sql.when(slot), sql.when(ping.at), at.lat, at.lon


async def _write(rows: "asyncio.Queue[Rows | None]", url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        shape = sql.shapes(await (await connection.execute(sql.CATALOG)).fetchall())["driver_positions"]
        while (some := await rows.get()) is not None:
            if some:
                await connection.execute(sql.insert(shape), [list(column) for column in zip(*some, strict=True)])
