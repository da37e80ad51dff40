"""A driver who still fetches is given more of the same restaurant: his whole new route is named, the new orders are facts."""

import pytest

from models.commands import AcceptOrder, ArriveAtRestaurant, CancelOrder, DeclineOrder, EndShift, MarkReady, PickUp
from models.events import Dispatched, DriverAssigned, DriverUnassigned, Happened
from models.ids import DriverId, OrderId
from tests.unit.models.builders import D1, D2, O1, O2, O3, R2, Town, minute, opened_town, placed, shift, turn

O4 = OrderId("o4")


def _fetching(*route: OrderId, waits: bool = False) -> Town:
    """d1 is on his way to r1 for this route, or stands there; at the second tick, with o3 and o4 still open."""
    orders = [ask for o in (O1, O2, O3, O4) for ask in (placed(o), AcceptOrder(o))]
    town = opened_town().do(shift(), shift(D2), *orders).assign(D1, *route)
    return town.do(*([ArriveAtRestaurant(D1)] if waits else [])).tick(2)


def _given(town: Town, *orders: OrderId, driver: DriverId = D1) -> list[Happened]:
    *facts, closed = town.ask(turn(minute(2), (driver, *orders)))
    assert closed == Dispatched(minute(2))
    return facts


@pytest.mark.parametrize("waits", [False, True], ids=["on the way", "waiting"])
@pytest.mark.parametrize(
    ("route", "facts"),
    [
        ((O1, O2, O3), [DriverAssigned(O3, D1, 2)]),
        ((O3, O1, O2), [DriverAssigned(O3, D1, 0)]),
        ((O4, O1, O3, O2), [DriverAssigned(O4, D1, 0), DriverAssigned(O3, D1, 2)]),
    ],
    ids=["behind", "before", "around and between"],
)
def test_each_new_order_is_a_fact_at_its_place_in_the_whole_route(
    route: tuple[OrderId, ...], facts: list[Happened], waits: bool
) -> None:
    town = _fetching(O1, O2, waits=waits)

    assert _given(town, *route) == facts
    assert town.driver().route == route
    assert [town.order(o).place for o in route] == list(range(len(route)))


@pytest.mark.parametrize(
    "route",
    [(O2, O1, O3), (O1, O3), (O3,), (O1, O2), (O1, O2, O3, O3), (O1, O1, O2, O3), (O1, O2, OrderId("nothing"))],
    ids=["turned round", "one missing", "all missing", "nothing new", "new twice", "his twice", "unknown"],
)
def test_a_route_that_is_not_his_with_new_orders_in_it_is_left_out(route: tuple[OrderId, ...]) -> None:
    assert _given(_fetching(O1, O2), *route) == []


def test_an_order_of_another_restaurant_is_left_out() -> None:
    town = _fetching(O1).do(placed(OrderId("far"), R2))

    assert _given(town, O1, OrderId("far")) == []


def test_who_lost_an_order_since_it_was_decided_gets_nothing_by_that_decision() -> None:
    assert _given(_fetching(O1, O2).do(CancelOrder(O2, "customer")), O1, O2, O3) == []


def test_who_has_an_order_that_the_decision_did_not_know_gets_nothing_by_it() -> None:
    assert _given(_fetching(O1, O2), O1, O3) == []


def test_an_order_that_another_driver_got_meanwhile_is_left_out() -> None:
    town = _fetching(O1).do(turn(minute(2), (D2, O3))).tick(3)

    assert town.ask(turn(minute(3), (D1, O1, O3))) == [Dispatched(minute(3))]


def test_who_has_picked_up_takes_no_more() -> None:
    """Not even while the rest of his route still stands in the kitchen."""
    picked_up = _fetching(O1, O2, waits=True).do(MarkReady(O1), PickUp(O1, D1))

    assert picked_up.driver().status == "waiting"
    assert _given(picked_up, O1, O2, O3) == []


def test_who_is_on_his_way_to_a_door_takes_no_more() -> None:
    assert _given(_fetching(O1, waits=True).do(MarkReady(O1), PickUp(O1, D1)), O1, O3) == []


def test_a_driver_is_named_once_a_turn() -> None:
    facts = _fetching(O1).ask(turn(minute(2), (D1, O1, O3), (D1, O1, O4), (D1, O1, O3, O4)))

    assert facts == [DriverAssigned(O3, D1, 1), Dispatched(minute(2))]


def test_what_is_left_after_a_declined_order_stays_as_it_is() -> None:
    """He had left with o1 when he was told of o3."""
    town = _fetching(O1, waits=True).do(turn(minute(2), (D1, O1, O3)), MarkReady(O1), PickUp(O1, D1))

    assert town.ask(DeclineOrder(O3, D1)) == [DriverUnassigned(O3, D1, "declined")]
    assert (town.driver().route, town.driver().status) == ((O1,), "to_door")
    assert (town.order().place, town.order(O3).driver) == (0, None)


def test_who_goes_home_gives_all_of_it_back() -> None:
    town = _fetching(O1).do(turn(minute(2), (D1, O3, O1)))

    assert town.ask(EndShift(D1))[:2] == [DriverUnassigned(o, D1, "shift ended") for o in (O3, O1)]
