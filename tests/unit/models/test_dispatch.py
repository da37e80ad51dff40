"""Who carries what: oldest order first, the nearest driver within reach, and the same turn whatever came in first."""

import random

from hypothesis import given
from hypothesis import strategies as st

from models.city import City
from models.commands import AcceptOrder, AddRestaurant, AnnounceReady, Assignment, DispatchTurn, MarkReady
from models.dispatch import match
from models.events import Option, Why
from models.geo import Point
from models.ids import CityId, DriverId, OrderId, RestaurantId
from models.policies.nearest import REACH_METRES
from models.travel import Travel
from tests.unit.models.builders import (
    CENTRE,
    D1,
    D2,
    D3,
    DOOR,
    MINUTE,
    O1,
    O2,
    O3,
    R1,
    STREETS,
    T0,
    TRAVEL,
    Town,
    bundle_town,
    minute,
    opened_town,
    placed,
    position,
    shift,
    turn,
)

NOW = minute(30)


def _turn(town: Town) -> tuple[Assignment, ...]:
    return match(town.city, NOW).assignments


def test_a_city_that_is_not_open_has_an_empty_turn() -> None:
    assert match(City(CityId("nowhere")), NOW) == DispatchTurn(NOW, ())


def test_nobody_free_and_nothing_to_carry_make_empty_turns() -> None:
    assert _turn(opened_town().do(placed())) == ()
    assert _turn(opened_town().do(shift())) == ()


def test_the_oldest_order_comes_first() -> None:
    town = opened_town().do(shift()).do(placed(O2), at=minute(1)).do(placed(O1), at=minute(2))

    assert _turn(town) == turn(NOW, (D1, O2)).assignments


def test_of_two_orders_of_one_minute_the_lower_id_comes_first() -> None:
    town = opened_town().do(shift(), placed(O3), placed(O2))

    assert _turn(town) == (Assignment(D1, (O2,)),)


def test_the_nearest_driver_goes() -> None:
    town = opened_town().do(placed(), shift(D1, Point(900.0, 0.0)), shift(D2, Point(0.0, -500.0)))

    assert _turn(town) == (Assignment(D2, (O1,)),)


def test_of_two_drivers_as_near_the_lower_id_goes() -> None:
    town = opened_town().do(placed(), shift(D2, Point(500.0, 0.0)), shift(D1, Point(-500.0, 0.0)))

    assert _turn(town) == (Assignment(D1, (O1,)),)


def test_five_kilometres_are_within_reach_and_a_metre_more_is_not() -> None:
    assert _turn(opened_town().do(placed(), shift(D1, Point(3000.0, 4000.0)))) == (Assignment(D1, (O1,)),)
    assert _turn(opened_town().do(placed(), shift(D1, Point(0.0, 5001.0)))) == ()


def test_a_driver_out_of_reach_of_the_oldest_order_takes_the_next() -> None:
    north = AddRestaurant(RestaurantId("north"), "Nord", Point(0.0, 8000.0))
    town = opened_town().do(north, placed(O1), placed(O2, north.restaurant), shift(D1, Point(0.0, 6000.0)))

    assert _turn(town) == (Assignment(D1, (O2,)),)


def test_each_driver_gets_one_order_a_turn() -> None:
    town = opened_town().do(placed(O1), placed(O2), placed(O3), shift(D1), shift(D2))

    assert _turn(town) == (Assignment(D1, (O1,)), Assignment(D2, (O2,)))


def test_a_driver_stands_where_the_last_tick_saw_him() -> None:
    town = opened_town().do(placed(), shift(D1), shift(D2, Point(100.0, 0.0)))
    town.tick(1, position(D1, minute(0.5), Point(200.0, 0.0)))

    assert _turn(town) == (Assignment(D2, (O1,)),)


def test_no_pick_up_after_the_off_time() -> None:
    """At the restaurant already, the hand-over is half a service, 2 minutes, away."""
    in_time, late = (opened_town().do(placed(), shift(until=n)) for n in (32, 32 - 1 / MINUTE))

    assert _turn(in_time) == (Assignment(D1, (O1,)),)
    assert _turn(late) == ()


