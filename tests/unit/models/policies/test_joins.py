"""Who fetches at a restaurant already is given more of it where that costs less than a driver of its own."""

import pytest

from models.commands import AcceptOrder, AnnounceReady, ArriveAtRestaurant, Assignment, MarkReady, PickUp
from models.dispatch import match
from models.geo import Point
from models.ids import DriverId, OrderId
from models.policies import joins
from tests.unit.models.builders import D1, D2, DOOR, O1, O2, O3, R2, Town, minute, opened_town, placed, shift

FAR_AWAY = Point(0.0, -9600.0)
ALONG = Point(1280.0, 0.0)


def _turn(town: Town, at: float) -> tuple[Assignment, ...]:
    return match(town.city, minute(at)).assignments


def _fetching(policy: str = "rolling", until: float = 600, ready: float = 10) -> Town:
    """d1 is sent for o1 at minute 1, to be ready at minute 10; half an hour away stands d2."""
    town = opened_town(policy=policy, ready_mode="known").do(shift(until=until), shift(D2, FAR_AWAY), placed())
    return town.do(AcceptOrder(O1), AnnounceReady(O1, minute(ready))).assign(D1, O1)


def _come(town: Town, order: OrderId = O2, ready: float = 10, door: Point = ALONG) -> Town:
    return town.do(placed(order, door=door), AcceptOrder(order), AnnounceReady(order, minute(ready)))


@pytest.mark.parametrize("waits", [False, True], ids=["on the way", "waiting"])
def test_who_fetches_there_takes_a_new_order_along_at_once(waits: bool) -> None:
    town = _come(_fetching().do(*([ArriveAtRestaurant(D1)] if waits else [])))

    assert _turn(town, 2) == (Assignment(D1, (O1, O2)),)


def test_the_nearer_door_comes_first_though_its_order_came_last() -> None:
    assert _turn(_come(_fetching(), door=Point(640.0, 0.0)), 2) == (Assignment(D1, (O2, O1)),)


def test_the_city_takes_that_turn_as_it_is() -> None:
    town = _come(_fetching(), door=Point(640.0, 0.0)).tick(2)
    town.do(match(town.city, minute(2)))

    assert town.driver().route == (O2, O1)


def test_a_driver_of_its_own_is_sent_where_one_stands_beside() -> None:
    """Ready food does not wait for d1, whose own is ready at minute 10."""
    town = _come(_fetching().do(shift(DriverId("d3"))), ready=2, door=Point(-1280.0, 0.0))

    assert _turn(town, 2) == (Assignment(DriverId("d3"), (O2,)),)


def test_batch_gives_nobody_more() -> None:
    assert _turn(_come(_fetching("batch")), 2) == ()


def test_who_has_picked_up_is_given_no_more() -> None:
    town = _fetching(ready=1).do(MarkReady(O1), ArriveAtRestaurant(D1), PickUp(O1, D1))

    assert _turn(_come(town), 2) == ()


def test_food_that_is_ready_after_his_shift_is_not_for_him() -> None:
    assert _turn(_come(_fetching(until=20), ready=20), 2) == (Assignment(D1, (O1, O2)),)
    assert [one.driver for one in _turn(_come(_fetching(until=20), ready=21), 2)] == [D2]


def test_another_restaurant_is_not_on_his_way() -> None:
    town = _fetching().do(placed(O2, R2, DOOR), AcceptOrder(O2), AnnounceReady(O2, minute(60)))

    assert _turn(town, 2) == ()


def test_a_route_of_four_takes_no_fifth() -> None:
    four = [OrderId(f"o{n}") for n in range(1, 5)]
    town = opened_town(policy="rolling").do(shift(), *(placed(o) for o in four)).assign(D1, *four)

    assert _turn(_come(town, OrderId("o5")), 2) == ()


def test_when_nobody_else_will_be_free_those_who_fetch_still_take_more() -> None:
    """d1 goes home after this route: he is no hand for a later one."""
    ready = [ask for o in (O1, O3) for ask in (placed(o), AcceptOrder(o), MarkReady(o))]
    town = opened_town(policy="rolling").do(shift(until=6), *ready).assign(D1, O1)

    assert _turn(town, 2) == (Assignment(D1, (O1, O3)),)


def test_of_more_drivers_than_are_weighed_those_whose_food_is_ready_with_it_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joins, "SOONEST", 1)
    town = opened_town(policy="rolling").do(shift(D1), shift(D2), placed(O1), placed(O3))
    town.do(AcceptOrder(O1), AnnounceReady(O1, minute(40)), AcceptOrder(O3), AnnounceReady(O3, minute(20)))
    town.assign(D1, O1).assign(D2, O3)

    assert _turn(_come(town, ready=20), 3) == (Assignment(D2, (O3, O2)),)
