"""stamps, plan, promise → the ledger of late minutes: what each stage lost, and that it all adds up."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecast import Parts
from models.geo import Point
from models.ids import CustomerId, DriverId, OrderId, RestaurantId
from models.lateness import STAGES, Booked, booked, by_stage, late, over, spent
from models.order import Order
from models.ways import MINUTE_MS
from tests.unit.models.builders import T0, minute

PLAN = Parts(10, 0, 2, 3, 10, 2)
"""Minutes: 27 in all."""


def ms(plan: Parts) -> Parts:
    return Parts(*(n * MINUTE_MS for n in msgspec.structs.astuple(plan)))


def order(promise: float, **stamps: float | None) -> Order:
    """Placed at 0, everything in minutes; what is not said happened as planned."""
    usual: dict[str, float | None] = {
        "ready": 10,
        "assigned": 3,
        "waited": 12,
        "picked_up": 15,
        "at_door": 25,
        "ended": 27,
    }
    at: dict[str, Any] = {
        f"{name}_at": None if value is None else minute(value) for name, value in (usual | stamps).items()
    }
    who = OrderId("o1"), CustomerId("c1"), RestaurantId("r1"), Point(0, 0), ()
    return Order(*who, placed_at=T0, promised_at=minute(promise), driver=DriverId("d1"), **at)


def lost(one: Order, plan: Parts = PLAN) -> dict[str, float]:
    """Minutes by the stage that lost them, none where none were."""
    found = late(one, ms(plan), "z1", 7)
    assert found is not None
    return {stage: lost / MINUTE_MS for stage, lost in msgspec.structs.asdict(found.booked).items() if lost}


def test_an_order_that_kept_its_promise_is_in_no_ledger() -> None:
    assert late(order(27), ms(PLAN), "z1", 7) is None
    assert late(order(26.999), ms(PLAN), "z1", 7) is not None


@pytest.mark.parametrize(
    ("stamps", "stage"),
    [
        ({"ready": 15, "waited": 15, "picked_up": 20, "at_door": 30, "ended": 32}, {"prepare": 3, "wait": 2}),
        ({"assigned": 14, "waited": 16, "picked_up": 19, "at_door": 29, "ended": 31}, {"assign": 4}),
        ({"waited": 18, "picked_up": 21, "at_door": 31, "ended": 33}, {"approach": 6}),
        ({"picked_up": 19, "at_door": 29, "ended": 31}, {"wait": 4}),
        ({"at_door": 32, "ended": 34}, {"ride": 7}),
        ({"ended": 30}, {"hand_over": 3}),
    ],
)
def test_a_late_minute_is_booked_to_the_stage_that_lost_it(stamps: dict[str, float], stage: dict[str, float]) -> None:
    """In the first case the driver is there when the food is ready: of five minutes in the kitchen two were planned for him."""
    assert lost(order(27, **stamps)) == stage


def test_slack_is_eaten_before_a_minute_is_late() -> None:
    """Five minutes more than planned in the kitchen eat the slack; the two on the ride are late."""
    later = order(32, ready=15, waited=17, picked_up=20, at_door=32, ended=34)

    assert lost(later) == {"ride": 2}


def test_time_that_is_regained_makes_the_latest_loss_good_first() -> None:
    """Kitchen 6 late, wait 3 late, ride 4 early: the wait's three are made good, and one of the kitchen's."""
    regained = order(27, ready=16, waited=18, picked_up=24, at_door=30, ended=32)

    assert lost(regained) == {"prepare": 5}


def test_a_plan_that_was_longer_than_its_promise_was_late_from_the_start() -> None:
    assert lost(order(20)) == {"promise": 7}


def test_a_driver_who_waits_for_food_is_the_kitchen_s_time() -> None:
    early = order(27, ready=15, waited=5, picked_up=20, at_door=30, ended=32)

    assert spent(early, minute(32)) == ms(Parts(15, 0, 0, 5, 10, 2))


def test_food_that_is_not_ready_is_still_in_the_kitchen_though_its_driver_is_there() -> None:
    cooking = order(27, ready=None, waited=5, picked_up=None, at_door=None, ended=None)

    assert spent(cooking, minute(20)) == ms(Parts(20, 0, 0, 0, 0, 0))


def test_an_open_order_has_spent_its_time_in_the_stages_it_was_in() -> None:
    waiting = order(27, assigned=None, waited=None, picked_up=None, at_door=None, ended=None)

    assert spent(waiting, minute(14)) == ms(Parts(10, 4, 0, 0, 0, 0))


def test_what_a_stage_takes_beyond_its_plan_counts_what_is_expected_of_it() -> None:
    waiting = order(27, assigned=None, waited=None, picked_up=None, at_door=None, ended=None)
    left = ms(Parts(0, 2, 2, 3, 10, 2))

    assert over(waiting, ms(PLAN), left, minute(14)) == ms(Parts(0, 6, 0, 0, 0, 0))


def test_a_stamp_that_is_missing_ends_its_stage_with_the_next_one() -> None:
    assert spent(order(27, waited=None, at_door=None), minute(27)) == ms(Parts(10, 0, 5, 0, 12, 0))


STAMPS = st.fixed_dictionaries(
    {name: st.none() | st.integers(-5, 90) for name in ("ready", "assigned", "waited", "picked_up", "at_door")}
)
MINUTES = st.integers(0, 40)


@given(STAMPS, st.integers(0, 90), st.integers(0, 90), st.builds(Parts, *[MINUTES] * 6))
def test_of_any_order_the_stages_sum_to_its_lateness(stamps: Any, ended: int, promise: int, plan: Parts) -> None:
    """Whatever is missing or out of step in a dirty log."""
    one = order(promise, **stamps, ended=ended)
    found = late(one, ms(plan), "z1", 7)

    assert sum(msgspec.structs.astuple(spent(one, minute(ended)))) == ended * MINUTE_MS
    assert min(msgspec.structs.astuple(booked(one, ms(plan), minute(ended)))) >= 0
    assert (found.late_ms if found else 0) == max(0, ended - promise) * MINUTE_MS
    assert found is None or sum(msgspec.structs.astuple(found.booked)) == found.late_ms


@given(st.lists(st.builds(Booked, *[st.integers(0, 5_000)] * 7)))
def test_whole_seconds_of_the_stages_sum_to_those_of_all(bookings: list[Booked]) -> None:
    seconds, total_ms = by_stage(bookings), sum(sum(msgspec.structs.astuple(one)) for one in bookings)

    assert list(seconds) == ["promise", *STAGES]
    assert sum(seconds.values()) == (total_ms + 500) // 1000
    assert min(seconds.values()) >= 0
