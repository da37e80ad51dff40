"""A short day on real servers, each role killed once: the small sister of `make torture`."""

from collections.abc import Callable, Iterator

import pytest

from infra import proof, stack
from infra.stack import Stack
from models.settings import Settings
from simulator.scenario import Scenario
from tests.real.short_day import short_day
from tests.torture import rig
from tests.torture.strikes import RandomKill

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

TURNS = 150
SLOWEST_TURN_SECONDS = 8.0


@pytest.fixture(scope="module")
def day() -> Scenario:
    return short_day()


@pytest.fixture(scope="module")
def truth(day: Scenario) -> rig.Run:
    return rig.undisturbed(day)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack.running(Settings(), tmp_path_factory.mktemp("day"), restarts=100) as one:
        yield one


def test_a_day_through_kafka_is_the_day_in_memory(
    running: Stack, day: Scenario, truth: rig.Run, record_property: Callable[[str, object], None]
) -> None:
    """Log, rows, ETAs, KPIs, live views, deltas and report; and the proof agrees."""
    run = rig.through(running, day)
    record_property("figure", f"{len(run.digests)} digests equal after {len(run.turns)} turns")

    assert run.differences(truth) == []
    assert proof.reconcile(running.settings, run.city)["clean"]


@pytest.mark.parametrize("role", ["city", "positions", "insights"])
def test_a_killed_worker_comes_back_and_nothing_shows(
    role: str, running: Stack, day: Scenario, truth: rig.Run, record_property: Callable[[str, object], None]
) -> None:
    kill = RandomKill(running, role, seed=1, turns=TURNS)
    run = rig.through(running, day, kill)
    rig.say(f"kill -9 of {role}", run, truth, **kill.told())
    record_property("figure", f"slowest turn {run.slowest:.1f} s")

    assert run.differences(truth) == []
    assert run.slowest <= SLOWEST_TURN_SECONDS
