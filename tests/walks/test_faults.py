"""Each fault, five seeds, in memory: the day ends, its log says what the truth says, and nothing else is broken by it."""

import pytest

from models.ways import MINUTE_MS
from simulator.faults.kinds import KINDS
from simulator.truth import Begun, PingDelayed, PingDropped, PingSkewed
from tests.walks.fault_effects import EFFECTS, holds
from tests.walks.faulty_days import NOON, SPECS, a_day, lived, lived_from_noon

SEEDS = range(5)
LETTERS = pytest.mark.expects_dead_letters
NAMES = [pytest.param(name, marks=LETTERS if name == "garbage" else ()) for name in KINDS]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_fault_does_what_the_truth_says_and_nothing_else(name: str, seed: int) -> None:
    day = lived([f"{SPECS[name]}:seed={seed}"], a_day(name == "bridge-closed", seed))

    holds(day)
    EFFECTS[name](day)


@pytest.mark.expects_dead_letters
@pytest.mark.parametrize("seed", SEEDS)
def test_all_faults_at_once_are_told_apart(seed: int) -> None:
    day = lived([f"{one}:seed={seed}" for one in SPECS.values()], a_day(True, seed))

    holds(day)
    assert {e.fault.partition("#")[0] for e in day.entries} == set(KINDS)


@pytest.mark.expects_dead_letters
def test_the_same_faults_make_the_same_day() -> None:
    specs = [f"{one}:seed=3" for one in SPECS.values()]
    one, other = (lived(specs, a_day(streets=True)) for _ in range(2))

    assert (one.facts, one.entries) == (other.facts, other.entries)


@pytest.mark.expects_dead_letters
@pytest.mark.parametrize("seed", SEEDS)
def test_faults_that_are_switched_on_in_the_middle_of_the_day_are_told_apart(seed: int) -> None:
    day = lived_from_noon([f"{one}:seed={seed}" for one in SPECS.values()], a_day(True, seed))

    holds(day)
    assert {e.fault.partition("#")[0] for e in day.entries} == set(KINDS)
    assert min(e.what.at for e in day.of(Begun)) == day.scenario.opens_at + NOON * MINUTE_MS + 1000


@pytest.mark.parametrize("seed", SEEDS)
def test_a_phone_that_is_hours_off_is_not_believed(seed: int) -> None:
    """Ahead of its city by more than an hour, or behind what it said itself before."""
    day = lived([f"clock-skew:at=+20m:for=30m:by=2h:share=0.5:seed={seed}"], a_day(seed=seed))
    ahead = [e for e in day.of(PingSkewed) if e.told > e.ping.at]
    behind = [e for e in day.of(PingSkewed) if e.told < e.ping.at]

    holds(day)
    assert (day.fates.get("ahead", 0), day.fates.get("late", 0)) == (len(ahead), len(behind))
    assert ahead or behind


def test_whoever_is_named_is_struck_and_nobody_else() -> None:
    day = lived(["silent-phone:whom=d3", "late-pings:whom=d4:share=0.5"], a_day())

    holds(day)
    assert {e.ping.driver for e in day.of(PingDropped)} == {"d3"}
    assert {e.ping.driver for e in day.of(PingDelayed)} == {"d4"}
