"""What one driver carries together: only orders of one restaurant, and only where it spares more than it costs."""

from models.commands import AcceptOrder, AnnounceReady, MarkReady
from models.geo import Point
from models.ids import OrderId
from models.order import unassigned
from models.policies.units import Unit, route, units, with_more
from models.prep import Outlook
from tests.unit.models.builders import (
    CENTRE,
    DOOR,
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
    rules,
)

KITCHENS = {R1: CENTRE, R2: FAR}
BEYOND = Point(1920.0, 0.0)
DEAR, CHEAP = 2000, 0


def _units(town: Town, most: int = 4, price: int = DEAR, at: float = 30) -> list[tuple[OrderId, ...]]:
    return [tuple(o.id for o in one.orders) for one in _made(town, most, price, at)]


def _made(town: Town, most: int, price: int, at: float) -> list[Unit]:
    outlook = Outlook(town.city.kitchens, minute(at))
    return units(unassigned(town.city.orders.values()), dict(KITCHENS), rules(), outlook, most, price)


def test_orders_of_two_restaurants_are_never_together() -> None:
    assert _units(opened_town().do(placed(O1), placed(O2, R2))) == [(O1,), (O2,)]


def test_where_a_drivers_minute_costs_nothing_each_order_goes_alone() -> None:
    assert _units(opened_town().do(placed(O1), placed(O2)), price=CHEAP) == [(O1,), (O2,)]


def test_where_drivers_are_dear_doors_on_one_way_are_joined_the_nearer_door_first() -> None:
    town = opened_town().do(placed(O1, door=BEYOND), placed(O2, door=DOOR))

    assert _units(town) == [(O2, O1)]


def test_a_route_has_at_most_so_many_doors() -> None:
    town = opened_town().do(*(placed(OrderId(f"o{n}")) for n in range(5)))

    assert sorted(len(one) for one in _units(town, most=2)) == [1, 2, 2]
    assert sorted(len(one) for one in _units(town, most=4)) == [2, 3]
    assert _units(town, most=1) == [(OrderId(f"o{n}"),) for n in range(5)]


def test_food_that_is_ready_is_not_kept_for_food_that_is_far_from_ready() -> None:
    town = opened_town().do(placed(O1), placed(O2), AcceptOrder(O2), AnnounceReady(O2, minute(90)))

    assert _units(town) == [(O1,), (O2,)]


def test_a_unit_knows_when_it_is_ready_and_how_long_its_round_takes() -> None:
    town = opened_town().do(placed(O1, door=DOOR), placed(O3, door=BEYOND), AcceptOrder(O1), MarkReady(O1))
    (one,) = _made(town.do(AcceptOrder(O3), AnnounceReady(O3, minute(35))), 4, DEAR, 30)

    assert (one.ready, one.early, one.readies) == (minute(35), minute(35), minute(30) + minute(35))
    assert one.doors_ms == (3 + 2) * MINUTE + (3 + 4 + 3 + 2) * MINUTE
    assert one.round_ms == (3 + 4 + 3 + 4) * MINUTE


def test_what_a_driver_has_stays_in_its_order_and_new_doors_come_where_they_cost_least() -> None:
    """The new door lies between his two."""
    doors = {O1: BEYOND, O2: Point(0.0, 1920.0), O3: Point(960.0, 960.0)}
    town = opened_town().do(*(placed(o, door=door) for o, door in doors.items()))
    going = (town.order(O1), town.order(O2))
    (more,) = [one for one in _made(town, 1, DEAR, 30) if one.orders[0].id == O3]
    outlook = Outlook(town.city.kitchens, minute(30))
    before, both = route(going, more.kitchen, rules(), outlook), with_more(going, more, rules(), outlook)

    assert ([o.id for o in before.orders], [o.id for o in both.orders]) == ([O1, O2], [O1, O3, O2])
    assert before.doors_ms == (6 + 2) * MINUTE + (6 + 4 + 9 + 2) * MINUTE
