"""The one place that reads the machine's clock, and the clock of tests and replays."""

import time

from pipelines.adapters.clock import SystemClock
from pipelines.adapters.memory import SteppedClock


async def test_the_system_s_clock_is_wall_time_and_sleeps() -> None:
    clock, before = SystemClock(), time.time_ns() // 1_000_000
    await clock.sleep(0)

    assert before <= clock.now_ms() <= time.time_ns() // 1_000_000


async def test_a_stepped_clock_moves_only_when_somebody_sleeps_on_it() -> None:
    clock = SteppedClock(1_000)
    await clock.sleep(2.5)

    assert (clock.now_ms(), clock.slept) == (3_500, [2.5])
