"""the recorded Grubhub days → the whole pipeline in memory → no rule of theirs is broken."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from models import events
from simulator.schedule_check import check
from simulator.score import score
from simulator.sources import mdrp

SMALL = [f"0o50t{t}s{s}p{p}" for t in (100, 75) for s in (1, 2) for p in (100, 125)]
UNDERSTAFFED = [f"1o50t100s{s}p{p}" for s in (1, 2) for p in (100, 125)]
LARGE = ["2o100t100s1p100", "4o100t100s1p100", "5o50t100s1p100", "9o100t100s2p100"]

Recorded = Callable[[str], Path]


@pytest.mark.parametrize("name", SMALL + UNDERSTAFFED + LARGE)
def test_a_recorded_day_breaks_no_rule(name: str, recorded: Recorded, lockstep: Callable) -> None:
    scenario = mdrp.load(recorded(name))
    facts = lockstep(scenario).run().facts

    assert check(facts, scenario) == []
    assert not any(isinstance(f.body, events.CommandRejected) for f in facts)


@pytest.mark.parametrize("name", [*SMALL, "1o50t100s1p100"])
def test_a_day_whose_ready_times_nobody_knows_breaks_no_rule_either(
    name: str, recorded: Recorded, lockstep: Callable
) -> None:
    scenario = mdrp.load(recorded(name), ready_mode="estimated")

    assert check(lockstep(scenario).run().facts, scenario) == []


@pytest.mark.parametrize("name", SMALL)
def test_the_nearest_driver_delivers_nearly_all(name: str, recorded: Recorded, lockstep: Callable) -> None:
    scenario = mdrp.load(recorded(name))
    result = lockstep(scenario).run()

    assert score(result.facts, scenario, result.predictions).delivered >= 0.97 * len(scenario.orders)


def test_orders_whose_driver_goes_home_are_taken_over_by_others(recorded: Recorded, lockstep: Callable) -> None:
    """Nobody knew that the food would come too late for them."""
    facts = lockstep(mdrp.load(recorded(SMALL[0]), ready_mode="estimated")).run().facts
    taken_away = {f.body.order for f in facts if isinstance(f.body, events.DriverUnassigned)}
    delivered = {f.body.order for f in facts if isinstance(f.body, events.OrderDelivered)}

    assert taken_away
    assert taken_away <= delivered


def test_a_day_of_routes_with_two_orders_breaks_no_rule(recorded: Recorded, lockstep: Callable, in_pairs: str) -> None:
    scenario = mdrp.load(recorded("5o50t100s1p100"), policy=in_pairs)
    facts = lockstep(scenario).run().facts
    seconds = sum(isinstance(f.body, events.DriverAssigned) and f.body.place == 1 for f in facts)

    assert seconds > 100
    assert check(facts, scenario) == []


def test_a_day_replayed_twice_is_decided_the_same(recorded: Recorded, lockstep: Callable) -> None:
    scenario = mdrp.load(recorded(SMALL[0]))

    assert lockstep(scenario).run() == lockstep(scenario).run()


def test_a_day_of_252_orders_replays_in_memory_in_well_under_two_seconds(
    recorded: Recorded, lockstep: Callable, record_property: Callable[[str, object], None]
) -> None:
    since = time.perf_counter()
    lockstep(mdrp.load(recorded(SMALL[0]))).run()
    seconds = time.perf_counter() - since
    record_property("figure", f"{seconds:.2f} s")

    assert seconds < 2
