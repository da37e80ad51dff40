"""A line of orders and a line of hands: who is ready first gets the hand that is free first."""

from models.commands import AnnounceReady
from models.ids import DriverId, OrderId
from models.line import APPROACH_MS, LEFT_MS, ROUTE_MS, Line, line
from models.policies.hands import Hand
from models.prep import Outlook
from tests.unit.models.builders import CENTRE, D1, D2, O1, O2, O3, minute, opened_town, placed


def _line(ready: dict[OrderId, float], free: dict[DriverId, float], until: float = 600) -> Line:
    """Orders by the minute they are announced for, drivers by the minute they are free at."""
    town = opened_town()
    for order, at in ready.items():
        town.do(placed(order), AnnounceReady(order, minute(at)))
    crew = [Hand(d, "car", CENTRE, minute(at), minute(until), at == 0) for d, at in free.items()]
    return line(town.city.orders.values(), crew, Outlook(town.city.kitchens, minute(0)))


def test_who_is_ready_first_gets_the_hand_that_is_free_first() -> None:
    found = _line({O1: 30, O2: 20}, {D1: 15, D2: 3})

    assert found.there == {O2: minute(3) + APPROACH_MS, O1: minute(15) + APPROACH_MS}


def test_a_hand_that_took_an_order_is_free_again_a_route_after_he_set_off() -> None:
    """He sets off so that he is there when it is ready, or when he is free if that is later."""
    there = minute(20) + ROUTE_MS

    assert _line({O1: 20, O2: 25}, {D1: 0}).there[O2] == there
    assert _line({O1: 2, O2: 25}, {D1: 5}).there[O2] == minute(5) + ROUTE_MS + APPROACH_MS


def test_one_more_order_is_told_the_next_hand() -> None:
    found = _line({O1: 20}, {D1: 0, D2: 9})

    assert found.next_there == minute(9) + APPROACH_MS
    assert found.picked_up(O3, minute(4)) == minute(9) + APPROACH_MS
    assert found.picked_up(O3, minute(50)) == minute(50)


def test_a_hand_whose_shift_ends_takes_no_more() -> None:
    found = _line({O1: 20, O2: 20}, {D1: 0}, until=20)

    assert list(found.there) == [O1]
    assert found.next_there is None


def test_where_nobody_is_there_half_an_hour_is_a_guess() -> None:
    assert _line({O1: 20}, {}).picked_up(O1, minute(20)) == minute(20) + LEFT_MS
    assert Line().picked_up(O1, minute(20)) == minute(20) + LEFT_MS


def test_food_is_not_picked_up_before_it_is_ready() -> None:
    assert _line({O1: 20}, {D1: 0}).picked_up(O1, minute(20)) == minute(20)
    assert _line({O1: 20}, {D1: 40}).picked_up(O1, minute(20)) == minute(40) + APPROACH_MS


def test_ties_go_by_id_whatever_the_order_they_came_in() -> None:
    found = _line({O2: 20, O1: 20}, {D2: 5, D1: 5})

    assert found == _line({O1: 20, O2: 20}, {D1: 5, D2: 5})
    assert list(found.there) == [O1, O2]
