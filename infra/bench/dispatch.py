"""cities in their rush → here → what a turn takes as they grow, how long it holds the event loop, and the dense reference.

`match` runs in a thread, as the agent runs it. What it gives others no chance to do stands here as the pause: how much
longer than asked a sleep of a millisecond on the same event loop took.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from statistics import linear_regression, median
from typing import Any, NamedTuple

from infra.bench.dispatch_dense import compared
from infra.bench.rush import Rush, rush
from models.dispatch import match
from pipelines.garbage import few_collections

POLICIES = ("nearest", "batch", "rolling")
SIZES = (100, 250, 500, 1000, 2000, 4000)
JUDGED_POLICY, JUDGED_SIZE = "rolling", 2000
MOST_CPU_S, LONGEST_PAUSE_MS = 1.0, 50.0
SLEEP_S, SETTLE_S, IDLE_S = 0.001, 0.02, 0.5


class Taken(NamedTuple):
    """Medians of the runs. What holds the event loop does so in every run; `worst_pause_ms` has the machine's too."""

    policy: str
    orders: int
    sent: int
    wall_s: float
    cpu_s: float
    pause_ms: float
    worst_pause_ms: float


def bench(sizes: Sequence[int] = SIZES, runs: int = 5) -> dict[str, Any]:
    """The report; `broken` names each target that was missed. One core is used, and 250 MB for the dense matrix of 4,000."""
    with few_collections():
        taken = [_taken(policy, size, runs) for policy in POLICIES for size in sizes]
        dense = [compared(rush(size, "batch")) for size in sizes]
        idle = asyncio.run(_idle_pause_ms())
    return {
        "runs": [one._asdict() for one in taken],
        "growth": {policy: growth([one for one in taken if one.policy == policy]) for policy in POLICIES},
        "dense": [one._asdict() for one in dense],
        "idle_pause_ms": round(idle, 1),
        "broken": missed(taken),
    }


def growth(taken: Sequence[Taken]) -> float | None:
    """The exponent: the slope of log CPU seconds over log orders, by least squares. None where there is one size."""
    if len({one.orders for one in taken}) < 2:
        return None
    line = linear_regression([math.log(one.orders) for one in taken], [math.log(one.cpu_s) for one in taken])
    return round(line.slope, 2)


def missed(taken: Sequence[Taken]) -> list[str]:
    """What the one that is judged took too long for, in words."""
    judged = [one for one in taken if (one.policy, one.orders) == (JUDGED_POLICY, JUDGED_SIZE)]
    slow = [f"{_name(one)}: {one.cpu_s:.2f} CPU s, {MOST_CPU_S} allowed" for one in judged if one.cpu_s > MOST_CPU_S]
    held = [
        f"{_name(one)}: the event loop held for {one.pause_ms} ms, {LONGEST_PAUSE_MS} allowed"
        for one in judged
        if one.pause_ms > LONGEST_PAUSE_MS
    ]
    return slow + held


def _taken(policy: str, size: int, runs: int) -> Taken:
    day = rush(size, policy)
    sent = len(match(*day).assignments)  # and scipy is imported, which takes longer than a turn
    walls, cpus = zip(*(_timed(day) for _ in range(runs)), strict=True)
    pauses = asyncio.run(pauses_ms(day, runs))
    return Taken(
        policy,
        size,
        sent,
        round(median(walls), 6),
        round(median(cpus), 6),
        round(median(pauses), 1),
        round(max(pauses), 1),
    )


def _timed(day: Rush) -> tuple[float, float]:
    """Seconds on the wall and of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    match(*day)
    return time.perf_counter() - wall, time.process_time() - cpu


async def pauses_ms(day: Rush, runs: int) -> list[float]:
    """The longest pause of the event loop in each of `runs` turns that a thread takes."""
    found = []
    for _ in range(runs):
        ended, gaps = asyncio.Event(), list[float]()
        ticking = asyncio.create_task(_tick(ended, gaps))
        await asyncio.sleep(SETTLE_S)
        await asyncio.to_thread(match, *day)
        ended.set()
        await ticking
        found.append(max(gaps))
    return found


async def _tick(ended: asyncio.Event, gaps: list[float]) -> None:
    while not ended.is_set():
        began = time.perf_counter()
        await asyncio.sleep(SLEEP_S)
        gaps.append(1000 * (time.perf_counter() - began - SLEEP_S))


async def _idle_pause_ms() -> float:
    """What the machine alone makes of a sleep, at worst."""
    ended, gaps = asyncio.Event(), list[float]()
    ticking = asyncio.create_task(_tick(ended, gaps))
    await asyncio.sleep(IDLE_S)
    ended.set()
    await ticking
    return max(gaps)


def told(report: dict[str, Any]) -> list[str]:
    """Two tables for the eye, and what was missed."""
    head = f"{'policy':8} {'N × N':>6} {'sent':>5} {'wall s':>8} {'CPU s':>8} {'pause ms':>9} {'worst':>7}"
    taken = [
        f"{one['policy']:8} {one['orders']:>6} {one['sent']:>5} {one['wall_s']:>8.3f} {one['cpu_s']:>8.3f}"
        f" {one['pause_ms']:>9.1f} {one['worst_pause_ms']:>7.1f}"
        for one in report["runs"]
    ]
    grown = ", ".join(f"{policy} N^{slope}" for policy, slope in report["growth"].items())
    return [
        head,
        *taken,
        f"growth of CPU s: {grown}; the idle event loop pauses for {report['idle_pause_ms']} ms",
        *_dense_table(report["dense"]),
        *(f"missed: {one}" for one in report["broken"]),
    ]


def _dense_table(dense: Sequence[dict[str, Any]]) -> list[str]:
    solved = f"{'pairs':>10} {'CPU s':>7} {'left':>5}"
    rows = (
        f"{one['orders']:>10} {one['pairs']:>10} {one['ours_s']:>7.3f} {one['left']:>5} {one['all_pairs']:>10}"
        f" {one['dense_s']:>7.3f} {one['dense_left']:>5} {one['cost_ratio']:>11.4f}"
        for one in dense
    )
    return [f"{'one by one':>10} {solved} {solved.replace('    pairs', 'all pairs')} {'cost, ratio':>11}", *rows]


def _name(one: Taken) -> str:
    return f"{one.policy} at {one.orders} × {one.orders}"
