"""agents → here → dicts. Every port without a server, with the same promises: tests, backtests and notebooks run on it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from models import codec, tables
from models.events import Fact, Position
from models.geo import LatLon
from models.ids import CityId, CommandId, Instant
from models.rows import Row, Rows
from models.rules import Rules
from models.views import CityCard, Delta, Key
from pipelines.adapters.entries import CHECKPOINTS_KEPT, PINGS, command_row, event_row
from pipelines.ports import Budget, Checkpoint, Fenced, Holding, LiveWrite, Opening, Outcome, Span

RowKey = tuple[Any, ...]
KEYS = {t.name: [c.name for c in t.primary_key] for t in tables.METADATA.tables.values()}


class MemoryLog:
    """The log, its rows and its progress."""

    def __init__(self) -> None:
        self.progress: dict[tuple[str, CityId], tuple[int, int]] = {}
        self.raw: dict[CityId, list[bytes]] = {}
        self.known: dict[tuple[CityId, CommandId], Span] = {}
        self.checkpoints: dict[tuple[str, CityId], list[Checkpoint]] = {}
        self.tables: dict[str, dict[RowKey, Row]] = {name: {} for name in KEYS}

    async def begin(self, agent: str, city: CityId, epoch: int | None) -> Holding:
        held, seq = self.progress.get((agent, city), (0, 0))
        if epoch is not None and epoch != held:
            raise Fenced(f"{agent} holds {city} with epoch {epoch}, now {held}")
        self.progress[agent, city] = (held + (epoch is None), seq)
        return Holding(agent, city, *self.progress[agent, city])

    async def facts(self, city: CityId, first: int, last: int | None = None) -> list[Fact]:
        return [codec.decode_fact(raw) for raw in self.raw.get(city, [])[first - 1 : last]]

    async def told(self, city: CityId, commands: Sequence[CommandId]) -> dict[CommandId, Span]:
        return {c: self.known[city, c] for c in commands if (city, c) in self.known}

    async def stored(self, city: CityId, spans: Sequence[Span]) -> list[bytes]:
        seqs = sorted({seq for span in spans for seq in range(span.first, span.last + 1)})
        return [self.raw[city][seq - 1] for seq in seqs]

    async def checkpoint(self, agent: str, city: CityId, at_most: int) -> Checkpoint | None:
        kept = self.checkpoints.get((agent, city), [])
        return next((c for c in reversed(kept) if c.seq <= at_most), None)

    async def opening(self, city: CityId) -> Opening | None:
        row = self.tables["cities"].get((city,))
        return None if row is None else Opening(msgspec.convert(row["rules"], Rules), row["opened_at"])

    @asynccontextmanager
    async def unit_of_work(self, holding: Holding) -> AsyncIterator["MemoryWork"]:
        self._fence(holding)
        work = MemoryWork(self, holding)
        yield work
        self._fence(holding)  # Postgres lets nobody take the city meanwhile; here who took it is the one who holds it
        work.commit()

    def _fence(self, holding: Holding) -> None:
        epoch, _ = self.progress.get((holding.agent, holding.city), (0, 0))
        if epoch != holding.epoch:
            raise Fenced(f"{holding.agent} holds {holding.city} with epoch {holding.epoch}, now {epoch}")

    async def add(self, rows: Rows) -> None:
        for table, some in rows.items():
            for row in some:
                self.tables[table].setdefault(_key(table, row), row)

    async def recall(self, city: CityId, table: str) -> list[Row]:
        return [dict(row) for key, row in sorted(self.tables[table].items()) if row["city_id"] == city]

    async def cities(self) -> list[CityId]:
        return sorted({city for _, city in self.progress} | {key[0] for key in self.tables["cities"]})

    async def holdings(self, city: CityId) -> dict[str, Holding]:
        return {agent: Holding(agent, of, *held) for (agent, of), held in self.progress.items() if of == city}

    @asynccontextmanager
    async def still(self, city: CityId) -> AsyncIterator[None]:
        yield

    async def mend(self, right: Rows, surplus: Rows) -> None:
        for table, some in right.items():
            self.tables[table].update({_key(table, row): row for row in some})
        for table, some in surplus.items():
            for row in some:
                del self.tables[table][_key(table, row)]


class MemoryWork:
    """A transaction: nothing is seen before `commit`."""

    def __init__(self, log: MemoryLog, holding: Holding) -> None:
        self.log, self.holding = log, holding
        self.steps: list[Callable[[], None]] = []

    async def append(self, facts: Sequence[Fact], outcomes: Sequence[Outcome]) -> None:
        city = self.holding.city
        rows = [event_row(fact) for fact in facts]
        raw = [row["fact"] for row in rows]
        spans = {(city, o.command_id): Span(o.first, o.last) for o in outcomes}
        self.steps.append(lambda: self.log.raw.setdefault(city, []).extend(raw))
        self.steps.append(lambda: self.log.known.update(spans))
        await self.write({"city_events": rows, "commands": [command_row(city, o) for o in outcomes]})

    async def write(self, rows: Rows) -> None:
        for table, some in rows.items():
            self.steps += [lambda table=table, row=row: self._put(table, row) for row in some]  # type: ignore[misc]

    async def keep(self, checkpoint: Checkpoint) -> None:
        self.steps.append(lambda: self._keep(checkpoint))

    def commit(self) -> None:
        self.log.progress[self.holding.agent, self.holding.city] = (self.holding.epoch, self.holding.seq)
        for step in self.steps:
            step()

    def _keep(self, checkpoint: Checkpoint) -> None:
        kept = self.log.checkpoints.setdefault((self.holding.agent, self.holding.city), [])
        kept.append(checkpoint)
        del kept[:-CHECKPOINTS_KEPT]

    def _put(self, table: str, row: Row) -> None:
        key = _key(table, row)
        before = self.log.tables[table].get(key)
        if before is None or "version" not in row or before["version"] < row["version"]:
            self.log.tables[table][key] = row


def _key(table: str, row: Row) -> RowKey:
    return tuple(row[name] for name in KEYS[table])


class MemoryLive:
    """Latest views, with Redis's fence."""

    def __init__(self) -> None:
        self.epochs: dict[tuple[CityId, str], int] = {}
        self.hashes: dict[tuple[CityId, str], dict[str, bytes]] = {}
        self.available: dict[CityId, tuple[tuple[float, float, str], ...]] = {}
        self.deltas: dict[CityId, list[tuple[int, bytes]]] = {}
        self.cards: dict[CityId, CityCard] = {}
        self.live_epochs: dict[CityId, int] = {}

    async def put(self, write: LiveWrite) -> None:
        held = self.epochs.get((write.city, write.agent), 0)
        if write.epoch < held:
            raise Fenced(f"{write.agent} shows {write.city} with epoch {write.epoch}, now {held}")
        self.epochs[write.city, write.agent] = write.epoch
        for name, fields in write.hashes.items():
            self._hash(write.city, name, fields, write.replace)
        newest = await self.newest_delta(write.city)
        self.deltas.setdefault(write.city, []).extend(_encoded(d) for d in write.deltas if d[0] > newest)
        if write.available is not None:
            self.available[write.city] = write.available
        if write.card is not None:
            self.cards[write.city] = write.card

    def _hash(self, city: CityId, name: str, fields: dict[str, bytes | None], replace: bool) -> None:
        found = self.hashes.setdefault((city, name), {})
        if replace:
            found.clear()
        found.update({field: value for field, value in fields.items() if value is not None})
        for field in [field for field, value in fields.items() if value is None]:
            found.pop(field, None)
        if not found:  # Redis has no empty hash
            del self.hashes[city, name]

    async def fields(self, city: CityId, name: str) -> dict[str, bytes]:
        return dict(self.hashes.get((city, name), {}))

    async def newest_delta(self, city: CityId) -> int:
        entries = self.deltas.get(city)
        return entries[-1][0] if entries else 0

    async def last_delta(self, city: CityId) -> tuple[int, bytes] | None:
        entries = self.deltas.get(city)
        return entries[-1] if entries else None

    async def free(self, city: CityId) -> dict[str, LatLon]:
        return {driver: LatLon(lat, lon) for lon, lat, driver in self.available.get(city, ())}

    async def card(self, city: CityId) -> bytes | None:
        return msgspec.json.encode(self.cards[city]) if city in self.cards else None

    async def live_epoch(self, city: CityId) -> int:
        return self.live_epochs.get(city, 0)

    async def put_back(self, city: CityId, epoch: int, ticked: Instant, positions: Sequence[Position]) -> None:
        self.epochs[city, PINGS] = max(epoch, self.epochs.get((city, PINGS), 0))
        shown = self.hashes.setdefault((city, Key.POSITIONS), {})
        for one in positions:
            if one.driver not in shown or msgspec.json.decode(shown[one.driver], type=Position).at < one.at:
                shown[one.driver] = msgspec.json.encode(one)
        handed_on = self.hashes.setdefault((city, Key.TICKED), {})
        handed_on["t"] = str(max(ticked, int(handed_on.get("t", b"0")))).encode()

    async def renew(self, city: CityId, delta: tuple[int, Delta] | None, at_least: int) -> int:
        self.deltas[city] = [_encoded(delta)] if delta else []
        self.live_epochs[city] = max(self.live_epochs.get(city, 0) + 1, at_least)
        return self.live_epochs[city]


def _encoded(delta: tuple[int, Delta]) -> tuple[int, bytes]:
    return delta[0], msgspec.json.encode(delta[1])


class MemoryOutbox:
    """Topics as one queue, in the order of sending."""

    def __init__(self, deliver: Callable[[str, str, bytes], Awaitable[None]]) -> None:
        self.deliver = deliver

    async def send(self, topic: str, city: str, payloads: Sequence[bytes]) -> None:
        for payload in payloads:
            await self.deliver(topic, city, payload)


class MemoryBudgets:
    def __init__(self) -> None:
        self.budgets: dict[tuple[str, str], Budget] = {}

    async def get(self, role: str, agent: str) -> Budget | None:
        return self.budgets.get((role, agent))

    async def put(self, role: str, agent: str, budget: Budget) -> None:
        self.budgets[role, agent] = budget


class SteppedClock:
    """A clock that moves only when somebody sleeps on it."""

    def __init__(self, now_ms: int = 0) -> None:
        self.now = now_ms
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += int(seconds * 1000)
