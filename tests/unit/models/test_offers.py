"""Where a city's assignments are offers: a driver takes one in time, by word or by coming, or loses it."""

import pytest

from models.commands import AcceptOffer, ArriveAtRestaurant, AssignOrder, CancelOrder, Tick
from models.dispatch import match
from models.events import DriverUnassigned, OfferAccepted, Ticked
from models.order import OrderStatus, answered, lapsed
from tests.unit.models.builders import (
    D1,
    D2,
    MINUTE,
    O1,
    O2,
    Town,
    minute,
    opened_town,
    order_town,
    placed,
    shift,
    turn,
)


def offered(*orders: str, offer_seconds: int | None = 60) -> Town:
    """At minute 1, d1 was offered these orders, in a city where an offer lasts a minute."""
    some = orders or (O1,)
    return opened_town(offer_seconds=offer_seconds).do(shift(), *(placed(o) for o in some)).assign(D1, *some)  # type: ignore[arg-type]


def test_an_offer_that_nobody_answers_runs_out_and_its_order_is_open_in_that_very_turn() -> None:
    town = offered().do(shift(D2))
    t = minute(2)

    assert town.ask(Tick(t, ())) == [DriverUnassigned(O1, D1, "offer timed out"), Ticked(t, ())]
    assert (town.order().declined, town.driver().status) == ((D1,), "available")
    assert [(a.driver, a.orders) for a in match(town.city, t).assignments] == [(D2, (O1,))]


def test_an_offer_that_ran_out_did_so_at_the_time_of_the_tick() -> None:
    town = offered().tick(2)

    assert [fact.at for fact in town.log[-2:]] == [minute(2)] * 2


def test_an_offer_stands_until_its_last_millisecond_is_over() -> None:
    t = minute(2) - 1

    assert offered().ask(Tick(t, ())) == [Ticked(t, ())]


def test_a_driver_who_takes_it_keeps_it() -> None:
    town = offered()

    assert town.ask(AcceptOffer(O1, D1)) == [OfferAccepted(O1, D1)]
    assert (town.order().answered_at, town.tick(9).order().driver) == (minute(1), D1)
    assert town.refusal(AcceptOffer(O1, D1)) == ("already accepted", "pending")


def test_a_driver_who_comes_has_taken_it() -> None:
    town = offered().do(ArriveAtRestaurant(D1))

    assert town.refusal(AcceptOffer(O1, D1)) == ("already accepted", "pending")
    assert town.tick(9).order().driver == D1


def test_each_order_of_a_route_is_an_offer_of_its_own() -> None:
    town = offered(O2, O1).do(AcceptOffer(O2, D1))

    assert town.ask(Tick(minute(3), ())) == [DriverUnassigned(O1, D1, "offer timed out"), Ticked(minute(3), ())]
    assert town.driver().route == (O2,)


def test_offers_run_out_in_the_order_of_their_ids() -> None:
    lost = [DriverUnassigned(o, D1, "offer timed out") for o in (O1, O2)]

    assert offered(O2, O1).ask(Tick(minute(3), ())) == [*lost, Ticked(minute(3), ())]


def test_the_next_driver_has_his_own_time_to_answer() -> None:
    town = offered().do(shift(D2)).tick(2).do(turn(minute(2), (D2, O1)))
    town.do(Tick(minute(2) + MINUTE - 1, ()))

    assert (town.order().driver, answered(town.order())) == (D2, False)
    assert town.do(AcceptOffer(O1, D2)).tick(9).order().driver == D2


def test_an_answer_is_worth_nothing_to_the_next_driver() -> None:
    town = offered().do(AcceptOffer(O1, D1)).do(shift(D2))

    assert town.do(AssignOrder(O1, D2)).tick(9).order().driver is None


def test_where_assignments_are_no_offers_nobody_has_to_answer() -> None:
    assert offered(offer_seconds=None).tick(90).order().driver == D1


@pytest.mark.parametrize("status", ["out_for_delivery", "delivered"])
def test_food_on_board_is_no_offer(status: str) -> None:
    """A phone may have lost the arrival: the pick-up says as much."""
    order = order_town(OrderStatus(status)).order()

    assert not answered(order)
    assert not lapsed(order, minute(600), MINUTE)


def test_a_cancelled_order_is_no_offer() -> None:
    town = offered().do(CancelOrder(O1, "customer"))

    assert town.ask(Tick(minute(5), ())) == [Ticked(minute(5), ())]
