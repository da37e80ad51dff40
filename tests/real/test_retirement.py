"""pipelines/retirement.py on real servers: a day after a city closed its views are gone, whole, and nothing else is."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from redis.asyncio import Redis

from models.migrations import upgrade
from models.views import CITIES, CityCard, Key
from pipelines.adapters.entries import PINGS
from pipelines.adapters.redis_live import RedisLive
from pipelines.cities import WRITER
from pipelines.ports import LiveWrite
from pipelines.retirement import keys, retire
from pipelines.roles import ROLES
from tests.unit.models.builders import T0

if TYPE_CHECKING:
    from infra.local.servers import Servers
    from models.ids import CityId

pytestmark = pytest.mark.real
Connection = psycopg.AsyncConnection[Any]
NOW, HOUR, DAY = 1_800_000_000_000, 3_600_000, 24 * 3_600_000


@pytest.fixture
async def redis(postgres_and_valkey: "Servers") -> AsyncIterator["Redis"]:
    client = Redis.from_url(postgres_and_valkey.redis_url)
    await client.delete(CITIES)
    yield client
    await client.aclose()


@pytest.fixture
async def postgres(postgres_and_valkey: "Servers") -> AsyncIterator[Connection]:
    upgrade(postgres_and_valkey.postgres_url)
    async with await Connection.connect(postgres_and_valkey.postgres_url, autocommit=True) as connection:
        yield connection


async def city(postgres: Connection, redis: "Redis", closed: bool) -> "CityId":
    """One that is shown, with a row and three checkpoints."""
    name: CityId = f"city-{uuid4().hex[:12]}"  # type: ignore[assignment]
    await postgres.execute("insert into cities values (%s, %s, %s, now(), %s)", (name, name, Jsonb({}), closed))
    for seq in (10, 20, 30):
        await postgres.execute("insert into city_checkpoints values (%s, %s, %s, %s)", (WRITER, name, seq, b"{}"))
    live = RedisLive(redis)
    views: dict[str, dict[str, bytes | None]] = {Key.ORDERS: {"o1": b"{}"}, Key.CITY: {"now": b"{}"}}
    await live.put(LiveWrite(name, WRITER, 3, 30, T0, 0, views, available=((7.0, 45.0, "d1"),), card=CityCard("C", T0)))
    await live.put(LiveWrite(name, PINGS, 2, 0, T0, 0, {Key.POSITIONS: {"d1": b"{}"}, Key.TICKED: {"t": b"1"}}))
    await live.renew(name, None, 5)
    return name


async def left(redis: "Redis", city: str) -> list[str]:
    return sorted([name.decode() async for name in redis.scan_iter(f"*{city}*")])


async def checkpoints(postgres: Connection, city: str) -> list[int]:
    found = await postgres.execute("select seq from city_checkpoints where city_id = %s order by seq", (city,))
    return [seq for (seq,) in await found.fetchall()]


async def test_a_closed_city_is_shown_for_a_day_and_then_gone_as_a_whole(postgres: Connection, redis: "Redis") -> None:
    town = await city(postgres, redis, closed=True)

    assert await retire(postgres, redis, NOW, DAY) == []
    before = await left(redis, town)
    assert await retire(postgres, redis, NOW + DAY - 1, DAY) == []
    assert await left(redis, town) == before != []
    assert await checkpoints(postgres, town) == [10, 20, 30]

    assert await retire(postgres, redis, NOW + DAY, DAY) == [
        f"{town}: closed, its live views are gone and 2 checkpoints"
    ]
    assert await left(redis, town) == []
    assert await redis.hkeys(CITIES) == []
    assert await checkpoints(postgres, town) == [30]
    assert await retire(postgres, redis, NOW + 2 * DAY, DAY) == []


async def test_an_open_city_stays_however_long_nobody_feeds_it(postgres: Connection, redis: "Redis") -> None:
    town = await city(postgres, redis, closed=False)
    await retire(postgres, redis, NOW, DAY)
    await retire(postgres, redis, NOW + 1000 * DAY, DAY)

    assert await redis.hkeys(CITIES) == [town.encode()]
    assert await checkpoints(postgres, town) == [10, 20, 30]


async def test_a_city_that_was_brought_back_is_shown_for_another_day(postgres: Connection, redis: "Redis") -> None:
    town = await city(postgres, redis, closed=True)
    await retire(postgres, redis, NOW, HOUR)
    await retire(postgres, redis, NOW + HOUR, HOUR)
    await RedisLive(redis).put(LiveWrite(town, WRITER, 4, 30, T0, 0, card=CityCard("C", T0)))

    assert await retire(postgres, redis, NOW + 2 * HOUR, HOUR) == []
    assert await redis.hkeys(CITIES) == [town.encode()]
    assert len(await retire(postgres, redis, NOW + 3 * HOUR, HOUR)) == 1


async def test_every_key_that_an_agent_may_write_is_among_those_that_go(postgres: Connection, redis: "Redis") -> None:
    town = await city(postgres, redis, closed=True)

    assert set(await left(redis, town)) <= set(keys(town))
    assert len(keys(town)) == len(Key) + sum(len(agents) for agents in ROLES.values())
