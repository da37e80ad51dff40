"""a closed city, some time later → here → its live views gone, and its checkpoints but the last. The log and the rows stay.

In a loop beside the streams. All keys of a city go in one transaction, so that a screen finds the whole of it or nothing;
`rebuild-live` brings it back.
"""

from typing import Any

import psycopg
from redis.asyncio import Redis

from models.ids import CityId
from models.views import CITIES, Key, key, progress_key
from pipelines.cities import WRITER
from pipelines.roles import ROLES

CLOSED = "select city_id from cities where closed and city_id = any(%s) order by city_id"
THIN = """delete from city_checkpoints one where agent = any(%s) and city_id = %s and exists (
    select from city_checkpoints newer where newer.agent = one.agent and newer.city_id = one.city_id and newer.seq > one.seq)"""
AGENTS = [agent.name for agents in ROLES.values() for agent in agents]
SEEN_CLOSED = "seen_closed_at"
"""Field of the writer's progress: since when (wall, ms) this loop knows that the city is closed."""


async def retire(connection: psycopg.AsyncConnection[Any], redis: "Redis", now_ms: int, keep_ms: float) -> list[str]:
    """One pass over the closed cities that a screen may choose; what was done, in words. `connection` is in autocommit."""
    names: list[Any] = await redis.hkeys(CITIES)
    shown = [name.decode() for name in names]
    closed = await (await connection.execute(CLOSED, (shown,))).fetchall()
    return [line for (city,) in closed for line in await _retire(CityId(city), connection, redis, now_ms, keep_ms)]


async def _retire(
    city: CityId, connection: psycopg.AsyncConnection[Any], redis: "Redis", now_ms: int, keep_ms: float
) -> list[str]:
    """The views last: a pass that dies before them is made again."""
    progress = progress_key(city, WRITER)
    await redis.hsetnx(progress, SEEN_CLOSED, str(now_ms))
    if now_ms - int(await redis.hget(progress, SEEN_CLOSED) or now_ms) < keep_ms:
        return []
    thinned = await connection.execute(THIN, (AGENTS, city))
    async with redis.pipeline(transaction=True) as together:
        together.hdel(CITIES, city)
        together.unlink(*keys(city))
        await together.execute()
    return [f"{city}: closed, its live views are gone and {thinned.rowcount} checkpoints"]


def keys(city: CityId) -> list[str]:
    """Every Redis key of a city."""
    return [*(key(city, name) for name in Key), *(progress_key(city, agent) for agent in AGENTS)]
