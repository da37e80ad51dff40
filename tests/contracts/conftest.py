"""Each port twice: its memory twin, and its adapter on a real server. One suite holds both."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from infra.local.servers import Servers
from models.ids import CityId
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
def migrated(postgres_and_valkey: Servers) -> Servers:
    """The real servers, with tables."""
    upgrade(postgres_and_valkey.postgres_url)
    return postgres_and_valkey


@pytest.fixture(scope="session")
def postgres_url(migrated: Servers) -> str:
    return migrated.postgres_url


@pytest.fixture(params=BOTH)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    if request.param == "memory":
        yield MemoryLog()
        return
    postgres = Postgres(request.getfixturevalue("postgres_url"))
    yield PostgresLog(postgres)
    await postgres.close()


@pytest.fixture
async def another(log: Log) -> AsyncIterator[Log]:
    """The same log, as a second worker holds it: with a connection of its own."""
    if not isinstance(log, PostgresLog):
        yield log
        return
    postgres = Postgres(log.postgres.url)
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
