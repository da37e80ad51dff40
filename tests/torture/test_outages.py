"""Each store is taken away in the middle of a day: the day ends as if nothing had happened, and the proof agrees."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from infra import proof, stack
from infra.stack import Stack
from models.settings import Settings
from simulator.scenario import Scenario
from tests.torture import rig

pytestmark = [
    pytest.mark.torture,
    pytest.mark.real,
    pytest.mark.timeout(1800),
    # kafka-python 3.0.12 drops the sockets of a refused connection without closing them
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

AWAY_SECONDS = 10.0
STRIKE_AT_TURN = 300
DELTAS = {"live deltas"}
"""After a flush the delta log begins anew, under another live epoch."""


def _postgres_stopped(running: Stack) -> None:
    running.call(running.launcher.hold, "postgres")
    threading.Event().wait(AWAY_SECONDS)
    running.call(running.launcher.release, "postgres")


def _kafka_restarted(running: Stack) -> None:
    running.call(running.launcher.restart, "kafka")


def _redis_flushed(running: Stack) -> None:
    redis.Redis.from_url(str(running.settings.redis_url)).flushall()
    proof.rebuild_live(running.settings, None)


@pytest.mark.parametrize(
    ("outage", "anew"), [(_postgres_stopped, set()), (_kafka_restarted, set()), (_redis_flushed, DELTAS)]
)
def test_a_store_that_was_away_leaves_no_trace(
    outage: Callable[[Stack], None],
    anew: set[str],
    day: Scenario,
    truth: rig.Run,
    state_dir: Path,
    record_property: Callable[[str, object], None],
) -> None:
    turns, strike = 0, threading.Thread()

    def after(t: int) -> None:
        nonlocal turns, strike
        turns += 1
        if turns == STRIKE_AT_TURN:
            strike = threading.Thread(target=outage, args=(running,))
            strike.start()

    with stack.running(Settings(), state_dir, restarts=1000) as running:
        # a rebuild of all cities before may outlast the day
        run = rig.through(running, day, after, over=lambda: strike.join())
        rig.say(outage.__name__.strip("_").replace("_", " "), run, truth)
        report = proof.reconcile(running.settings, run.city, repair=False)

    record_property("figure", f"slowest turn {run.slowest:.1f} s")
    assert set(run.differences(truth)) <= anew
    assert report["clean"], report
