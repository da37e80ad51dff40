"""20,000 drivers → both stores → here → how fast "who is free near here" is answered by Redis and by SQL, and if alike.

The stores are filled by the pipeline's own functions, from facts and positions that its own rules let through.
"""

import asyncio
import math
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import psycopg
from redis.asyncio import Redis

from infra.bench.fleet import ORIGIN, RADIUS_METRES, Fleet
from infra.bench.watch import Quantiles, quantiles
from infra.local.servers import running
from models import codec
from models.changes import Changes, Desk, change
from models.city import City
from models.commands import EndShift
from models.decide import decide
from models.events import Fact, Position, Ticked
from models.geo import EARTH_RADIUS_METRES, LatLon
from models.ids import CityId, DriverId
from models.migrations import upgrade
from models.rows import position_row, rows
from models.settings import Settings
from models.topics import CITY_COMMANDS
from models.travel import Travel
from models.views import Key
from pipelines import live_views
from pipelines.adapters.postgres_log import Postgres, PostgresLog
from pipelines.adapters.redis_live import RedisLive
from pipelines.nearest import Near, nearest_live, nearest_stored
from pipelines.ports import LiveWrite

NOON = 1_800_000_000_000
OFF_EVERY, MUTE_EVERY = 5, 7
"""Every fifth driver has ended the shift, every seventh has not pinged since it began."""
WITHIN_METRES = (300.0, 1_000.0, 5_000.0)
SEED = 20_000


def bench(settings: Settings, drivers: int = 20_000, questions: int = 1_000) -> dict[str, Any]:
    """The report; `broken` has each question that was not answered alike. Raises TrackError."""
    directory = settings.state_dir.resolve() / f"bench-{os.getpid()}"
    own = settings.model_copy(update={"postgres_url": None, "redis_url": None, "kafka_bootstrap": "127.0.0.1:1"})
    with running(own, directory) as servers:
        upgrade(servers.postgres_url)
        report = asyncio.run(compared(servers.postgres_url, servers.redis_url, drivers, questions))
    shutil.rmtree(directory)
    return report


async def compared(postgres_url: str, redis_url: str, drivers: int, questions: int) -> dict[str, Any]:
    """Fill a city of its own, then ask both the same questions in turn."""
    fleet = Fleet(CityId(f"near-{time.time_ns()}"), drivers, 60, 1, NOON)
    postgres, redis = Postgres(postgres_url), Redis.from_url(redis_url)
    try:
        travel = await fill(fleet, PostgresLog(postgres), RedisLive(redis))
        async with postgres.connection() as connection:
            await connection.execute("analyze driver_locations, drivers")
            return await _asked(fleet, travel, redis, connection, questions)
    finally:
        await postgres.close()
        await redis.aclose()


async def fill(fleet: Fleet, log: PostgresLog, live: RedisLive) -> Travel:
    """A city in both stores, right after a tick: some drivers gone, some silent, the others where their last ping was."""
    city, changes = _city(fleet)
    assert city.rules is not None
    for table, some in rows(changes, city).items():
        await log.add({table: some})
    positions = list(city_positions(fleet))
    kept = [position_row(fleet.city, one, city.rules.travel) for one in positions]
    await log.add({"driver_positions": kept})
    last: dict[str, bytes | None] = {one.driver: codec.encode(one) for one in positions}
    hashes: dict[str, dict[str, bytes | None]] = {**live_views.whole_hashes(city), Key.POSITIONS: last}
    available = live_views.available(city)
    await live.put(LiveWrite(fleet.city, "city_commands", 1, city.seq, NOON, 0, hashes, available=available))
    return city.rules.travel


def city_positions(fleet: Fleet) -> list[Position]:
    return [fleet.position(number) for number in range(fleet.drivers) if number % MUTE_EVERY]


def questions_of(number: int) -> list[tuple[LatLon, float]]:
    """Places all over the city and somewhat beyond its edge, the same each time."""
    dice, degree = Random(SEED), math.degrees(1 / EARTH_RADIUS_METRES)
    reach = 1.2 * RADIUS_METRES * degree
    lat, lon = ORIGIN.lat, ORIGIN.lon
    wide = reach / math.cos(math.radians(lat))
    places = (
        LatLon(dice.uniform(lat - reach, lat + reach), dice.uniform(lon - wide, lon + wide)) for _ in range(number)
    )
    return [(place, dice.choice(WITHIN_METRES)) for place in places]


def told(report: dict[str, Any]) -> list[str]:
    """The report for a reader."""
    lines = [f"  {how:<6} p50 {q.p50 / 1000:.1f} ms  p95 {q.p95 / 1000:.1f} ms" for how, q in report["asked"].items()]
    alike = f"  {report['alike']} of {report['questions']} answered with the same drivers in the same order"
    return [f"free drivers within 300 m, 1 km or 5 km, of {report['drivers']}", *lines, alike]


def _city(fleet: Fleet) -> tuple[City, Changes]:
    desk, changes = Desk(City(fleet.city)), Changes()
    for raw in fleet.opening(NOON - 60_000):
        command: Any = codec.decode(CITY_COMMANDS.name, raw, codec.HEADERS).message
        _happen(desk, changes, decide(desk.city, command), command.at)
    for number in range(0, fleet.drivers, OFF_EVERY):
        asked = fleet.command(f"end:{number}", NOON, EndShift(DriverId(fleet.driver(number))))
        _happen(desk, changes, decide(desk.city, asked), NOON)
    _happen(desk, changes, [Ticked(NOON + 1000, tuple(city_positions(fleet)))], NOON + 1000)
    return desk.city, changes


def _happen(desk: Desk, changes: Changes, bodies: Any, at: int) -> None:
    for body in bodies:
        change(desk, changes, Fact(desk.city.id, desk.seq + 1, body.__class__.__name__, at, body))


async def _asked(
    fleet: Fleet, travel: Travel, redis: Any, postgres: psycopg.AsyncConnection[Any], number: int
) -> dict[str, Any]:
    took: dict[str, list[int]] = {"redis": [], "sql": []}
    broken, found = [], 0
    for place, within in questions_of(number):
        live = await _timed(lambda: nearest_live(redis, fleet.city, travel, place, within), took["redis"])  # noqa: B023
        stored = await _timed(lambda: nearest_stored(postgres, fleet.city, place, within), took["sql"])  # noqa: B023
        found += len(live)
        if [one.driver for one in live] != [one.driver for one in stored]:
            broken.append(f"{place} within {within} m: {len(live)} by Redis, {len(stored)} by SQL")
    asked: dict[str, Quantiles | None] = {how: quantiles(some) for how, some in took.items()}
    alike = number - len(broken)
    return {
        "drivers": fleet.drivers,
        "questions": number,
        "found": found,
        "alike": alike,
        "asked": asked,
        "broken": broken,
    }


async def _timed(ask: Callable[[], Awaitable[list[Near]]], took: list[int]) -> list[Near]:
    """Microseconds."""
    began = time.perf_counter_ns()
    answer = await ask()
    took.append((time.perf_counter_ns() - began) // 1000)
    return answer
