"""a guard, an agent that notes what it was given, and the letters that came of it: what the tests of the guard stand on."""

from collections.abc import Callable, Sequence
from typing import Any

from models import codec
from models.codec import HEADERS
from models.commands import CancelOrder, Command
from models.ids import CityId, CommandId, OrderId
from models.topics import CITY_COMMANDS, Topic
from pipelines.adapters.memory import MemoryBudgets, MemoryLive, MemoryLog, MemoryOutbox, SteppedClock
from pipelines.guard import Guard
from pipelines.ports import Agent, Ports, Received, Record, Stores

CITY, NOW, ALLOWANCE = CityId("town"), 1_795_132_800_000, 3
GARBAGE = b"\x00\xffnot json"


class Memory:
    """What the agent remembers: here only how often it had to forget."""

    def __init__(self) -> None:
        self.forgot = self.revoked = 0
        self.dropped: list[CityId] = []

    def forget(self) -> None:
        self.forgot += 1

    def revoke(self) -> None:
        self.revoked += 1

    def drop(self, city: CityId) -> None:
        self.dropped.append(city)


class Bench:
    """A guard with an agent that notes what it was given, and does `trouble` first."""

    def __init__(self, topic: Topic = CITY_COMMANDS, budgets: MemoryBudgets | None = None) -> None:
        self.seen: list[list[Any]] = []
        self.letters: list[Any] = []
        self.trouble: Callable[[list[Any]], None] = lambda batch: None
        self.budgets, self.clock = budgets or MemoryBudgets(), SteppedClock(NOW)
        stores = Stores(MemoryLog(), MemoryLive(), MemoryOutbox(self._deliver), self.budgets, self.clock)
        agent = Agent("bench", topic, self._handle, lambda stores: Memory())
        self.guard, self.topic = Guard(agent, "stand", stores, ALLOWANCE), topic

    async def _handle(self, batch: Sequence[Received], ports: Ports[Any]) -> None:
        messages = [one.message for one in batch]
        self.trouble(messages)
        self.seen.append(messages)

    async def _deliver(self, topic: str, city: str, payload: bytes) -> None:
        self.letters.append(codec.decode(topic, payload, HEADERS).message)

    async def take(self, *values: bytes | None, headers: dict[str, bytes] | None = None, key: str = CITY) -> None:
        given = HEADERS if headers is None else headers
        await self.guard(
            [Record(self.topic.name, 0, n, key.encode(), value, given, NOW) for n, value in enumerate(values)]
        )

    @property
    def handled(self) -> list[Any]:
        return [message for batch in self.seen for message in batch]


def command(n: int) -> bytes:
    ask = CancelOrder(OrderId(f"o{n}"), "no time")
    return codec.encode(Command(CommandId(f"c{n}"), CITY, NOW, NOW, "test", ask))
