"""Who is sent now: the cheapest matching of the whole city, at the last moment at which it costs nothing."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.commands import (
    AcceptOrder,
    AnnounceReady,
    ArriveAtRestaurant,
    Assignment,
    Deliver,
    MarkReady,
    PickUp,
)
from models.dispatch import match
from models.geo import Point
from models.ids import DriverId, OrderId, RestaurantId
from models.policies.hands import Hand
from models.policies.rolling import NEAREST_HANDS, _Crew
from tests.unit.models.builders import (
    D1,
    D2,
    DOOR,
    MINUTE,
    O1,
    O2,
    R1,
    R2,
    T0,
    Town,
    minute,
    opened_town,
    placed,
    shift,
)

TWELVE_MINUTES_OFF = Point(0.0, 3840.0)
Open = Callable[[], Town]


def _turn(town: Town, at: float = 30) -> tuple[Assignment, ...]:
    return match(town.city, minute(at)).assignments


@pytest.fixture(params=["batch", "rolling"])
def opened(request: pytest.FixtureRequest) -> Open:
    return lambda: opened_town(policy=request.param)


def test_nobody_and_nothing_make_empty_turns(opened: Open) -> None:
    assert _turn(opened().do(shift())) == ()
    assert _turn(opened().do(placed())) == ()


def test_two_orders_are_matched_together_not_one_after_the_other(opened: Open) -> None:
    """The oldest would take d1, who is the only one near the other; `nearest` does, and one waits 12 minutes."""
    town = opened().do(placed(O1, R1), placed(O2, R2), shift(D1, Point(0.0, 1500.0)), shift(D2, Point(0.0, -1600.0)))

    assert _turn(town) == (Assignment(D1, (O2,)), Assignment(D2, (O1,)))


def test_a_driver_leaves_at_the_last_tick_that_is_in_time_for_the_food(opened: Open) -> None:
    """3 minutes away and half a service of 2: for food of minute 40 he leaves at 35."""
    town = opened().do(shift(point=DOOR), placed(), AcceptOrder(O1), AnnounceReady(O1, minute(40)))

    assert _turn(town, 34) == ()
    assert _turn(town, 35) == (Assignment(D1, (O1,)),)


def test_food_of_which_nobody_said_when_is_fetched_at_once(opened: Open) -> None:
    assert _turn(opened().do(shift(point=DOOR), placed())) == (Assignment(D1, (O1,)),)


def test_no_pick_up_after_the_off_time(opened: Open) -> None:
    assert _turn(opened().do(placed(), shift(until=32))) == (Assignment(D1, (O1,)),)
    assert _turn(opened().do(placed(), shift(until=32 - 1 / MINUTE))) == ()


def test_an_order_is_kept_for_a_driver_who_comes_free_beside_it() -> None:
    """d1 hands over at the next door within two minutes; d2 is 12 minutes off."""
    town = opened_town(policy="batch").do(shift(D1), placed(O1), AcceptOrder(O1))

    town.do(MarkReady(O1)).assign(D1, O1)
    town.do(ArriveAtRestaurant(D1), PickUp(O1, D1), Deliver(O1, D1), at=minute(29))
    town.do(shift(D2, TWELVE_MINUTES_OFF), placed(O2), at=minute(30))

    assert _turn(town) == ()


def test_far_is_not_out_of_reach(opened: Open) -> None:
    """The way is weighed; 5 km end the baseline alone."""
    assert _turn(opened().do(placed(), shift(D1, Point(0.0, 6400.0)))) == (Assignment(D1, (O1,)),)


def test_under_pressure_orders_of_one_restaurant_go_together_with_the_only_driver() -> None:
    town = opened_town(policy="rolling").do(shift(), *(placed(OrderId(f"o{n}")) for n in range(4)))

    (sent,) = _turn(town)

    assert len(sent.orders) == 4


def test_what_has_waited_longest_is_not_left_for_what_is_cheap() -> None:
    """Two restaurants, one driver who goes home in between: the order that is two hours old goes first."""
    town = opened_town(policy="rolling")
    town.do(placed(O1, R2), at=minute(0)).do(placed(O2, R1), at=minute(119)).do(shift(until=140))

    assert [one.orders for one in _turn(town, 120)] == [(O1,)]


def _crowd(policy: str) -> Town:
    town = opened_town(policy=policy)
    for n in range(6):
        town.do(shift(DriverId(f"d{n}"), Point(500.0 * (n % 3), 0.0), until=60 + 5 * n))
    for n in range(9):
        town.do(placed(OrderId(f"o{n}"), R1 if n % 2 else RestaurantId("r2")), at=T0 + MINUTE * (n % 2))
    return town


@pytest.mark.parametrize("policy", ["batch", "rolling"])
@given(dice=st.randoms(use_true_random=False))
def test_the_order_of_rows_never_changes_a_turn(policy: str, dice: random.Random) -> None:
    shuffled = _crowd(policy).city
    for rows in ("orders", "drivers", "restaurants"):
        pairs = list(getattr(shuffled, rows).items())
        dice.shuffle(pairs)
        setattr(shuffled, rows, dict(pairs))

    assert len(match(shuffled, minute(30)).assignments) > 1
    assert match(shuffled, minute(30)) == match(_crowd(policy).city, minute(30))


def test_nobody_is_sent_twice_and_no_order_given_out_twice() -> None:
    turn = _turn(_crowd("rolling"))
    orders = [o for one in turn for o in one.orders]

    assert len({one.driver for one in turn}) == len(turn)
    assert len(set(orders)) == len(orders)


def test_of_more_hands_than_are_weighed_the_nearest_still_goes() -> None:
    town = opened_town(policy="rolling").do(placed())
    for n in range(100):
        town.do(shift(DriverId(f"d{n:03}"), Point(320.0 * (100 - n), 0.0)))

    assert [one.driver for one in _turn(town)] == ["d099"]


@given(st.integers(0, 200), st.randoms(use_true_random=False))
def test_the_hands_that_are_weighed_are_the_nearest_by_the_beeline_and_of_equals_the_first(
    count: int, rng: random.Random
) -> None:
    """Eight places, so many are as far as others; every third driver has a later route too."""
    places = [Point(rng.uniform(-5000.0, 5000.0), rng.uniform(-5000.0, 5000.0)) for _ in range(8)]
    crew = [Hand(DriverId(f"d{n:03}"), "car", rng.choice(places), minute(n), minute(900), True) for n in range(count)]
    slots = [later for n, hand in enumerate(crew) for later in ([hand, hand] if n % 3 == 0 else [hand])]
    rules = opened_town().city.rules
    assert rules is not None
    kitchen = rng.choice(places)
    nearest = sorted(range(len(slots)), key=lambda n: rules.travel.beeline(slots[n].point, kitchen))
    expected = nearest[:NEAREST_HANDS] if len(slots) > NEAREST_HANDS else range(len(slots))

    assert _Crew(slots, rules).near(kitchen).columns.tolist() == [*expected]
