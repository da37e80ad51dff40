"""Two workers share three cities; one is killed, killed for good, or stopped with a decision in its hand."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest
from kafka.partitioner.default import murmur2

from infra import replay, stack, web
from infra.local.ports import remembered_port
from infra.stack import Stack
from models.ids import CityId
from models.settings import Settings
from models.topics import PARTITIONS
from simulator.scenario import Scenario
from tests.torture import rig
from tests.torture.strikes import hit

pytestmark = [pytest.mark.torture, pytest.mark.real, pytest.mark.timeout(1800)]

Record = Callable[[str, object], None]
NAMES = ("city", "city.2", "positions", "insights")
TAKEN_OVER_SECONDS = 15.0
STOPPED_SECONDS = 60.0
STRIKE_AT_TURN = 200


def test_a_killed_worker_comes_back_and_its_cities_with_it(
    day: Scenario, truth: rig.Run, state_dir: Path, record_property: Record
) -> None:
    with stack.running(Settings(), state_dir, NAMES, restarts=1000) as running:
        runs = _three_cities(running, day, lambda: running.launcher.kill("city", SIGKILL))

    _say("one of two killed", runs, truth, record_property)
    assert [run.differences(truth) for run in runs] == [[], [], []]


def test_a_worker_killed_for_good_is_replaced_by_the_other(
    day: Scenario, truth: rig.Run, state_dir: Path, record_property: Record
) -> None:
    def gone() -> None:
        running.launcher.kill("city", SIGKILL)
        running.call(running.launcher.hold, "city")

    with stack.running(Settings(), state_dir, NAMES, restarts=1000) as running:
        runs = _three_cities(running, day, gone)

    _say("one of two killed for good", runs, truth, record_property)
    assert [run.differences(truth) for run in runs] == [[], [], []]
    assert max(run.slowest for run in runs) <= TAKEN_OVER_SECONDS


def test_a_worker_stopped_with_a_decision_in_hand_is_refused_by_the_fence(
    day: Scenario, truth: rig.Run, state_dir: Path, tmp_path: Path, record_property: Record
) -> None:
    marker = tmp_path / "stopped"
    env = {"TRACK_FAILPOINT": f"before_commit:600:{marker}:SIGSTOP"}
    log = state_dir / "stack.log"
    with stack.running(Settings(), state_dir, NAMES, env=env, restarts=1000) as running:
        since = log.stat().st_size
        runs = _three_cities(running, day, lambda: _continued_later(hit(marker)[1]))
        said = log.read_text()[since:]

    _say("stopped with a decision in hand", runs, truth, record_property)
    assert [run.differences(truth) for run in runs] == [[], [], []]
    assert "ended with 70" in said


def test_a_worker_stopped_at_random_is_refused_or_begins_anew(
    day: Scenario, truth: rig.Run, state_dir: Path, record_property: Record
) -> None:
    def stopped() -> None:
        pid = running.launcher.pid("city")
        os.kill(pid, SIGSTOP)
        _continued_later(pid)

    with stack.running(Settings(), state_dir, NAMES, restarts=1000) as running:
        runs = _three_cities(running, day, stopped)

    _say("stopped at random", runs, truth, record_property)
    assert [run.differences(truth) for run in runs] == [[], [], []]


def _three_cities(running: Stack, day: Scenario, strike: Callable[[], None]) -> list[rig.Run]:
    """Three cities at once, on partitions of both workers; the strike falls when the first is at turn 200."""
    cities = [_city_on(partition) for partition in _shared_out(running)]
    engines = [rig.lived(day, city) for city in cities]
    struck = threading.Event()
    turns = 0

    def after(t: int) -> None:
        nonlocal turns
        turns += 1
        if turns == STRIKE_AT_TURN and not struck.is_set():
            struck.set()
            threading.Thread(target=strike).start()

    with ThreadPoolExecutor(3) as pool:
        feeds = [pool.submit(replay.feed, engine, running.settings, after) for engine in engines]
        feeders = [one.result() for one in feeds]
    for city in cities:
        replay.settled(str(running.settings.postgres_url), city)
    return [rig.left(running, day, city, feeder) for city, feeder in zip(cities, feeders, strict=True)]


def _shared_out(running: Stack) -> list[int]:
    """Two partitions of the one worker and one of the other."""
    first, second = (_partitions(running, name) for name in ("city", "city.2"))
    return [*first[:2], second[0]]


def _partitions(running: Stack, name: str) -> list[int]:
    port = remembered_port(running.settings.state_dir, name)
    report = web.ask(web.health_url(port or 0))
    return list(report["partitions"]) if report else []


def _city_on(partition: int) -> CityId:
    ids = (CityId(f"shared-{os.urandom(4).hex()}") for _ in range(10_000))
    return next(one for one in ids if (murmur2(one.encode()) & 0x7FFFFFFF) % PARTITIONS == partition)


def _continued_later(pid: int) -> None:
    threading.Timer(STOPPED_SECONDS, os.kill, (pid, SIGCONT)).start()


def _say(what: str, runs: list[rig.Run], truth: rig.Run, record: Record) -> None:
    for run in runs:
        rig.say(what, run, truth)
        record("figure", f"slowest turn {run.slowest:.1f} s")
