"""memory stores under bad weather → here → one agent on them: what it stored, published and showed, whatever was struck.

A call to a store can be struck before its effect or after it, when only the answer is lost; the process, too, can be
killed there. The guard is the real one, so that what is tried again is what a worker would try again.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from inspect import iscoroutinefunction
from typing import Any

from models import codec
from models.codec import HEADERS
from models.commands import Asked, Command
from models.events import Fact
from models.ids import CityId, CommandId, Instant
from models.topics import CITY_COMMANDS, CITY_EVENTS, Topic
from pipelines.adapters.memory import MemoryBudgets, MemoryLive, MemoryLog, MemoryOutbox, SteppedClock
from pipelines.guard import Guard
from pipelines.ports import Agent, Holding, Record, StoreAway, Stores, UnitOfWork
from tests.unit.models.builders import CITY, T0

PRODUCED_AT = 1_800_000_000_000
ALLOWANCE = 100


class Killed(BaseException):
    """The process ended here: nothing of it hears of it."""


class Weather:
    """Strikes the call number `at` of all calls to the stores, once; `after`: its effect was had, its answer is lost."""

    def __init__(self, at: int = 0, error: type[BaseException] = StoreAway, after: bool = False) -> None:
        self.at, self.error, self.after = at, error, after
        self.calls: list[str] = []

    @contextmanager
    def over(self, call: str) -> Iterator[None]:
        self.calls.append(call)
        struck = len(self.calls) == self.at
        if struck and not self.after:
            raise self.error(call)
        yield
        if struck:
            raise self.error(call)


class Shaky:
    """A store under this weather."""

    def __init__(self, store: Any, weather: Weather) -> None:
        self.store, self.weather = store, weather

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.store, name)
        if not iscoroutinefunction(found):
            return found

        async def struck(*asked: Any) -> Any:
            with self.weather.over(name):
                return await found(*asked)

        return struck


class ShakyLog(Shaky):
    @asynccontextmanager
    async def unit_of_work(self, holding: Holding) -> AsyncIterator[UnitOfWork]:
        """Struck at the fence, or at the commit: the answer to a commit is what is lost in practice."""
        with self.weather.over("fence"):
            pass
        with self.weather.over("commit"):
            async with self.store.unit_of_work(holding) as work:
                yield work


class Stage:
    """One agent and its stores; `start` is a new process on the same stores."""

    def __init__(self, agent: Agent, weather: Weather | None = None, stores: "Stage | None" = None) -> None:
        """`stores`: those of another stage, for a second worker."""
        self.agent, self.weather = agent, weather or Weather()
        self.log, self.live = (stores.log, stores.live) if stores else (MemoryLog(), MemoryLive())
        self.sent: list[tuple[str, bytes]] = stores.sent if stores else []
        self.clock, self.budgets, self.offset = SteppedClock(PRODUCED_AT), MemoryBudgets(), 0
        self.start()

    def flush(self) -> None:
        """Redis is emptied, and the process starts anew."""
        self.live = MemoryLive()
        self.start()

    def start(self) -> None:
        weather, outbox = self.weather, MemoryOutbox(self._deliver)
        stores = Stores(
            ShakyLog(self.log, weather), Shaky(self.live, weather), Shaky(outbox, weather), self.budgets, self.clock
        )
        self.guard = Guard(self.agent, "stage", stores, ALLOWANCE)

    async def _deliver(self, topic: str, city: str, payload: bytes) -> None:
        self.sent.append((topic, payload))

    async def take(self, *batch: Any) -> None:
        """One batch: messages, or bytes as they were on the wire."""
        payloads = [one if isinstance(one, bytes) else codec.encode(one) for one in batch]
        await self.guard([self._record(payload) for payload in payloads])

    async def through(self, batches: Iterable[Sequence[bytes]]) -> None:
        """Batch by batch; who is killed is started again and given the batch again, as Kafka does."""
        for batch in batches:
            try:
                await self.take(*batch)
            except Killed:
                self.start()
                await self.take(*batch)

    def _record(self, payload: bytes) -> Record:
        self.offset += 1
        city = codec.decode(self.agent.topic.name, payload, HEADERS).message.city  # type: ignore[union-attr]
        return Record(self.agent.topic.name, 0, self.offset, city.encode(), payload, HEADERS, PRODUCED_AT)

    def published(self, topic: Topic) -> list[bytes]:
        return [payload for name, payload in self.sent if name == topic.name]

    def facts(self) -> list[Fact]:
        """The published ones, each once: who follows drops what it has seen."""
        return [codec.decode_fact(raw) for raw in dict.fromkeys(self.published(CITY_EVENTS))]

    def commands(self) -> dict[CommandId, bytes]:
        """The published ones, the first of each id: it is the one that is decided."""
        first: dict[CommandId, bytes] = {}
        for raw in self.published(CITY_COMMANDS):
            first.setdefault(codec.decode(CITY_COMMANDS.name, raw, HEADERS).message.id, raw)  # type: ignore[union-attr]
        return first

    def stored(self) -> dict[str, Any]:
        """All that Postgres would hold, but the epochs: a worker that was killed has raised them."""
        log = self.log
        seqs = {who: seq for who, (_, seq) in log.progress.items()}
        return {"log": log.raw, "commands": log.known, "rows": log.tables, "folds": log.checkpoints, "seqs": seqs}

    def shown(self) -> dict[str, Any]:
        """All that Redis would hold, but the epochs."""
        live = self.live
        return {"views": live.hashes, "deltas": live.deltas, "available": live.available, "cards": live.cards}


def asked(name: str, body: Asked, at: Instant | None = T0, city: CityId = CITY) -> Command:
    return Command(CommandId(name), city, at, T0, "tests", body)


def strikes(calls: int) -> Iterator[Weather]:
    """Every call struck, before and after its effect, by a store that is away and by the end of the process."""
    for at in range(1, calls + 1):
        for error in (StoreAway, Killed):
            for after in (False, True):
                yield Weather(at, error, after)


def cut(stream: Sequence[bytes], size: int) -> list[Sequence[bytes]]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


def cut_at(stream: Sequence[bytes], places: Iterable[int]) -> list[Sequence[bytes]]:
    """The stream in pieces that end at these places."""
    ends = [*sorted({place for place in places if 0 < place < len(stream)}), len(stream)]
    return [stream[first:last] for first, last in zip([0, *ends], ends, strict=False)]
