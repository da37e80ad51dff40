"""Each port twice: its memory twin, and its adapter on a real server. One suite holds both."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from models.events import CityId
from models.migrations import upgrade
from pipelines.adapters.memory import MemoryBudgets, MemoryLive, MemoryLog
from pipelines.adapters.postgres_log import Postgres, PostgresBudgets, PostgresLog
from pipelines.adapters.redis_live import RedisLive
from pipelines.ports import Budgets, Live, Log

BOTH = ["memory", pytest.param("real", marks=pytest.mark.real)]


@pytest.fixture
def city() -> CityId:
    """Another one for each test: they share the real servers."""
    return CityId(f"city-{uuid4().hex[:12]}")


@pytest.fixture(scope="session")
def postgres_url(postgres_and_valkey: Any) -> str:
    upgrade(postgres_and_valkey.postgres_url)
    return str(postgres_and_valkey.postgres_url)


@pytest.fixture(params=BOTH)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    if request.param == "memory":
        yield MemoryLog()
        return
    postgres = Postgres(request.getfixturevalue("postgres_url"))
    yield PostgresLog(postgres)
    await postgres.close()


@pytest.fixture(params=BOTH)
async def live(request: pytest.FixtureRequest) -> AsyncIterator[Live]:
    if request.param == "memory":
        yield MemoryLive()
        return
    client = Redis.from_url(request.getfixturevalue("postgres_and_valkey").redis_url)
    yield RedisLive(client)
    await client.aclose()


@pytest.fixture(params=BOTH)
async def budgets(request: pytest.FixtureRequest) -> AsyncIterator[Budgets]:
    if request.param == "memory":
        yield MemoryBudgets()
        return
    postgres = Postgres(request.getfixturevalue("postgres_url"))
    yield PostgresBudgets(postgres)
    await postgres.close()
