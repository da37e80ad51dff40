"""A turn of dispatch meets the city as it is by then: what no longer holds is left out, the rest is done."""

import pytest

from models.commands import AcceptOrder, BecomeFree, CancelOrder, DispatchTurn
from models.driver import DriverStatus
from models.events import Dispatched, DriverAssigned
from models.ids import DriverId, OrderId
from tests.unit.models.builders import (
    D1,
    D2,
    D3,
    O1,
    O2,
    O3,
    R2,
    Town,
    driver_town,
    minute,
    opened_town,
    placed,
    shift,
    turn,
)

NOW = minute(1)
DONE = Dispatched(NOW)


def _busy_town() -> Town:
    """Three drivers and three orders, the third of another restaurant, at the first tick."""
    shifts, orders = (shift(d) for d in (D1, D2, D3)), (placed(O1), placed(O2), placed(O3, R2))
    return opened_town().do(*shifts, *orders).tick(1)


def test_a_turn_assigns_every_pair_that_holds_and_closes_last() -> None:
    facts = _busy_town().ask(turn(NOW, (D1, O3), (D2, O1)))

    assert facts == [DriverAssigned(O3, D1, 0), DriverAssigned(O1, D2, 0), DONE]


def test_two_orders_of_one_restaurant_go_with_one_driver_in_the_order_of_their_doors() -> None:
    assert _busy_town().ask(turn(NOW, (D1, O2, O1))) == [DriverAssigned(O2, D1, 0), DriverAssigned(O1, D1, 1), DONE]


def test_a_bundle_of_two_restaurants_is_left_out_whole() -> None:
    assert _busy_town().ask(turn(NOW, (D1, O1, O3), (D2, O2))) == [DriverAssigned(O2, D2, 0), DONE]


@pytest.mark.parametrize(
    "pair",
    [
        (D1,),
        (DriverId("nobody"), O1),
        (D1, OrderId("nothing")),
        (D1, O1, OrderId("nothing")),
        (D1, O1, O1),
    ],
    ids=["no order", "unknown driver", "unknown order", "one of two unknown", "the same order twice"],
)
def test_a_pair_that_never_held_is_left_out(pair: tuple[DriverId, *tuple[OrderId, ...]]) -> None:
    assert _busy_town().ask(turn(NOW, pair)) == [DONE]


def test_an_order_that_was_cancelled_since_the_tick_is_left_out() -> None:
    town = _busy_town().do(CancelOrder(O1, "customer"))

    assert town.ask(turn(NOW, (D1, O1), (D2, O2))) == [DriverAssigned(O2, D2, 0), DONE]


def test_a_bundle_with_a_cancelled_order_is_left_out_whole() -> None:
    town = _busy_town().do(CancelOrder(O1, "customer"))

    assert town.ask(turn(NOW, (D1, O1, O2))) == [DONE]


def test_no_driver_and_no_order_is_given_twice_in_one_turn() -> None:
    facts = _busy_town().ask(turn(NOW, (D1, O1), (D1, O2), (D2, O1), (D3, O2, O1), (D2, O2)))

    assert facts == [DriverAssigned(O1, D1, 0), DriverAssigned(O2, D2, 0), DONE]


def test_a_pair_that_was_left_out_takes_nobody() -> None:
    """The first pair mixes restaurants: its driver and its orders are still there for the pairs behind it."""
    assert _busy_town().ask(turn(NOW, (D1, O1, O3), (D1, O1))) == [DriverAssigned(O1, D1, 0), DONE]


def test_a_driver_and_an_order_may_have_the_same_id() -> None:
    """Recorded days number both from 1."""
    town = opened_town().do(*(shift(DriverId(n)) for n in "12"), *(placed(OrderId(n)) for n in "12")).tick(1)
    facts = town.ask(turn(NOW, (DriverId("1"), OrderId("2")), (DriverId("2"), OrderId("1"))))

    assert facts == [
        DriverAssigned(OrderId("2"), DriverId("1"), 0),
        DriverAssigned(OrderId("1"), DriverId("2"), 0),
        DONE,
    ]


def test_an_order_nobody_accepted_yet_may_have_its_driver_already() -> None:
    town = _busy_town().do(turn(NOW, (D1, O1)))

    assert town.order().status == "pending"
    assert town.do(AcceptOrder(O1)).order().driver == D1


def test_a_turn_of_no_tick_is_refused() -> None:
    town = _busy_town()

    assert town.refusal(turn(NOW + 1, (D1, O1))) == ("no open turn", "None")
    assert town.do(turn(NOW)).refusal(turn(NOW, (D1, O1))) == ("no open turn", str(NOW))
    assert town.tick(2).refusal(turn(NOW, (D1, O1))) == ("no open turn", str(NOW))


def test_a_turn_that_comes_after_the_next_tick_still_counts() -> None:
    """Dispatch thinks while time goes on; its answer is checked, not thrown away."""
    assert _busy_town().tick(2).ask(turn(NOW, (D1, O1))) == [DriverAssigned(O1, D1, 0), DONE]


def test_a_newer_turn_closes_the_ones_before_it() -> None:
    town = _busy_town().tick(2).do(DispatchTurn(minute(2), ()))

    assert town.refusal(turn(NOW, (D1, O1))) == ("no open turn", str(minute(2)))


def test_a_driver_who_was_busy_gets_work_again_when_free() -> None:

    town = driver_town(DriverStatus.TO_DOOR).do(BecomeFree(D1), placed(O2)).tick(2)

    assert town.ask(turn(minute(2), (D1, O2))) == [DriverAssigned(O2, D1, 0), Dispatched(minute(2))]
