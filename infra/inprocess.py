"""simulator → here → the agents, their guards and memory adapters in one process: the same decisions as through Kafka.

Only wiring: what a worker's Faust does with topics, one queue does here. A recorded day takes a second or two.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping

from models import codec
from models.codec import HEADERS, Decoded
from models.commands import TickAsked
from models.errors import TrackError
from models.events import Fact
from models.ids import Instant
from models.letters import DeadLetter
from models.topics import CITY_COMMANDS, CITY_EVENTS, DEAD_LETTERS, DRIVER_PINGS
from pipelines.adapters.memory import MemoryBudgets, MemoryLive, MemoryLog, MemoryOutbox, SteppedClock
from pipelines.guard import Guard
from pipelines.ports import Agent, Budget, Record, Stores
from pipelines.roles import ROLES
from simulator.engine import Engine
from simulator.wire import Wire

ALLOWANCE = 100


class AgentFailed(TrackError):
    """An agent raised twice on one record, or paused. Fate: the run ends, for nobody is there who would resume it."""


class LoudBudgets(MemoryBudgets):
    """A pause waits for a person, on a clock that only steps: the run would never end."""

    async def put(self, role: str, agent: str, budget: Budget) -> None:
        if budget.paused_because is not None:
            raise AgentFailed(f"{agent} paused: {budget.paused_because}")
        await super().put(role, agent, budget)


class InProcess:
    """The whole pipeline on memory; `log` and `live` are what Postgres and Redis would hold.

    `settle` raises AgentFailed where a worker would go on without a record that it cannot handle."""

    def __init__(self, roles: Mapping[str, tuple[Agent, ...]] = ROLES) -> None:
        self.log, self.live, self.clock, self.budgets = MemoryLog(), MemoryLive(), SteppedClock(), LoudBudgets()
        self.queue: deque[tuple[str, str, bytes]] = deque()
        self.events: deque[Fact] = deque()
        self.offsets: dict[str, int] = {}
        self.guards: dict[str, list[Guard]] = {}
        self.decoded: dict[bytes, Decoded] = {}
        stores = Stores(self.log, self.live, MemoryOutbox(self._deliver), self.budgets, self.clock)
        for role, agents in roles.items():
            for agent in agents:
                guard = Guard(agent, role, stores, ALLOWANCE, self._decode)
                self.guards.setdefault(agent.topic.name, []).append(guard)

    async def _deliver(self, topic: str, city: str, payload: bytes) -> None:
        if topic == DEAD_LETTERS.name:
            _fail_if_crashed(self._decode(topic, payload, HEADERS).message)
        self.queue.append((topic, city, payload))

    async def send(self, topic: str, city: str, payloads: list[bytes]) -> None:
        """What the feeder sends; nothing happens before `settle`."""
        self.queue.extend((topic, city, payload) for payload in payloads)

    async def settle(self) -> list[Fact]:
        """Let everything that is on its way arrive; the facts that came of it, in order."""
        facts: list[Fact] = []
        while self.queue:
            topic, batch = self._batch()
            for guard in self.guards.get(topic, []):
                await guard(batch)
            if topic == CITY_EVENTS.name:
                facts += [
                    fact for r in batch if isinstance(fact := self._decode(topic, r.value, HEADERS).message, Fact)
                ]
            self.decoded.clear()
        return facts

    def _decode(self, topic: str, value: bytes | None, headers: Mapping[str, bytes | None] | None) -> Decoded:
        """Once a record for all its readers: messages never change, and four would decode each of 4 million positions."""
        if value is None or (found := self.decoded.get(value)) is None:
            found = codec.decode(topic, value, headers)
            if value is not None:
                self.decoded[value] = found
        return found

    def _batch(self) -> tuple[str, list[Record]]:
        """What stands at the head of the queue for one topic: the batch that a worker would find waiting."""
        topic = self.queue[0][0]
        batch: list[Record] = []
        while self.queue and self.queue[0][0] == topic:
            _, city, payload = self.queue.popleft()
            offset = self.offsets[topic] = self.offsets.get(topic, -1) + 1
            batch.append(Record(topic, 0, offset, city.encode(), payload, HEADERS, self.clock.now_ms()))
        return topic, batch


def _fail_if_crashed(letter: object) -> None:
    if isinstance(letter, DeadLetter) and letter.kind == "crashed":
        raise AgentFailed(f"{letter.agent} crashed on {letter.topic}@{letter.offset}: {letter.reason}")


async def replay(
    engine: Engine,
    pipeline: InProcess | None = None,
    wire: Wire | None = None,
    ticks: Iterable[Instant] | None = None,
) -> InProcess:
    """A whole day in lockstep, or these ticks of it: the engine learns the facts of a turn when the turn is closed."""
    pipeline, wire, city = pipeline or InProcess(), wire or Wire(engine), engine.city_id
    await pipeline.send(CITY_COMMANDS.name, city, [codec.encode(c) for c in engine.opening()])
    for fact in await pipeline.settle():
        engine.learn(fact)
    for t in engine.ticks() if ticks is None else ticks:
        asked, told = wire.carry(engine.advance(t), t)
        await pipeline.send(CITY_COMMANDS.name, city, asked)
        await pipeline.send(DRIVER_PINGS.name, city, [*told, codec.encode(TickAsked(city, t))])
        for fact in await pipeline.settle():
            engine.learn(fact)
    return pipeline


def replay_in_memory(engine: Engine, wire: Wire | None = None) -> InProcess:
    return asyncio.run(replay(engine, wire=wire))
