"""Levers, refusals, ticks → what was expected of a lever, and what came of its hour."""

from collections.abc import Callable

import pytest

from models.city import City
from models.commands import AcceptOrder, ArriveAtRestaurant, Deliver, MarkReady, PickUp
from models.events import CommandRejected, Fact
from models.ids import CommandId, RestaurantId
from models.levers import (
    Effect,
    ExtendPromises,
    Levers,
    PauseKitchen,
    PullLever,
    Range,
    ReleaseLever,
    ShrinkRadius,
    SlowKitchen,
)
from models.pulled import PulledLever, pulled
from tests.unit.models.builders import (
    CITY,
    D1,
    FAR,
    MINUTE,
    O1,
    O2,
    O3,
    R1,
    R2,
    Town,
    minute,
    opened_town,
    placed,
    shift,
)
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
    new, judged = told(town)

    assert (new.since, new.expected, new.late_ms) == (minute(0), HALF_HOUR, None)
    assert (judged.late_orders, judged.late_ms, judged.over_at) == (1, 10 * MINUTE, None)


def test_a_lever_is_over_when_it_has_ended_and_its_hour_too() -> None:
    town = opened_town().do(PullLever("l1", PauseKitchen(R1), minute(5))).tick(5).tick(59).tick(60)
    new, ended, judged = told(town)

    assert (new.ended_at, ended.ended_at, ended.reason, ended.over_at) == (None, minute(5), "its time was over", None)
    assert (judged.late_orders, judged.late_ms, judged.over_at) == (0, 0, minute(60))


def test_what_came_of_a_lever_is_known_for_another_hour_and_then_it_goes() -> None:
    town = opened_town().do(PullLever("l1", PauseKitchen(R1), minute(5))).tick(5).tick(60).tick(119)
    state, _ = watched(town)
    judged = told(town)[-1]
    assert (judged.late_ms, state.levers) == (0, {"l1": judged})

    state, _ = watched(town.tick(120))
    assert (told(town)[-1], state.levers) == (judged, {})


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


@pytest.mark.parametrize("kind", [PauseKitchen, lambda which: SlowKitchen(which, 10)])
def test_of_two_kitchens_under_the_same_lever_each_has_its_own_orders_turned_away(
    kind: Callable[[RestaurantId], Levers],
) -> None:
    town = opened_town()
    town.ask(placed(O1, R1))
    town.do(PullLever("one", kind(R1), minute(30)), PullLever("other", kind(R2), minute(30)))
    town.refusal(placed(O2, R1))
    town.refusal(placed(O3, R1))

    assert {one.id: one.refused for one in told(town)} == {"one": 2, "other": 0}


@pytest.mark.parametrize(
    ("reason", "some", "refused"),
    [
        ("the kitchen is paused", (PauseKitchen(R1),), [1]),
        ("the kitchen is paused", (PauseKitchen(R1), SlowKitchen(R2, 10)), [1]),
        ("the kitchen is paused", (PauseKitchen(R1), PauseKitchen(R2)), []),
        ("illegal move", (PauseKitchen(R1),), []),
    ],
)
def test_an_old_refusal_that_names_no_lever_counts_where_one_alone_could_have_been_it(
    reason: str, some: tuple[Levers, ...], refused: list[int]
) -> None:
    levers = {str(n): PulledLever(str(n), lever, minute(0), minute(30), None, None) for n, lever in enumerate(some)}
    no = Fact(CITY, 9, CommandId("k"), minute(1), CommandRejected("PlaceOrder", reason, "Roma"))

    assert [one.refused for one in pulled(levers, City(CITY), no)] == refused


def test_a_release_of_a_lever_that_was_judged_long_ago_ends_it() -> None:
    town = opened_town().do(PullLever("l1", PauseKitchen(R1), minute(300), None, HALF_HOUR)).tick(30).tick(40)
    town.do(ReleaseLever("l1"))

    assert [one.over_at for one in told(town)] == [None, None, minute(40)]