def test_who_still_can_goes_where_the_nearest_no_longer_can() -> None:
    town = opened_town().do(placed(), shift(D1, CENTRE, until=31), shift(D2, DOOR, until=60))

    assert _turn(town) == (Assignment(D2, (O1,)),)


def test_food_announced_for_after_the_off_time_is_not_for_this_driver() -> None:
    town = opened_town().do(shift(until=40), placed(), AcceptOrder(O1), AnnounceReady(O1, minute(41)))

    assert _turn(town) == ()
    assert _turn(town.do(MarkReady(O1))) == (Assignment(D1, (O1,)),)


def test_a_turn_is_silent_about_orders_that_have_a_driver() -> None:
    town = bundle_town(O1, O2).do(shift(D2), shift(D3), placed(O3))

    assert _turn(town) == (Assignment(D2, (O3,)),)


def test_a_pick_up_is_when_both_food_and_driver_are_there() -> None:
    town = opened_town().do(shift(point=DOOR), placed(), AcceptOrder(O1))

    assert _why(town).pickup_at == minute(30 + 3 + 2)
    assert _why(town.do(AnnounceReady(O1, minute(50)))).pickup_at == minute(50)
    assert _why(town.do(MarkReady(O1), at=minute(45))).pickup_at == minute(45)


def _why(town: Town) -> Why:
    (why,) = match(town.city, NOW).whys
    return why


def test_a_turn_says_by_which_rule_at_what_cost_and_who_else_could_have_gone() -> None:
    town = opened_town().do(placed(), *(shift(DriverId(f"d{n}"), Point(320.0 * n, 0.0)) for n in range(1, 7)))
    why = _why(town)

    assert (why.rule, why.model, why.cost_ms) == ("nearest", "nearest/1", MINUTE)
    assert why.others == tuple(Option(DriverId(f"d{n}"), n * MINUTE) for n in (2, 3, 4))


def _crowd() -> Town:
    """Eight orders of two instants and six drivers on few points: ties everywhere."""
    town = opened_town()
    for n in range(6):
        town.do(shift(DriverId(f"d{n}"), Point(500.0 * (n % 3), 0.0), until=31 + 5 * n))
    for n in range(8):
        town.do(placed(OrderId(f"o{n}"), R1 if n % 2 else RestaurantId("r2")), at=T0 + MINUTE * (n % 2))
    return town


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_never_changes_a_turn(dice: random.Random) -> None:
    """Row order alone changed one match in five of a public reference."""
    sorted_city, shuffled = _crowd().city, _crowd().city
    for rows in ("orders", "drivers", "restaurants"):
        pairs = list(getattr(shuffled, rows).items())
        dice.shuffle(pairs)
        setattr(shuffled, rows, dict(pairs))

    assert len(match(sorted_city, NOW).assignments) > 3
    assert match(shuffled, NOW) == match(sorted_city, NOW)


def test_who_looks_near_across_the_river_is_farther_than_who_is_on_this_bank() -> None:
    """2.0 km as the crow flies and 4.4 by the bridge, against 2.5 km of road."""
    town = opened_town(travel=STREETS).do(shift(D1, Point(0.0, 2000.0)), shift(D2, Point(0.0, -2500.0)), placed())

    assert _turn(town) == (Assignment(D2, (O1,)),)


@given(
    st.sampled_from([TRAVEL, STREETS]),
    st.lists(st.tuples(st.integers(-12, 12), st.integers(-12, 12), st.integers(35, 95)), min_size=1, max_size=12),
)
def test_the_nearest_is_the_one_with_the_shortest_way_however_the_crow_flies(
    travel: Travel, drivers: list[tuple[int, int, int]]
) -> None:
    """Measured against every way: a river lies between, and a driver on the other bank may look nearer."""
    town = opened_town(travel=travel).do(placed())
    for n, (x, y, until) in enumerate(drivers):
        town.do(shift(DriverId(f"d{n:02}"), Point(500.0 * x, 500.0 * y), until=until))
    ways = sorted((travel.metres(d.point, CENTRE), d.id, d) for d in town.city.drivers.values())
    due = [
        d.id
        for far, _, d in ways
        if far <= REACH_METRES and NOW + travel.ms(d.point, CENTRE, d.vehicle) + 2 * MINUTE <= d.until
    ]

    assert [one.driver for one in match(town.city, NOW).assignments] == due[:1]
