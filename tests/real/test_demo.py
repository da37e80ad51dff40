"""The stack as a person starts it: up, well, a part killed and named, back again, and nothing left after Ctrl-C."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGINT, SIGKILL
from typing import Any, NamedTuple

import psutil
import pytest
import redis

from infra.check import Part, check
from infra.local.ports import corner, pick_port
from infra.local.servers import PREFERRED_PORTS
from infra.up import NOTE
from models.settings import Settings
from models.views import CITIES, Key, key

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

UP_SECONDS, LIVE_SECONDS, WELL_SECONDS, GONE_SECONDS = 120.0, 60.0, 60.0, 30.0
PARTS = ("postgres", "valkey", "kafka", "city", "positions", "insights", "simulator", "dashboard", "foresee")


class Demo(NamedTuple):
    process: "subprocess.Popen[bytes]"
    seconds: float
    """From the command to its URL."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Its servers' ports are the directory's own: another test kills servers on the usual ones at the same time, and each
    once took the other's Kafka for its own while a port was free for a moment."""
    state_dir = tmp_path_factory.mktemp("demo")
    for place, name in enumerate(PREFERRED_PORTS):
        pick_port(corner(state_dir) + place, state_dir, name)
    return Settings(state_dir=state_dir)


@pytest.fixture(scope="module")
def demo(settings: Settings) -> Iterator[Demo]:
    env = {**os.environ, "TRACK_STATE_DIR": str(settings.state_dir), "NO_COLOR": "1"}
    began = time.monotonic()
    with (settings.state_dir / "up.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "infra.track", "up"], env=env, stdout=log, stderr=log)
        try:
            _until(lambda: b"the board: http://127.0.0.1:" in (settings.state_dir / "up.log").read_bytes(), UP_SECONDS)
            yield Demo(process, time.monotonic() - began)
        finally:
            process.send_signal(SIGINT)
            process.wait(GONE_SECONDS)


def test_all_parts_are_well_and_the_newest_facts_are_young(
    settings: Settings, demo: Demo, record_property: Callable[[str, object], None]
) -> None:
    _until(lambda: _troubles(settings) == {}, LIVE_SECONDS)
    parts = check(settings)
    cores, memory = sum(p.cpu_percent or 0 for p in parts) / 100, sum(p.memory_mb or 0 for p in parts) / 1000
    record_property("figure", f"its URL after {demo.seconds:.0f} s; then {cores:.1f} cores and {memory:.1f} GB in all")

    assert {part.name for part in parts} == set(PARTS)


def test_drivers_move_and_orders_are_live(settings: Settings, demo: Demo) -> None:
    client = redis.Redis.from_url(_note(settings)["env"]["TRACK_REDIS_URL"], decode_responses=True)
    cards: Any = client.hkeys(CITIES)
    before = client.hgetall(key(cards[0], Key.POSITIONS))

    _until(lambda: client.hgetall(key(cards[0], Key.POSITIONS)) != before, LIVE_SECONDS)
    _until(lambda: client.hlen(key(cards[0], Key.ORDERS)) > 0, LIVE_SECONDS)


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_named(
    part: str, settings: Settings, demo: Demo, record_property: Callable[[str, object], None]
) -> None:
    _until(lambda: _service(settings, part)["ready"], WELL_SECONDS)
    pid = _service(settings, part)["pid"]
    os.kill(pid, SIGKILL)
    killed = time.monotonic()
    _until(lambda: _service(settings, part)["pid"] != pid, WELL_SECONDS)
    record_property("figure", f"started again after {time.monotonic() - killed:.1f} s")

    assert part in _troubles(settings)


def test_all_is_well_again_after_every_part_was_killed(settings: Settings, demo: Demo) -> None:
    _until(lambda: _troubles(settings) == {}, WELL_SECONDS)

    assert all(_service(settings, part)["starts"] > 1 for part in PARTS)


def test_nothing_is_left_after_ctrl_c(
    settings: Settings, demo: Demo, record_property: Callable[[str, object], None]
) -> None:
    pids = [one["pid"] for one in _note(settings)["services"].values()]
    since = time.monotonic()
    demo.process.send_signal(SIGINT)

    assert demo.process.wait(GONE_SECONDS) == 0
    record_property("figure", f"gone after {time.monotonic() - since:.1f} s")
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []


def _troubles(settings: Settings) -> dict[str, str]:
    parts: list[Part] = check(settings)
    return {part.name: part.trouble for part in parts if part.trouble}


def _service(settings: Settings, part: str) -> dict[str, Any]:
    found: dict[str, Any] = _note(settings)["services"][part]
    return found


def _note(settings: Settings) -> dict[str, Any]:
    note: dict[str, Any] = json.loads(Path(settings.state_dir / NOTE).read_text())
    return note


def _until(done: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(0.2)
