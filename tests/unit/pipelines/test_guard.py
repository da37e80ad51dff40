"""What becomes of a record, decided in one place."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.inprocess import InProcess
from models import codec
from models.commands import Frame, Ping
from models.events import CommandRejected
from models.geo import Point
from models.ids import DriverId
from models.topics import CITY_COMMANDS, DRIVER_PINGS
from pipelines.ports import Fenced, Record, StoreAway
from tests.unit.pipelines.bench import CITY, GARBAGE, NOW, Bench, command


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
        ("unreadable", value, CITY_COMMANDS.name, 0)
    ]
    assert reason in bench.letters[0].reason


@pytest.mark.expects_dead_letters
async def test_a_letter_holds_all_that_makes_the_record_again() -> None:
    """The key as bytes, since what a person reads of it may have lost some; and who gave up on it."""
    bench, headers = Bench(), {"schema": b"99", "trace": b"\xff"}
    await bench.guard([Record(CITY_COMMANDS.name, 3, 7, b"\xfftown", GARBAGE, headers, NOW)])
    (one,) = bench.letters

    assert (one.raw_key, one.value, one.headers, one.produced_at) == (b"\xfftown", GARBAGE, headers, NOW)
    assert (one.key, one.role, one.agent) == ("\N{REPLACEMENT CHARACTER}town", "stand", "bench")


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
async def test_a_letter_and_a_budget_are_waited_for_too() -> None:
    """A letter that is not acknowledged is a record that is lost."""
    away, bench = iter([StoreAway("Kafka is away")] * 2), Bench()
    bench.guard.stores = replace(bench.guard.stores, outbox=Late(bench.guard.stores.outbox, away))
    bench.guard.stores = replace(bench.guard.stores, budgets=Late(bench.budgets, iter([StoreAway("Postgres is away")])))
    await bench.take(GARBAGE)

    assert [letter.value for letter in bench.letters] == [GARBAGE]
    assert (await bench.budgets.get("stand", "bench")) is not None
    assert len(bench.clock.slept) == 3


class Late:
    """A store that answers after these errors."""

    def __init__(self, store: Any, errors: Iterator[StoreAway]) -> None:
        self.store, self.errors = store, errors

    def __getattr__(self, name: str) -> Any:
        async def asked(*values: Any) -> Any:
            if (error := next(self.errors, None)) is not None:
                raise error
            return await getattr(self.store, name)(*values)

        return asked


async def test_waits_grow_and_have_an_end() -> None:
    bench, away = Bench(), iter([StoreAway("Redis is away")] * 8)

    def once_more(batch: list[Any]) -> None:
        if (error := next(away, None)) is not None:
            raise error

    bench.trouble = once_more
    await bench.take(command(1))

    assert bench.clock.slept == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]


async def test_what_waits_for_a_store_says_so_and_what_is_done_says_nothing() -> None:
    bench = Bench()
    troubles: list[str | None] = []

    def away_once(batch: list[Any]) -> None:
        troubles.append(bench.guard.trouble)
        if len(troubles) == 1:
            raise StoreAway("Redis is away")

    bench.trouble = away_once
    await bench.take(command(1))

    assert (troubles, bench.guard.trouble, bench.guard.handled) == ([None, "Redis is away"], None, 1)


async def test_a_refusal_by_rule_is_no_letter() -> None:
    """It is a fact of the log, and an answer to whoever asked; see tests/agents/test_city_commands.py."""
    pipeline = InProcess()
    await pipeline.send(CITY_COMMANDS.name, CITY, [command(1)])
    (fact,) = await pipeline.settle()

    assert isinstance(fact.body, CommandRejected)
    assert pipeline.log.tables["dead_letters"] == {}


async def test_revoked_partitions_reach_the_memory() -> None:
    bench = Bench()
    bench.guard.revoke()

    assert bench.guard.ports.memory.revoked == 1
