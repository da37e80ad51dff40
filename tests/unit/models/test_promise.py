"""What a customer is promised: what nine in ten can keep, rounded up to five minutes, and never moved again."""

from models.commands import AcceptOrder, MarkReady, PickUp
from models.ids import Instant, OrderId
from models.prep import Promises
from models.promise import ROUNDED_MS, promise
from tests.unit.models.builders import (
    CENTRE,
    D1,
    D2,
    DOOR,
    FAR,
    MINUTE,
    O1,
    O2,
    R1,
    Town,
    minute,
    opened_town,
    placed,
    rules,
    shift,
)


def _told(town: Town, at: float = 0, **changes: object) -> float:
    """Minutes from placement to promise of one more order of the first restaurant."""
    return (_promised(town, minute(at), **changes) - minute(at)) / MINUTE


def _promised(town: Town, at: Instant, **changes: object) -> Instant:
    return promise(town.city, rules(**changes), town.city.restaurants[R1], DOOR, at)


def test_a_promise_is_kitchen_way_and_services_at_the_chance_that_keeps_it_rounded_up() -> None:
    """Nine in ten kitchens take at most 29 to 30 minutes of the usual 17; 2 + 2 + 3 + 2 minutes follow."""
    assert _told(opened_town().do(shift())) == 40


def test_a_promise_is_a_whole_five_minutes_of_the_clock() -> None:
    town = opened_town().do(shift())

    assert [_promised(town, minute(n)) % ROUNDED_MS for n in (0, 1, 2.5, 4)] == [0, 0, 0, 0]


def test_where_the_line_for_a_driver_is_long_a_promise_is_later() -> None:
    town = opened_town().do(shift()).do(*(placed(OrderId(f"o{n}")) for n in range(4)))

    assert _told(town) > _told(opened_town().do(shift()))
    assert _told(town.do(shift(D2))) < _told(
        opened_town().do(shift()).do(*(placed(OrderId(f"o{n}")) for n in range(4)))
    )


def test_food_that_was_picked_up_and_drivers_who_went_home_are_not_in_the_line() -> None:
    town = opened_town().do(shift(), placed(), AcceptOrder(O1), MarkReady(O1)).assign(D1, O1)
    waiting = _told(town)

    assert _told(town.do(PickUp(O1, D1))) <= waiting


def test_where_nobody_is_on_shift_a_promise_waits_for_somebody_to_come() -> None:
    assert _told(opened_town()) > _told(opened_town().do(shift()))


def test_an_order_that_brings_a_promise_keeps_it_and_another_is_given_one() -> None:
    town = opened_town().do(shift(), placed(O1, promise=17), placed(O2, promise=None))

    assert town.order(O1).promised_at == minute(17)
    assert town.order(O2).promised_at == _promised(opened_town().do(shift(), placed(O1)), minute(0))


def test_a_promise_stands_whatever_becomes_of_the_order() -> None:
    town = opened_town().do(placed(O1, promise=None))
    before = town.order().promised_at
    town.tick(30).do(AcceptOrder(O1)).do(MarkReady(O1), at=minute(60))

    assert town.order().promised_at == before


def test_promises_that_are_broken_make_later_ones_longer_and_nine_kept_in_ten_leave_them_as_they_are() -> None:
    level = Promises().level
    broken, kept, even = Promises(), Promises(), Promises()
    broken.learn(False, 90, 25)
    kept.learn(True, 90, 25)
    for n in range(10):
        even.learn(n > 0, 90, 25)

    assert kept.level < level < broken.level
    assert even.level == level


def test_the_chance_of_a_promise_has_bounds() -> None:
    broken, kept = Promises(), Promises()
    for _ in range(1000):
        broken.learn(False, 90, 25)
        kept.learn(True, 90, 25)

    assert (kept.level, broken.level) == (500_000, 990_000)


def test_a_kitchen_far_away_is_promised_later() -> None:
    town = opened_town().do(shift())
    here, there = town.city.restaurants[R1], town.city.restaurants[R1]

    assert promise(town.city, rules(), here, CENTRE, minute(0)) < promise(town.city, rules(), there, FAR, minute(0))
