"""A server that does not answer is one error, whatever was asked: who gets it tries again."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import psycopg
import pytest
from redis.asyncio import Redis

from models.ids import CityId, CommandId
from pipelines.adapters.postgres_log import Postgres, PostgresBudgets, PostgresLog
from pipelines.adapters.redis_live import RedisLive
from pipelines.ports import Budget, Budgets, Holding, Live, LiveWrite, Log, Span, StoreAway
from tests.contracts.morning import AGENT, driver, hold
from tests.unit.models.builders import T0

if TYPE_CHECKING:
    from infra.local.servers import Servers

NOWHERE = CityId("nowhere")


@pytest.fixture
def dead_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
async def postgres(migrated: "Servers") -> AsyncIterator[Postgres]:
    made = Postgres(migrated.postgres_url)
    yield made
    await made.close()


async def worked(log: Log) -> None:
    async with log.unit_of_work(Holding(AGENT, NOWHERE, 1, 0)):
        """The fence is asked before."""


LOG: dict[str, Callable[[Log], Awaitable[object]]] = {
    "begin": lambda log: log.begin(AGENT, NOWHERE, None),
    "facts": lambda log: log.facts(NOWHERE, 1),
    "told": lambda log: log.told(NOWHERE, [CommandId("c")]),
    "stored": lambda log: log.stored(NOWHERE, [Span(1, 1)]),
    "checkpoint": lambda log: log.checkpoint(AGENT, NOWHERE, 1),
    "opening": lambda log: log.opening(NOWHERE),
    "unit_of_work": worked,
    "add": lambda log: log.add({"drivers": [driver(NOWHERE)]}),
    "recall": lambda log: log.recall(NOWHERE, "drivers"),
}
LIVE: dict[str, Callable[[Live], Awaitable[object]]] = {
    "put": lambda live: live.put(LiveWrite(NOWHERE, AGENT, 1, 1, T0, 0)),
    "fields": lambda live: live.fields(NOWHERE, "orders"),
    "newest_delta": lambda live: live.newest_delta(NOWHERE),
}
BUDGETS: dict[str, Callable[[Budgets], Awaitable[object]]] = {
    "get": lambda budgets: budgets.get("role", "agent"),
    "put": lambda budgets: budgets.put("role", "agent", Budget(1, 100)),
}


@pytest.mark.parametrize("asked", LOG.values(), ids=LOG)
async def test_a_log_that_does_not_answer_is_away(
    dead_port: int, asked: Callable[[PostgresLog], Awaitable[object]]
) -> None:
    with pytest.raises(StoreAway):
        await asked(PostgresLog(Postgres(f"postgresql://nobody@127.0.0.1:{dead_port}/none")))


@pytest.mark.parametrize("asked", LIVE.values(), ids=LIVE)
async def test_live_views_that_do_not_answer_are_away(
    dead_port: int, asked: Callable[[RedisLive], Awaitable[object]]
) -> None:
    live = RedisLive(Redis.from_url(f"redis://127.0.0.1:{dead_port}", socket_connect_timeout=1))

    with pytest.raises(StoreAway):
        await asked(live)
    await live.close()


@pytest.mark.parametrize("asked", BUDGETS.values(), ids=BUDGETS)
async def test_budgets_that_do_not_answer_are_away(
    dead_port: int, asked: Callable[[PostgresBudgets], Awaitable[object]]
) -> None:
    with pytest.raises(StoreAway):
        await asked(PostgresBudgets(Postgres(f"postgresql://nobody@127.0.0.1:{dead_port}/none")))


@pytest.mark.real
async def test_a_connection_that_breaks_is_away_once_and_then_made_anew(postgres: Postgres, city: CityId) -> None:
    log = PostgresLog(postgres)
    held = await log.begin(AGENT, city, None)
    await cut(postgres)

    with pytest.raises(StoreAway):
        await log.opening(city)
    assert await log.begin(AGENT, city, held.epoch) == held


@pytest.mark.real
async def test_a_server_that_is_a_standby_by_now_is_away_once_and_asked_anew(postgres: Postgres, city: CityId) -> None:
    """Its records are good: as letters they would be lost, and the role paused."""
    log = PostgresLog(postgres)
    async with postgres.connection() as connection:
        await connection.execute("set default_transaction_read_only = on")

    with pytest.raises(StoreAway):
        await log.begin(AGENT, city, None)
    assert (await log.begin(AGENT, city, None)).epoch == 1


@pytest.mark.real
async def test_a_redis_that_takes_no_writes_is_away(postgres_and_valkey: "Servers", city: CityId) -> None:
    client = Redis.from_url(postgres_and_valkey.redis_url)
    await client.config_set("min-replicas-to-write", 1)
    try:
        with pytest.raises(StoreAway, match="NOREPLICAS"):
            await RedisLive(client).put(LiveWrite(city, AGENT, 1, 1, 0, 0, {}))
    finally:
        await client.config_set("min-replicas-to-write", 0)
        await client.aclose()


@pytest.mark.real
async def test_a_connection_that_breaks_inside_a_unit_of_work_stores_nothing(postgres: Postgres, city: CityId) -> None:
    log = PostgresLog(postgres)
    held = await hold(log, city, seq=5)

    with pytest.raises(StoreAway):
        await write_and_cut(log, held)
    assert await log.recall(city, "drivers") == []
    assert (await log.begin(AGENT, city, held.epoch)).seq == 0


async def write_and_cut(log: PostgresLog, held: Holding) -> None:
    async with log.unit_of_work(held) as work:
        await work.write({"drivers": [driver(held.city)]})
        await cut(log.postgres)


async def cut(postgres: Postgres) -> None:
    """As when the server goes: its side of the connection ends, and it says so only to who asks next."""
    async with postgres.connection() as connection:
        pid = connection.info.backend_pid
    async with await psycopg.AsyncConnection.connect(postgres.url, autocommit=True) as other:
        await other.execute("select pg_terminate_backend(%s, 5000)", (pid,))
