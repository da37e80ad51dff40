"""agents → here → adapters. What an agent may ask of the world, and what it may count on.

Every port has a real adapter and a memory twin, held to one contract suite (`tests/contracts/`).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from models.errors import TrackError
from models.events import Fact
from models.ids import CityId, CommandId, Instant
from models.rows import Rows
from models.rules import Rules
from models.topics import Topic
from models.views import CityCard, Delta


class StoreAway(TrackError):
    """Postgres, Redis or Kafka does not answer. Fate: back off and try again in place, order kept."""


class Fenced(TrackError):
    """Another worker has loaded this city since. Fate: this process exits with 70."""


class Holding(NamedTuple):
    """An agent's hold on a city: the epoch that fences others off, and the seq its own results reach."""

    agent: str
    city: CityId
    epoch: int
    seq: int


class Opening(NamedTuple):
    rules: Rules
    at: Instant


class Outcome(NamedTuple):
    """What came of a command: `reason` is None when it was done; its facts are first … last."""

    command_id: CommandId
    kind: str
    reason: str | None
    first: int
    last: int
    issued_by: str
    issued_at: Instant


class Span(NamedTuple):
    first: int
    last: int


class Checkpoint(NamedTuple):
    """A fold as it stood after `seq`, encoded."""

    seq: int
    state: bytes


class UnitOfWork(Protocol):
    """One transaction: all of it is stored, or none. The fence was checked before anything else was sent."""

    async def append(self, facts: Sequence[Fact], outcomes: Sequence[Outcome]) -> None:
        """Add the facts, whose seqs follow the log's, and what came of their commands."""

    async def write(self, rows: Rows) -> None:
        """Put these rows in the place of those with the same key; an older version never replaces a newer one."""

    async def keep(self, checkpoint: Checkpoint) -> None:
        """Store the agent's fold, for loads to start at."""


class Log(Protocol):
    """Truth. Every method raises StoreAway when it does not answer."""

    async def begin(self, agent: str, city: CityId, epoch: int | None) -> Holding:
        """Hold a city: with no epoch it is raised, which fences others off; a held one is only checked (Fenced)."""

    async def facts(self, city: CityId, first: int, last: int | None = None) -> list[Fact]:
        """The facts first … last (None: to the end), in order."""

    async def told(self, city: CityId, commands: Sequence[CommandId]) -> dict[CommandId, Span]:
        """Which of these commands were decided before, and where their facts stand."""

    async def stored(self, city: CityId, spans: Sequence[Span]) -> list[bytes]:
        """The bytes of the facts in these spans as they were first published, in order of seq; one read."""

    async def checkpoint(self, agent: str, city: CityId, at_most: int) -> Checkpoint | None:
        """The newest checkpoint of the agent's fold at or below a seq."""

    async def opening(self, city: CityId) -> Opening | None:
        """A city's rules and when it opened, or None while it is not open."""

    def unit_of_work(self, holding: Holding) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction that moves the agent's progress to `holding.seq`; raises Fenced when the epoch is another's."""

    async def add(self, rows: Rows) -> None:
        """Insert rows that are facts of their own (positions, dead letters); those already there stay as they are."""

    async def recall(self, city: CityId, table: str) -> list[dict[str, Any]]:
        """All rows of a city's table, ordered by key, times as milliseconds: for proofs."""


class LiveWrite(msgspec.Struct, frozen=True):
    """One agent's change of one city's live views, made in one call.

    `hashes` maps a key's name to its fields (None deletes one); `replace` clears those hashes first. `available`, when
    given, becomes the whole set of available drivers (lon, lat, id). `deltas` at or below the newest stand already.
    """

    city: CityId
    agent: str
    epoch: int
    seq: int
    as_of: Instant
    produced_at: int
    hashes: dict[str, dict[str, bytes | None]] = {}
    replace: bool = False
    available: tuple[tuple[float, float, str], ...] | None = None
    deltas: tuple[tuple[int, Delta], ...] = ()
    card: CityCard | None = None


class Live(Protocol):
    """Now. May be flushed at any time; raises StoreAway when it does not answer, Fenced when another holds the city."""

    async def put(self, write: LiveWrite) -> None:
        """Make one change, whole."""

    async def fields(self, city: CityId, name: str) -> dict[str, bytes]:
        """All fields of one of the city's hashes."""

    async def newest_delta(self, city: CityId) -> int:
        """The seq of the newest entry in the city's delta log; 0 when there is none."""


class Outbox(Protocol):
    async def send(self, topic: str, city: str, payloads: Sequence[bytes]) -> None:
        """Publish in order under the city's key; returns when the broker has acknowledged each. Raises StoreAway."""


class Budget(msgspec.Struct, frozen=True):
    """Dead letters in a row of an agent; `paused_because` is None while it runs."""

    run: int
    allowance: int
    paused_because: str | None = None


class Budgets(Protocol):
    """Outlives restarts; raises StoreAway."""

    async def get(self, role: str, agent: str) -> Budget | None:
        """None when the agent never had a dead letter."""

    async def put(self, role: str, agent: str, budget: Budget) -> None: ...


class Clock(Protocol):
    """Wall time, for ages and pauses; never for a decision."""

    def now_ms(self) -> int: ...

    async def sleep(self, seconds: float) -> None: ...


Memory = TypeVar("Memory")


@dataclass(frozen=True, slots=True)
class Stores:
    """What the agents of one role share."""

    log: Log
    live: Live
    outbox: Outbox
    budgets: Budgets
    clock: Clock


@dataclass(frozen=True, slots=True)
class Ports(Generic[Memory]):
    """What one agent is given: the stores, and what it remembers of its cities."""

    stores: Stores
    memory: Memory


class Record(NamedTuple):
    """A record as Kafka gave it; `produced_at` is wall time in ms."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]
    produced_at: int


class Received(NamedTuple):
    """A record that could be read."""

    message: Any
    produced_at: int


class Agent(NamedTuple):
    """An agent: its name, the topic it takes from, what it does with a batch, and how it remembers."""

    name: str
    topic: Topic
    handle: Callable[[Sequence[Received], Ports[Any]], Awaitable[None]]
    remember: Callable[[Stores], "Remembers"]


class Remembers(Protocol):
    def forget(self) -> None:
        """After an error: what is in memory may not be what is stored."""

    def revoke(self) -> None:
        """The partitions were taken away."""

    def drop(self, city: CityId) -> None:
        """Nobody speaks of this city any more: memory of it may go, for it is loaded again when somebody does."""


def by_city(batch: Sequence[Received]) -> dict[CityId, list[Received]]:
    """The batch's messages by their city, each in its order."""
    groups: dict[CityId, list[Received]] = {}
    for one in batch:
        groups.setdefault(one.message.city, []).append(one)
    return groups


def newest(batch: Sequence[Received]) -> int:
    """Wall time (ms) at which the newest record of a batch was produced."""
    return max(one.produced_at for one in batch)
