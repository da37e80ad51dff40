"""A bad deploy must not empty a topic into the bin: dead letters in a row pause the role until a person resumes it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from models import codec
from models.commands import Frame, Ping
from models.geo import Point
from models.ids import DriverId
from models.topics import DRIVER_PINGS
from pipelines import metrics
from pipelines.adapters.memory import MemoryBudgets, SteppedClock
from pipelines.ports import Budget
from tests.unit.pipelines.bench import ALLOWANCE, CITY, GARBAGE, NOW, Bench, command

pytestmark = pytest.mark.expects_dead_letters
ROLE, AGENT = "stand", "bench"


class StillPaused(Exception):
    """The worker would wait for ever: this ends the test."""


class Person(SteppedClock):
    """Looks at a role that waits, and does what `look` does."""

    def __init__(self, look: Callable[[], Any]) -> None:
        super().__init__(NOW)
        self.look = look

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await self.look()


def bench(look: Callable[[], Any] | None = None, budgets: MemoryBudgets | None = None, **more: Any) -> Bench:
    """With somebody who looks when it is paused; nobody resumes it, unless told otherwise."""

    async def nobody() -> None:
        raise StillPaused

    made = Bench(budgets=budgets, **more)
    made.guard.stores = replace(made.guard.stores, clock=Person(look or nobody))
    return made


async def budget(of: Bench) -> Budget:
    found = await of.budgets.get(ROLE, AGENT)
    assert found is not None
    return found


def crash(batch: list[Any]) -> None:
    raise ValueError("a bad deploy")


async def test_a_run_beyond_the_allowance_pauses_and_says_why() -> None:
    paused = bench()
    with pytest.raises(StillPaused):
        await paused.take(*[GARBAGE] * (ALLOWANCE + 5))

    assert len(paused.letters) == ALLOWANCE
    assert (await budget(paused)).run == ALLOWANCE
    why = (await budget(paused)).paused_because or ""
    assert f"{ALLOWANCE} dead letters in a row" in why
    assert f"city-commands/0@{ALLOWANCE - 1}" in why


async def test_crashes_that_come_one_by_one_are_a_run_too() -> None:
    """Where records come slower than they are handled, every batch is one record."""
    paused = bench()
    paused.trouble = crash
    for n in range(ALLOWANCE - 1):
        await paused.take(command(n))
    with pytest.raises(StillPaused):
        await paused.take(command(ALLOWANCE))

    assert [letter.kind for letter in paused.letters] == ["crashed"] * ALLOWANCE


async def test_a_good_record_ends_the_run_also_within_a_batch() -> None:
    running = bench()
    await running.take(GARBAGE, GARBAGE, command(1), GARBAGE, GARBAGE, command(2))

    assert len(running.letters) == 4
    assert (await budget(running)).run == 0


async def test_a_good_record_between_two_that_crash_ends_the_run() -> None:
    running = bench()

    def odd_ones(batch: list[Any]) -> None:
        if any(int(one.id[1:]) % 2 for one in batch):
            raise ValueError("odd")

    running.trouble = odd_ones
    await running.take(*map(command, range(1, 8)))

    assert len(running.letters) == 4
    assert (await budget(running)).run == 1, "the last one"


async def test_unreadable_and_crashed_ones_are_one_run() -> None:
    paused = bench()
    paused.trouble = crash
    await paused.take(GARBAGE, command(1))
    with pytest.raises(StillPaused):
        await paused.take(GARBAGE)

    assert [letter.kind for letter in paused.letters] == ["unreadable", "crashed", "unreadable"]


async def test_a_frame_with_some_good_pings_does_not_count_and_one_with_none_does() -> None:
    """One broken phone must not pause a city; a release that breaks every phone must."""
    good, absurd = (
        codec.encode(_frame(2)).replace(b"[1.0,", b"[1e99,"),
        codec.encode(_frame(1)).replace(b"[0.0,", b"[1e99,"),
    )
    running, paused = bench(topic=DRIVER_PINGS), bench(topic=DRIVER_PINGS)
    await running.take(*[good] * (ALLOWANCE + 1))
    with pytest.raises(StillPaused):
        await paused.take(*[absurd] * ALLOWANCE)

    assert [len(frame.pings) for frame in running.handled] == [1] * (ALLOWANCE + 1)
    assert paused.handled == []


def _frame(pings: int) -> Frame:
    return Frame(CITY, tuple(Ping(DriverId(f"d{n}"), NOW, Point(float(n), 0.0)) for n in range(pings)))


async def test_a_paused_role_stays_paused_through_a_restart_and_handles_nothing() -> None:
    first = bench()
    with pytest.raises(StillPaused):
        await first.take(*[GARBAGE] * ALLOWANCE)
    again = bench(budgets=first.budgets)
    with pytest.raises(StillPaused):
        await again.take(command(1))

    assert again.handled == []


async def test_a_run_goes_on_where_it_stood_before_a_restart() -> None:
    """Else a worker that is restarted by every crash would never pause."""
    first = bench()
    await first.take(*[GARBAGE] * (ALLOWANCE - 1))
    again = bench(budgets=first.budgets)
    with pytest.raises(StillPaused):
        await again.take(GARBAGE)

    assert len(again.letters) == 1


async def test_it_goes_on_when_a_person_resumes_it_and_says_so_meanwhile() -> None:
    shown = []

    async def resume() -> None:
        shown.append(metrics.PAUSED.labels(ROLE)._value.get())
        await resumed.budgets.put(ROLE, AGENT, Budget(0, ALLOWANCE))

    resumed = bench(resume)
    await resumed.take(*[GARBAGE] * ALLOWANCE, command(1))
    shown.append(metrics.PAUSED.labels(ROLE)._value.get())

    assert [one.id for one in resumed.handled] == ["c1"]
    assert shown == [1, 0]


async def test_a_person_may_allow_more_letters_until_the_next_good_record() -> None:
    async def allow() -> None:
        await resumed.budgets.put(ROLE, AGENT, Budget(0, 3 * ALLOWANCE))

    resumed = bench(allow)
    await resumed.take(*[GARBAGE] * (3 * ALLOWANCE), command(1))

    assert len(resumed.letters) == 3 * ALLOWANCE
    assert await budget(resumed) == Budget(0, ALLOWANCE)


async def test_the_reason_of_a_letter_can_be_stored_whatever_the_error_says(caplog: pytest.LogCaptureFixture) -> None:
    """Postgres refuses NUL: the letter about it would crash where letters are kept."""
    caplog.set_level(logging.CRITICAL, logger="pipelines.guard")  # a lone surrogate in its log breaks pytest's report
    running = bench()

    def quote(batch: list[Any]) -> None:
        raise ValueError("payload was 'a\x00b\ud800'")

    running.trouble = quote
    await running.take(command(1))

    assert "\x00" not in running.letters[0].reason
    assert running.letters[0].reason.startswith("ValueError: payload was 'a")
