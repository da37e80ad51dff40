"""`kill -9` at random moments and at every named point: the day ends as if nothing had happened."""

from collections.abc import Callable
from pathlib import Path

import pytest

from infra import stack
from models.settings import Settings
from simulator.scenario import Scenario
from tests.torture import rig
from tests.torture.strikes import RandomKill, hit

pytestmark = [pytest.mark.torture, pytest.mark.real, pytest.mark.timeout(1800)]

SLOWEST_TURN_SECONDS = 8.0
TURNS = 850
"""Of the recorded day, roughly."""
SEEDS = {"city": 10, "positions": 5, "insights": 5}
POINTS = {
    "before_commit": ("city", 300),
    "after_commit": ("city", 300),
    "after_first_fact": ("city", 200),
    "before_turn": ("city", 300),
    "after_turn": ("city", 300),
    "after_redis": ("city", 300),
    "before_tick_sent": ("positions", 300),
    "after_tick_sent": ("positions", 300),
    "order_etas_commit": ("insights", 300),
    "order_etas_committed": ("insights", 300),
    "city_kpis_commit": ("insights", 300),
    "alerts_commit": ("insights", 300),
    "alerts_committed": ("insights", 300),
}


def test_an_undisturbed_day_is_the_day_in_memory(
    day: Scenario, truth: rig.Run, state_dir: Path, record_property: Callable[[str, object], None]
) -> None:
    with stack.running(Settings(), state_dir) as running:
        for again in (1, 2):
            run = rig.through(running, day)
            rig.say(f"undisturbed {again}", run, truth)
            record_property("figure", f"slowest turn {run.slowest:.1f} s")

            assert run.differences(truth) == []


def test_a_worker_killed_at_a_random_moment_comes_back_and_nothing_shows(
    day: Scenario, truth: rig.Run, state_dir: Path, record_property: Callable[[str, object], None]
) -> None:
    bad = []
    with stack.running(Settings(), state_dir, restarts=1000) as running:
        for role, seeds in SEEDS.items():
            for seed in range(seeds):
                kill = RandomKill(running, role, seed, TURNS)
                run = rig.through(running, day, kill)
                rig.say(f"kill -9 of {role}, seed {seed}", run, truth, **kill.told())
                record_property("figure", f"slowest turn {run.slowest:.1f} s")
                if run.differences(truth) or run.slowest > SLOWEST_TURN_SECONDS:
                    bad.append((role, seed))

    assert bad == []


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_a_named_point_comes_back_and_nothing_shows(
    point: str,
    day: Scenario,
    truth: rig.Run,
    state_dir: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    role, passing = POINTS[point]
    marker = tmp_path / point
    env = {"TRACK_FAILPOINT": f"{point}:{passing}:{marker}"}
    with stack.running(Settings(), state_dir, env=env, restarts=1000) as running:
        run = rig.through(running, day)
        _, pid = hit(marker)
        rig.say(f"kill -9 at {point}", run, truth, passing=passing, pid=f"{pid} → {running.launcher.pid(role)}")
    record_property("figure", f"slowest turn {run.slowest:.1f} s")

    assert run.differences(truth) == []
    assert run.slowest <= SLOWEST_TURN_SECONDS
