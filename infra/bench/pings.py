"""feeder → `track worker positions` and `track worker city` → here → what 20,000 pings a second cost, and the proof.

The workers run as shipped, on servers of their own; then a bare aiokafka loop is fed the same pings on the same servers.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import psutil
from kafka.admin import KafkaAdminClient, NewTopic

from infra import kafka_connection, stack
from infra.bench import bare, feeder
from infra.bench.fleet import Fleet
from infra.bench.stored import Stored, drained, now_ms
from infra.bench.watch import Quantiles, Watch, cpu_seconds, fates, quantiles
from infra.local.ports import remembered_port
from infra.stack import Stack
from infra.web import fetch
from models.ids import CityId
from models.settings import Settings
from models.topics import PARTITIONS

GOAL_P99_MS, GOAL_RATE = 250, 20_000
ROLES = ("city", "positions")
PARTS = ("positions", "city", "valkey", "postgres", "kafka")
HEAD_START_MS, PLANNED_PER_MS = 4_000, 40
"""From the plan to its first ping: by then both processes of a run are there, and every frame is made."""


def bench(settings: Settings, rates: list[int], seconds: int, tick_seconds: int) -> dict[str, Any]:
    """The report; `broken` says what was not as it must be. `rates` in pings a second. Raises TrackError."""
    spawn = get_context("spawn")
    with _stack(settings) as up, ProcessPoolExecutor(2, mp_context=spawn) as processes:
        runs = [_run(Fleet(CityId(f"bench-{r}"), r, seconds, tick_seconds), up, processes) for r in rates]
    return {"cores": psutil.cpu_count(), "runs": runs, "broken": [line for run in runs for line in run["broken"]]}


def told(report: dict[str, Any]) -> list[str]:
    """The report for a reader: ours beside the reference, one block a rate."""
    return [line for run in report["runs"] for line in _told(run)]


@contextmanager
def _stack(settings: Settings) -> Iterator[Stack]:
    """Servers of its own that would survive a power cut, gone afterwards; after an error they are kept."""
    directory = settings.state_dir.resolve() / f"bench-{os.getpid()}"
    own = settings.model_copy(update={"postgres_url": None, "redis_url": None, "kafka_bootstrap": None})
    with stack.running(own, directory, ROLES, fast=False) as up:
        yield up
    shutil.rmtree(directory)


def _run(fleet: Fleet, up: Stack, processes: Executor) -> dict[str, Any]:
    with Stored(up.settings) as stored:
        processes.submit(feeder.open_city, fleet, up.settings).result()
        stored.wait_opened(fleet)
        ours = _ours(_planned(fleet), up, stored, processes)
        reference = _reference(_planned(fleet._replace(city=CityId(f"bare-{fleet.drivers}"))), up, stored, processes)
    sent = {"pings_per_second": fleet.drivers, "seconds": fleet.seconds, "sent": fleet.pings + fleet.repeats}
    return {**sent, "tick_seconds": fleet.tick_seconds, "broken": [*ours.pop("broken"), *reference.pop("broken")],
            "track": ours, "bare": reference}  # fmt: skip


def _ours(fleet: Fleet, up: Stack, stored: Stored, processes: Executor) -> dict[str, Any]:
    before, pids = _counted(up), {name: up.launcher.pid(name) for name in PARTS}
    spent, watch = cpu_seconds(pids), Watch(str(up.settings.redis_url), fleet)
    watch.start()
    fed = processes.submit(feeder.feed, fleet, up.settings).result()
    waited = drained(stored, fleet, ticks=True)
    watch.stop()
    cost = {name: round(now - spent[name], 2) for name, now in cpu_seconds(pids).items()}
    counted = {fate: new for fate, n in _counted(up).items() if (new := n - before.get(fate, 0))}
    seen = quantiles(watch.latencies)
    tick = {"n": len(fed.ticks), "bytes": stored.tick_bytes(fleet), "age_ms": quantiles(watch.ticks)}
    return {
        "latency_ms": seen,
        "drained_after_s": waited,
        "feeder_late_ms": fed.late_ms,
        "counted": counted,
        "tick": tick,
        "cpu_s": {**cost, "feeder": round(fed.cpu_seconds, 2)},
        "cpu_s_per_million_pings": _per_million(cost["positions"], fleet),
        "broken": [
            *stored.broken(fleet, ticks=fed.ticks),
            *_miscounted(fleet, counted),
            *(
                [f"{fleet.city}: p99 {seen}, must be {GOAL_P99_MS} ms"]
                if fleet.drivers >= GOAL_RATE and _late(seen)
                else []
            ),
        ],
    }


def _reference(fleet: Fleet, up: Stack, stored: Stored, processes: Executor) -> dict[str, Any]:
    admin = KafkaAdminClient(**kafka_connection.options(up.settings))
    if bare.TOPIC not in admin.list_topics():
        admin.create_topics([NewTopic(bare.TOPIC, PARTITIONS, 1)])
    admin.close()
    watch = Watch(str(up.settings.redis_url), fleet)
    watch.start()
    consumed = processes.submit(bare.consume, fleet, up.settings)
    fed = processes.submit(feeder.feed, fleet, up.settings, bare.TOPIC, False).result()
    waited = drained(stored, fleet, ticks=False)
    watch.stop()
    cost = consumed.result()
    return {
        "latency_ms": quantiles(watch.latencies),
        "drained_after_s": waited,
        "feeder_late_ms": fed.late_ms,
        "cpu_s_per_million_pings": _per_million(cost, fleet),
        "broken": stored.broken(fleet, ticks=()),
    }


def _planned(fleet: Fleet) -> Fleet:
    return fleet._replace(began=now_ms() + HEAD_START_MS + fleet.pings // PLANNED_PER_MS)


def _counted(up: Stack) -> dict[str, int]:
    port = remembered_port(up.settings.state_dir, "positions")
    return fates(fetch(f"http://127.0.0.1:{port}/metrics") or b"")


def _miscounted(fleet: Fleet, counted: dict[str, int]) -> list[str]:
    due = {"accepted": fleet.pings, **({"late": fleet.repeats} if fleet.repeats else {})}
    return [] if counted == due else [f"{fleet.city}: counted {counted}, sent {due}"]


def _late(seen: Quantiles | None) -> bool:
    """Promised of the highest rate; shown of every one."""
    return seen is None or seen.p99 > GOAL_P99_MS


def _per_million(seconds: float, fleet: Fleet) -> float:
    return round(seconds * 1e6 / fleet.pings, 1)


def _told(run: dict[str, Any]) -> list[str]:
    ours, bare_, rate = run["track"], run["bare"], run["pings_per_second"]
    costs = "  ".join(f"{name} {seconds / run['seconds']:.2f}" for name, seconds in ours["cpu_s"].items())
    tick, late = ours["tick"], _late(ours["latency_ms"])
    ratio = ours["cpu_s_per_million_pings"] / max(bare_["cpu_s_per_million_pings"], 0.1)
    return [
        f"{rate} pings/s for {run['seconds']} s, a tick every {run['tick_seconds']} s",
        f"  track   {_line(ours)}",
        f"  bare    {_line(bare_)}",
        f"  ratio   {ratio:.1f} × the CPU of the bare loop; p99 goal {GOAL_P99_MS} ms {'MISSED' if late else 'met'}",
        f"  ticks   {tick['bytes']} bytes in the log, age in ms when shown: {_spread(tick['age_ms'])}",
        f"  cores   {costs}",
        *(f"  BROKEN  {line}" for line in run["broken"]),
    ]


def _line(side: dict[str, Any]) -> str:
    drained_after = "  ".join(
        f"{what} {'never' if seconds is None else f'{seconds:.1f} s'}"
        for what, seconds in side["drained_after_s"].items()
    )
    cost = side["cpu_s_per_million_pings"]
    return f"{_spread(side['latency_ms'])} ms  {cost} CPU s per million pings  stored after: {drained_after}"


def _spread(found: Quantiles | None) -> str:
    return "nothing seen" if found is None else f"p50 {found.p50}  p99 {found.p99}  most {found.most}"
