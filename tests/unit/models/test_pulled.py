"""Levers, refusals, ticks → what was expected of a lever, and what came of its hour."""

from models.commands import AcceptOrder, ArriveAtRestaurant, Deliver, MarkReady, PickUp
from models.levers import (
    Effect,
    ExtendPromises,
    PauseKitchen,
    PullLever,
    Range,
    ReleaseLever,
    ShrinkRadius,
    SlowKitchen,
)
from models.pulled import PulledLever
from tests.unit.models.builders import D1, FAR, MINUTE, O1, O2, O3, R1, Town, minute, opened_town, placed, shift
from tests.unit.models.test_watch import watched

NOUGHT = Range(0.0, 0.0, 0.0)
HALF_HOUR = Effect(30, NOUGHT, NOUGHT, NOUGHT, NOUGHT, 0.0)


def told(town: Town) -> list[PulledLever]:
    return [one for one in watched(town)[1] if isinstance(one, PulledLever)]


def test_a_lever_is_judged_by_what_came_in_the_time_that_was_foretold() -> None:
    """o1 is 10 minutes past its promise within the half hour, o2 comes in time."""
    town = opened_town().do(shift(), placed(O1, promise=15), placed(O2, promise=40))
    town.do(PullLever("l1", ExtendPromises(10), minute(60), None, HALF_HOUR), AcceptOrder(O1), MarkReady(O1))
    town.assign(D1, O1).tick(20).do(ArriveAtRestaurant(D1), PickUp(O1, D1)).tick(25).do(Deliver(O1, D1)).tick(29)
    town.tick(30).tick(31)
    pulled, judged = told(town)

    assert (pulled.since, pulled.expected, pulled.late_ms) == (minute(0), HALF_HOUR, None)
    assert (judged.late_orders, judged.late_ms, judged.over) == (1, 10 * MINUTE, False)


def test_a_lever_is_over_when_it_has_ended_and_its_hour_too() -> None:
    town = opened_town().do(PullLever("l1", PauseKitchen(R1), minute(5))).tick(5).tick(59).tick(60)
    state, _ = watched(town)
    pulled, ended, judged = told(town)

    assert (pulled.ended_at, ended.ended_at, ended.reason, ended.over) == (None, minute(5), "its time was over", False)
    assert (judged.late_orders, judged.late_ms, judged.over) == (0, 0, True)
    assert state.levers == {}


def test_orders_turned_away_count_for_the_lever_that_did_it() -> None:
    town = opened_town().do(
        PullLever("near", ShrinkRadius(1000), minute(30)),
        PullLever("slow", SlowKitchen(R1, 10), minute(30)),
        placed(O1),
    )
    town.refusal(placed(O2))
    town.tick(20).refusal(placed(O3, R1, FAR))
    last = {one.id: one.refused for one in told(town)}

    assert last == {"near": 1, "slow": 1}


def test_a_release_of_a_lever_that_was_judged_long_ago_ends_it() -> None:
    town = opened_town().do(PullLever("l1", PauseKitchen(R1), minute(300), None, HALF_HOUR)).tick(30).tick(40)
    town.do(ReleaseLever("l1"))

    assert [one.over for one in told(town)] == [False, False, True]
