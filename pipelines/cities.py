"""the log → here → what one agent remembers of its cities. Loaded at a city's first message, forgotten on any error.

A load starts at the nearest checkpoint, folds up to the agent's own seq, and tells `loaded` what it passed.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from models.changes import Desk
from models.city import City
from models.events import Fact, Ticked
from models.ids import CityId, Instant
from pipelines import metrics
from pipelines.ports import Checkpoint, Holding, Log

CHECKPOINT_MS = 5 * 60_000
WRITER = "city_commands"
"""The agent that writes a city's log: its checkpoints hold the city itself."""
LAST_SEQ = 2**63 - 1


class Fold(Protocol):
    """A state made of a city's facts; `seq` is the last of them."""

    @property
    def seq(self) -> int: ...


State = TypeVar("State", bound=Fold)


class Folding(NamedTuple, Generic[State]):
    """How an agent folds: an empty state, and one fact on; what a step returns is what `loaded` is told of."""

    agent: str
    new: Callable[[CityId], State]
    step: Callable[[State, Fact], Any]


def checkpoint_of(state: Fold) -> Checkpoint:
    """The state as bytes; taken right after a tick, so that it does not depend on where a batch was cut."""
    return Checkpoint(state.seq, msgspec.msgpack.encode(state))


def checkpoint_due(before: Instant | None, fact: Fact) -> bool:
    """Whether this fact is a tick that enters another 5 minutes of event time."""
    body = fact.body
    return isinstance(body, Ticked) and before is not None and before // CHECKPOINT_MS != body.t // CHECKPOINT_MS


class Cities(Generic[State]):
    """The states of one agent, by city. After an error: forget, keep the epoch; on revoke: drop both."""

    def __init__(
        self,
        log: Log,
        folding: Folding[State],
        loaded: Callable[[Holding, State, list[Any]], Awaitable[None]] | None = None,
        known: Callable[[CityId], Awaitable[int]] | None = None,
    ) -> None:
        """`loaded` heals what the agent shows outside; `known` is the seq up to which that is whole already."""
        self.log, self.folding, self.loaded, self.known = log, folding, loaded, known
        self._states: dict[CityId, State] = {}
        self._epochs: dict[CityId, int] = {}

    def revoke(self) -> None:
        """The partitions go to another worker: the next load takes the city from it."""
        self._states.clear()
        self._epochs.clear()

    def forget(self) -> None:
        """After an error the memory may be ahead of the log: read it again, as the same holder."""
        self._states.clear()

    def drop(self, city: CityId) -> None:
        """The epoch is kept, some bytes a city: a worker that was replaced must not take it back by loading it again."""
        self._states.pop(city, None)

    def holding(self, city: CityId, seq: int) -> Holding:
        return Holding(self.folding.agent, city, self._epochs[city], seq)

    async def get(self, city: CityId) -> State:
        """The city's state; loads it when this worker does not have it. Raises StoreAway, Fenced."""
        if city not in self._states:
            self._states[city] = await self._load(city)
        return self._states[city]

    async def _load(self, city: CityId) -> State:
        metrics.LOADS.labels(self.folding.agent).inc()
        holding = await self.log.begin(self.folding.agent, city, self._epochs.get(city))
        self._epochs[city] = holding.epoch
        whole = await self.known(city) if self.known else holding.seq
        state, facts = await self._from(city, min(whole, holding.seq), holding.seq)
        if state.seq < holding.seq and (not facts or facts[0].seq > state.seq + 1):
            # retention let the log's beginning go, and a flushed Redis asks for it: what is left is healed
            state, facts = await self._from(city, holding.seq, holding.seq)
        passed = [self.folding.step(state, fact) for fact in facts]
        if self.loaded is not None:
            await self.loaded(holding, state, passed)
        return state

    async def _from(self, city: CityId, at_most: int, last: int) -> tuple[State, list[Fact]]:
        """The newest checkpoint at or below `at_most`, and the facts from there to `last`."""
        checkpoint, empty = await self.log.checkpoint(self.folding.agent, city, at_most), self.folding.new(city)
        state = empty if checkpoint is None else msgspec.msgpack.decode(checkpoint.state, type=type(empty))
        return state, await self.log.facts(city, state.seq + 1, last)


async def fresh(log: Log, agent: str, city: CityId, seq: int, facts: Sequence[Fact]) -> list[Fact]:
    """The facts after `seq`, in order: those folded before are dropped, a gap is filled from the log."""
    news: list[Fact] = []
    for fact in facts:
        if fact.seq <= seq:
            metrics.STALE_FACTS.labels(agent).inc()
            continue
        if fact.seq > seq + 1:
            gap = await log.facts(city, seq + 1, fact.seq - 1)
            metrics.FILLED_FACTS.labels(agent).inc(len(gap))
            news += gap
        news.append(fact)
        seq = fact.seq
    return news


async def checkpointed(log: Log, city: CityId) -> City:
    """The city at its newest checkpoint, or an empty one: what an agent without a table folds on from."""
    checkpoint = await log.checkpoint(WRITER, city, LAST_SEQ)
    return City(city) if checkpoint is None else msgspec.msgpack.decode(checkpoint.state, type=Desk).city
