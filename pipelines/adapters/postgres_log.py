"""agents → here → Postgres: the log, its rows, outcomes, progress and checkpoints. One connection an agent.

The fence is the transaction's first statement and is answered before another is sent: else a stale worker meets
`seq already exists` and takes a good command for a poisoned one. The rest goes out in one pipelined round trip.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import psycopg

from models import codec
from models.events import Fact
from models.ids import CityId, CommandId
from models.rows import Row, Rows
from models.rules import Rules
from pipelines.adapters import sql
from pipelines.adapters.entries import CHECKPOINTS_KEPT, command_row, event_row
from pipelines.ports import Budget, Checkpoint, Fenced, Holding, Opening, Outcome, Span, StoreAway, UnitOfWork

LAST_SEQ = 2**63 - 1
BEGIN = """insert into agent_progress (agent, city_id, seq, epoch) values (%s, %s, 0, 1)
    on conflict (agent, city_id) do update set epoch = agent_progress.epoch + 1 returning epoch, seq"""
CHECK = "select epoch, seq from agent_progress where agent = %s and city_id = %s"
FENCE = """update agent_progress set seq = %s, written_at = now()
    where agent = %s and city_id = %s and epoch = %s returning 1"""
FACTS = "select fact from city_events where city_id = %s and seq between %s and %s order by seq"
TOLD = "select command_id, first_seq, last_seq from commands where city_id = %s and command_id = any(%s)"
STORED = """select distinct e.seq, e.fact from unnest(%s::int8[], %s::int8[]) as span(first, last)
    join city_events e on e.city_id = %s and e.seq between span.first and span.last order by e.seq"""
CHECKPOINT = """select seq, state from city_checkpoints where agent = %s and city_id = %s and seq <= %s
    order by seq desc limit 1"""
OLDER = """delete from city_checkpoints where agent = %(agent)s and city_id = %(city)s and seq <= (
    select seq from city_checkpoints where agent = %(agent)s and city_id = %(city)s
    order by seq desc offset %(kept)s limit 1)"""
CITIES = "select city_id from agent_progress union select city_id from cities"
HOLDINGS = "select agent, epoch, seq from agent_progress where city_id = %s"
STILL = "select 1 from agent_progress where city_id = %s order by agent for update"
"""Each agent's transaction begins with its own of these rows."""
OPENING = "select rules, (extract(epoch from opened_at) * 1000)::int8 from cities where city_id = %s"
UNLEARN = "delete from city_checkpoints where agent = %s and city_id = %s"
BUDGET = "select run, allowance, paused_because from role_budgets where role = %s and agent = %s"


AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)
"""The last one: the server that answers is a standby now."""


