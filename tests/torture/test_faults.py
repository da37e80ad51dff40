"""Each fault, five seeds, through real servers: the day ends, truth and log agree, no letter but those that were asked for."""

import sys
import time
from collections.abc import Iterator

import pytest

from infra import stack
from infra.stack import Stack
from models.settings import Settings
from simulator.faults.kinds import KINDS
from tests.real.faults_through import through
from tests.walks.fault_effects import EFFECTS, holds
from tests.walks.faulty_days import SPECS, Lived, a_day

pytestmark = [pytest.mark.torture, pytest.mark.real, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack.running(Settings(), tmp_path_factory.mktemp("faults")) as one:
        yield one


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", KINDS)
def test_a_fault_does_what_the_truth_says_and_nothing_else(name: str, seed: int, running: Stack) -> None:
    since = time.monotonic()
    day = through(running, [f"{SPECS[name]}:seed={seed}"], a_day(name == "bridge-closed", seed))
    say(name, seed, day, time.monotonic() - since)
    holds(day)
    EFFECTS[name](day)


def say(name: str, seed: int, day: Lived, seconds: float) -> None:
    """One line of the table."""
    drift, pings = len(day.report["drift"]), "  ".join(f"{fate} {n}" for fate, n in sorted(day.fates.items()) if n)
    told = (
        f"facts {len(day.facts)}  truth {len(day.entries)}  letters {len(day.letters)}  drift {drift}  pings: {pings}"
    )
    sys.stderr.write(f"\n{name:18} seed {seed}  {seconds:5.1f} s  {told}\n")
