"""What becomes of a record, decided in one place."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from models import codec
from models.codec import HEADERS
from models.commands import CancelOrder, Command, Frame, Ping
from models.events import CityId, CommandId, DriverId, OrderId
from models.geo import Point
from models.topics import CITY_COMMANDS, DRIVER_PINGS, Topic
from pipelines.adapters.memory import MemoryBudgets, MemoryLive, MemoryLog, MemoryOutbox, SteppedClock
from pipelines.guard import Guard
from pipelines.ports import Agent, Fenced, Ports, Received, Record, StoreAway, Stores

CITY, NOW, ALLOWANCE = CityId("town"), 1_795_132_800_000, 3


class Memory:
    """What the agent remembers: here only how often it forgot."""

    def __init__(self) -> None:
        self.forgot = 0

    def forget(self) -> None:
        self.forgot += 1

    def revoke(self) -> None:
        """Nothing to drop."""


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


GARBAGE = b"\x00\xffnot json"


async def test_good_records_are_handled_as_one_batch_in_their_order() -> None:
    bench = Bench()
    await bench.take(command(1), command(2), command(3))

    assert [[c.id for c in batch] for batch in bench.seen] == [["c1", "c2", "c3"]]
    assert bench.letters == []


@pytest.mark.expects_dead_letters
@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (GARBAGE, None, "malformed"),
        (command(1), {}, "schema missing"),
        (command(1), {"schema": b"99"}, "schema 99"),
        (None, None, "without a value"),
        (command(1).replace(str(NOW).encode(), b"12", 1), None, "$.at"),
    ],
)
async def test_what_cannot_be_read_is_a_letter_with_its_bytes_and_the_reason(
    value: bytes | None, headers: dict[str, bytes] | None, reason: str
) -> None:
    bench = Bench()
    await bench.take(value, headers=headers)

    assert bench.handled == []
    assert [(one.kind, one.value, one.topic, one.offset) for one in bench.letters] == [
        ("unreadable", value or b"", CITY_COMMANDS.name, 0)
    ]
    assert reason in bench.letters[0].reason


@pytest.mark.expects_dead_letters
async def test_nothing_else_of_the_batch_is_lost() -> None:
    bench = Bench()
    await bench.take(command(1), GARBAGE, command(2), GARBAGE, command(3))

    assert [c.id for c in bench.handled] == ["c1", "c2", "c3"]
    assert [one.offset for one in bench.letters] == [1, 3]


@pytest.mark.expects_dead_letters
async def test_a_key_that_is_not_the_message_s_city_is_unreadable() -> None:
    """It stands on another city's partition: handled there, it would have two writers."""
    bench = Bench()
    await bench.take(command(1), key="elsewhere")

    assert bench.handled == []
    assert "elsewhere" in bench.letters[0].reason


@pytest.mark.expects_dead_letters
async def test_one_absurd_ping_does_not_cost_the_others_of_its_frame() -> None:
    bench = Bench(DRIVER_PINGS)
    pings = tuple(Ping(DriverId(f"d{n}"), NOW, Point(float(n), 0.0)) for n in range(3))
    await bench.take(codec.encode(Frame(CITY, pings)).replace(b"[1.0,0.0]", b"[1e99,0.0]"))

    assert [ping.driver for ping in bench.handled[0].pings] == ["d0", "d2"]
    assert "ping 1" in bench.letters[0].reason


async def test_a_store_that_is_away_is_waited_for_with_the_same_batch() -> None:
    bench = Bench()
    tries: list[int] = []

    def away_twice(batch: list[Any]) -> None:
        tries.append(len(batch))
        if len(tries) < 3:
            raise StoreAway("Postgres is away")

    bench.trouble = away_twice
    await bench.take(command(1), command(2))

    assert tries == [2, 2, 2]
    assert [c.id for c in bench.handled] == ["c1", "c2"]
    assert bench.clock.slept == [0.1, 0.2]
    assert bench.guard.ports.memory.forgot == 2


async def test_a_fenced_worker_leaves_at_once() -> None:
    bench = Bench()

    def fenced(batch: list[Any]) -> None:
        raise Fenced("another holds the city")

    bench.trouble = fenced
    with pytest.raises(Fenced):
        await bench.take(command(1))

    assert bench.letters == []


@pytest.mark.expects_dead_letters
async def test_of_a_batch_that_crashes_only_the_poisoned_record_is_a_letter() -> None:
    bench = Bench()

    def poisoned(batch: list[Any]) -> None:
        if any(c.id == "c2" for c in batch):
            raise ValueError("no such thing")

    bench.trouble = poisoned
    await bench.take(command(1), command(2), command(3))

    assert [c.id for c in bench.handled] == ["c1", "c3"]
    assert [(one.kind, one.offset) for one in bench.letters] == [("crashed", 1)]
    assert "ValueError: no such thing" in bench.letters[0].reason


async def test_an_error_that_does_not_come_again_costs_nothing() -> None:
    bench = Bench()
    crashes = iter([ValueError("once")])

    def once(batch: list[Any]) -> None:
        if (error := next(crashes, None)) is not None:
            raise error

    bench.trouble = once
    await bench.take(command(1), command(2))

    assert [c.id for c in bench.handled] == ["c1", "c2"]
    assert bench.guard.ports.memory.forgot == 1


@pytest.mark.expects_dead_letters
async def test_a_good_record_ends_the_run_of_letters() -> None:
    bench = Bench()
    await bench.take(GARBAGE, GARBAGE, command(1), GARBAGE, GARBAGE, command(2))

    assert len(bench.letters) == 4
    assert bench.clock.slept == []
    assert (await bench.budgets.get("stand", "bench")).run == 0  # type: ignore[union-attr]


class Person(SteppedClock):
    """Whoever resumes a role while it waits."""

    def __init__(self, resume: Callable[[], Any]) -> None:
        super().__init__(NOW)
        self.resume = resume

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await self.resume()


@pytest.mark.expects_dead_letters
async def test_a_run_beyond_the_budget_pauses_until_a_person_resumes_it() -> None:
    bench = Bench()
    said: list[str] = []

    async def resume() -> None:
        budget = await bench.budgets.get("stand", "bench")
        said.append(budget.paused_because)  # type: ignore[union-attr, arg-type]
        await bench.budgets.put("stand", "bench", type(budget)(0, ALLOWANCE))  # type: ignore[misc, arg-type]

    bench.guard.stores = replace(bench.guard.stores, clock=Person(resume))
    await bench.take(*([GARBAGE] * ALLOWANCE), command(1))

    assert [c.id for c in bench.handled] == ["c1"]
    assert len(said) == 1
    assert f"{ALLOWANCE} dead letters in a row" in said[0]
    assert "city-commands/0@2" in said[0]


@pytest.mark.expects_dead_letters
async def test_a_paused_role_stays_paused_through_a_restart() -> None:
    class StillPaused(Exception):
        """The worker waits for ever: this ends the test."""

    async def nobody() -> None:
        raise StillPaused

    first = Bench()
    first.guard.stores = replace(first.guard.stores, clock=Person(nobody))
    with pytest.raises(StillPaused):
        await first.take(*([GARBAGE] * ALLOWANCE))
    again = Bench(budgets=first.budgets)
    again.guard.stores = replace(again.guard.stores, clock=Person(nobody))
    with pytest.raises(StillPaused):
        await again.take(command(1))

    assert again.handled == []