class Postgres:
    """A connection that is made when it is first needed, and anew after it broke."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.shapes: dict[str, sql.Shape] = {}
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[psycopg.AsyncConnection[tuple[Any, ...]]]:
        """Raises StoreAway when Postgres does not answer; the connection is dropped then."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(self.url, autocommit=True, connect_timeout=5)
                catalog = await self._connection.execute(sql.CATALOG)
                self.shapes = sql.shapes(await catalog.fetchall())
            yield self._connection
        except AWAY as error:
            await self.close()
            raise StoreAway(f"Postgres is away: {str(error).strip()}") from error

    async def all(self, query: Any, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        async with self.connection() as connection:
            return await (await connection.execute(query, values, binary=True)).fetchall()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


@asynccontextmanager
async def opened(url: object) -> AsyncIterator[Postgres]:
    """For a while: closed at the end, whatever happens."""
    postgres = Postgres(str(url))
    try:
        yield postgres
    finally:
        await postgres.close()


class PostgresLog:
    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres

    async def begin(self, agent: str, city: CityId, epoch: int | None) -> Holding:
        found = await self.postgres.all(BEGIN if epoch is None else CHECK, (agent, city))
        held, seq = found[0] if found else (0, 0)
        if epoch is not None and epoch != held:
            raise Fenced(f"{agent} holds {city} with epoch {epoch}, now {held}")
        return Holding(agent, city, held, seq)

    async def facts(self, city: CityId, first: int, last: int | None = None) -> list[Fact]:
        found = await self.postgres.all(FACTS, (city, first, LAST_SEQ if last is None else last))
        return [codec.decode_fact(raw) for (raw,) in found]

    async def told(self, city: CityId, commands: Sequence[CommandId]) -> dict[CommandId, Span]:
        found = await self.postgres.all(TOLD, (city, list(commands)))
        return {CommandId(command): Span(first, last) for command, first, last in found}

    async def stored(self, city: CityId, spans: Sequence[Span]) -> list[bytes]:
        found = await self.postgres.all(STORED, ([s.first for s in spans], [s.last for s in spans], city))
        return [raw for _, raw in found]

    async def checkpoint(self, agent: str, city: CityId, at_most: int) -> Checkpoint | None:
        found = await self.postgres.all(CHECKPOINT, (agent, city, at_most))
        return Checkpoint(*found[0]) if found else None

    async def opening(self, city: CityId) -> Opening | None:
        found = await self.postgres.all(OPENING, (city,))
        return Opening(msgspec.convert(found[0][0], Rules), found[0][1]) if found else None

    @asynccontextmanager
    async def unit_of_work(self, holding: Holding) -> AsyncIterator[UnitOfWork]:
        async with self.postgres.connection() as connection, connection.transaction():
            values = (holding.seq, holding.agent, holding.city, holding.epoch)
            if await (await connection.execute(FENCE, values)).fetchone() is None:
                raise Fenced(f"{holding.agent} held {holding.city} with epoch {holding.epoch}")
            async with connection.pipeline():
                yield PostgresWork(connection, holding, self.postgres.shapes)

    async def add(self, rows: Rows) -> None:
        async with self.postgres.connection() as connection:
            for table, some in rows.items():
                if some:
                    shape = self.postgres.shapes[table]
                    await connection.execute(sql.insert(shape), sql.arrays(shape, some))

    async def recall(self, city: CityId, table: str) -> list[Row]:
        async with self.postgres.connection() as connection:
            shape = self.postgres.shapes[table]
            found = await connection.execute(sql.everything(shape), (city,), binary=True)
            return [sql.recalled(shape, values) for values in await found.fetchall()]

    async def cities(self) -> list[CityId]:
        return sorted(CityId(city) for (city,) in await self.postgres.all(CITIES, ()))

    async def holdings(self, city: CityId) -> dict[str, Holding]:
        found = await self.postgres.all(HOLDINGS, (city,))
        return {agent: Holding(agent, city, epoch, seq) for agent, epoch, seq in found}

    @asynccontextmanager
    async def still(self, city: CityId) -> AsyncIterator[None]:
        """Everything this log is asked inside runs in the one transaction that locks the agents out."""
        async with self.postgres.connection() as connection, connection.transaction():
            await connection.execute(STILL, (city,))
            yield

    async def unlearn(self, agent: str, city: CityId) -> None:
        """Whoever holds the city is fenced off, and who takes it next folds it anew from its log."""
        await self.begin(agent, city, None)
        async with self.postgres.connection() as connection:
            await connection.execute(UNLEARN, (agent, city))

    async def mend(self, right: Rows, surplus: Rows) -> None:
        async with self.postgres.connection() as connection:
            for table, some in right.items():
                shape = self.postgres.shapes[table]
                await connection.execute(sql.overwrite(shape), sql.arrays(shape, some))
            for table, some in surplus.items():
                shape = self.postgres.shapes[table]
                await connection.execute(sql.delete(shape), sql.keys(shape, some))


class PostgresWork:
    """The statements of one transaction: one a table, however many rows."""

    def __init__(
        self, connection: psycopg.AsyncConnection[Any], holding: Holding, shapes: dict[str, sql.Shape]
    ) -> None:
        self.connection, self.holding, self.shapes = connection, holding, shapes

    async def append(self, facts: Sequence[Fact], outcomes: Sequence[Outcome]) -> None:
        await self._execute(sql.append, "city_events", [event_row(fact) for fact in facts])
        await self._execute(sql.append, "commands", [command_row(self.holding.city, one) for one in outcomes])

    async def write(self, rows: Rows) -> None:
        for table, some in rows.items():
            await self._execute(sql.upsert, table, some)

    async def keep(self, checkpoint: Checkpoint) -> None:
        row = {"agent": self.holding.agent, "city_id": self.holding.city, **checkpoint._asdict()}
        await self._execute(sql.upsert, "city_checkpoints", [row])
        whose = {"agent": self.holding.agent, "city": self.holding.city, "kept": CHECKPOINTS_KEPT}
        await self.connection.execute(OLDER, whose)

    async def _execute(self, statement: Any, table: str, rows: list[Row]) -> None:
        if rows:
            shape = self.shapes[table]
            await self.connection.execute(statement(shape), sql.arrays(shape, rows))


class PostgresBudgets:
    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres

    async def get(self, role: str, agent: str) -> Budget | None:
        found = await self.postgres.all(BUDGET, (role, agent))
        return Budget(*found[0]) if found else None

    async def put(self, role: str, agent: str, budget: Budget) -> None:
        row = {"role": role, "agent": agent, **msgspec.structs.asdict(budget)}
        async with self.postgres.connection() as connection:
            shape = self.postgres.shapes["role_budgets"]
            await connection.execute(sql.upsert(shape), sql.arrays(shape, [row]))
