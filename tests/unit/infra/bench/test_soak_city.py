"""A city of a soak: an evening cut short, or a whole day, every fault in it, the same for the same seed."""

import pytest

from infra.bench.soak_city import WHOLE_DAY_MINUTES, WINDING_DOWN_MINUTES, Ask, city, faults
from infra.faults import planned
from models.ways import MINUTE_MS
from simulator.faults.kinds import KINDS
from simulator.scenario import Scenario
from simulator.sources.synthetic import MIDNIGHT, TOWNS


def ask(seed: int = 100, minutes: int = 60) -> Ask:
    return Ask(seed, minutes, speed=10.0, drivers=20, orders_per_hour=40)


def live_minutes(day: Scenario) -> float:
    assert day.live_from is not None
    return (max(shift.until for shift in day.shifts) - day.live_from) / MINUTE_MS


@pytest.mark.parametrize("minutes", [60, 120])
def test_a_short_city_is_live_for_the_minutes_asked_and_everybody_goes_home(minutes: int) -> None:
    day = city(ask(minutes=minutes), MIDNIGHT)
    assert day.live_from is not None

    assert live_minutes(day) == minutes
    assert max(order.ready_at for order in day.orders) <= day.live_from + (minutes - WINDING_DOWN_MINUTES) * MINUTE_MS
    assert all(shift.on_at < shift.until for shift in day.shifts)
    assert len(day.orders) > 40, "an evening that has its rush behind it"


def test_a_long_city_is_a_whole_day_live_from_the_morning_on() -> None:
    day = city(ask(minutes=WHOLE_DAY_MINUTES), MIDNIGHT)

    assert live_minutes(day) == WHOLE_DAY_MINUTES
    assert day.live_from == day.opens_at + 15 * MINUTE_MS


def test_the_same_seed_is_the_same_city_and_the_next_one_is_another_town() -> None:
    assert city(ask(), MIDNIGHT) == city(ask(), MIDNIGHT)
    assert {city(ask(seed), MIDNIGHT).name for seed in range(100, 104)} == set(TOWNS)


def test_every_kind_of_fault_there_is_strikes_it() -> None:
    struck = planned(faults(ask()), city(ask(), MIDNIGHT))

    assert [fault.name for fault in struck] == list(KINDS)
    assert {fault.seed for fault in struck} == {100}
