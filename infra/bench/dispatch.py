"""cities in their rush → here → what a turn takes as they grow, how long it holds the event loop, and the dense reference.

`match` runs in a thread, as the agent runs it. A task on the same event loop asks for a sleep of a millisecond, again and
again: how much longer it took is the pause, and what of it this process had the processor for was held. The rest is the
machine's: with five processes on two cores pauses of 20 ms came out as 54.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Sequence
from statistics import linear_regression, median
from typing import Any, NamedTuple

from infra.bench.dispatch_dense import compared
from infra.bench.rush import Rush, rush
from models.dispatch import match
from pipelines.garbage import few_collections

POLICIES = ("nearest", "batch", "rolling")
SIZES = (100, 250, 500, 1000, 2000, 4000)
JUDGED_POLICY, JUDGED_SIZE = "rolling", 2000
MOST_CPU_S, LONGEST_HELD_MS = 1.0, 50.0
SLEEP_S, SETTLE_S, IDLE_S = 0.001, 0.02, 0.5


class Taken(NamedTuple):
    """Medians of the runs, of each run's longest pause too; `worst_pause_ms` is the longest of all."""

    policy: str
    orders: int
    sent: int
    wall_s: float
    cpu_s: float
    held_ms: float
    pause_ms: float
    worst_pause_ms: float


class Gap(NamedTuple):
    """Milliseconds beyond what was asked, on the wall and of this process's CPU."""

    pause_ms: float
    held_ms: float


def bench(sizes: Sequence[int] = SIZES, runs: int = 5) -> dict[str, Any]:
    """The report; `broken` names each target that was missed. One core is used, and 250 MB for the dense matrix of 4,000."""
    with few_collections():
        taken = [_taken(policy, size, runs) for policy in POLICIES for size in sizes]
        dense = [compared(rush(size, "batch")) for size in sizes]
        idle = asyncio.run(_longest_during(asyncio.sleep(IDLE_S)))
    return {
        "runs": [one._asdict() for one in taken],
        "growth": {policy: growth([one for one in taken if one.policy == policy]) for policy in POLICIES},
        "dense": [one._asdict() for one in dense],
        "idle_pause_ms": round(idle.pause_ms, 1),
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
        f"{_name(one)}: the event loop held for {one.held_ms} ms, {LONGEST_HELD_MS} allowed"
        for one in judged
        if one.held_ms > LONGEST_HELD_MS
    ]
    return slow + held


def _taken(policy: str, size: int, runs: int) -> Taken:
    day = rush(size, policy)
    sent = len(match(*day).assignments)  # and scipy is imported, which takes longer than a turn
    walls, cpus = zip(*(_timed(day) for _ in range(runs)), strict=True)
    longest = asyncio.run(longest_gaps(day, runs))
    pauses, held = [one.pause_ms for one in longest], [one.held_ms for one in longest]
    seconds = (round(median(walls), 6), round(median(cpus), 6))
    return Taken(policy, size, sent, *seconds, round(median(held), 1), round(median(pauses), 1), round(max(pauses), 1))


def _timed(day: Rush) -> tuple[float, float]:
    """Seconds on the wall and of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    match(*day)
    return time.perf_counter() - wall, time.process_time() - cpu


async def longest_gaps(day: Rush, runs: int) -> list[Gap]:
    """The longest pause of the event loop, and the longest that it was held, in each of `runs` turns of a thread."""
    return [await _longest_during(asyncio.to_thread(match, *day)) for _ in range(runs)]


async def _longest_during(what: Awaitable[object]) -> Gap:
    ended, gaps = asyncio.Event(), list[Gap]()
    ticking = asyncio.create_task(_tick(ended, gaps))
    await asyncio.sleep(SETTLE_S)
    await what
    ended.set()
    await ticking
    return Gap(max(one.pause_ms for one in gaps), max(one.held_ms for one in gaps))


async def _tick(ended: asyncio.Event, gaps: list[Gap]) -> None:
    while not ended.is_set():
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.sleep(SLEEP_S)
        walls, cpus = time.perf_counter() - wall, time.process_time() - cpu
        gaps.append(Gap(1000 * (walls - SLEEP_S), 1000 * max(0.0, cpus - SLEEP_S)))


def told(report: dict[str, Any]) -> list[str]:
    """Two tables for the eye, and what was missed."""
    head = (
        f"{'policy':8} {'N × N':>6} {'sent':>5} {'wall s':>8} {'CPU s':>8} {'held ms':>8} {'pause ms':>9} {'worst':>7}"
    )
    taken = [
        f"{one['policy']:8} {one['orders']:>6} {one['sent']:>5} {one['wall_s']:>8.3f} {one['cpu_s']:>8.3f}"
        f" {one['held_ms']:>8.1f} {one['pause_ms']:>9.1f} {one['worst_pause_ms']:>7.1f}"
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
