"""When a driver is where, by hand: each leg from where the one before ends, both half services, and nothing before now."""

from models.commands import AcceptOrder, AnnounceReady, ArriveAtDoor, ArriveAtRestaurant, Deliver, MarkReady, PickUp
from models.course import Course, course
from models.prep import Outlook
from tests.unit.models.builders import (
    CENTRE,
    D1,
    DOOR,
    FAR,
    MINUTE,
    O1,
    O2,
    T0,
    Town,
    bundle_town,
    minute,
    opened_town,
    placed,
    position,
    rules,
    shift,
)


def _course(town: Town, now: float) -> Course:
    return course(town.city, rules(), town.driver(), Outlook(town.city.kitchens, minute(now)))


def _minutes(then: Course) -> tuple[float | None, float | None, list[float], float]:
    """Arrival, pick-up, each hand-over, and when he is free: minutes of the day."""
    found = [None if t is None else (t - T0) / MINUTE for t in (then.arrives, then.picked_up)]
    return found[0], found[1], [(s.delivered - T0) / MINUTE for s in then.stops], (then.free_at - T0) / MINUTE


def _sent(ready: float = 20) -> Town:
    """Ten minutes north at minute 1, sent to the centre for food that is announced for this minute."""
    town = opened_town().do(shift(point=FAR), placed(), AcceptOrder(O1), AnnounceReady(O1, minute(ready)))
    return town.assign(D1, O1)


def test_one_who_was_sent_arrives_waits_for_the_food_and_rides_to_the_door() -> None:
    """Seen at 0, there at 10; the food at 20; 2 at the restaurant, 3 to the door, 2 and 2 there."""
    then = _course(_sent(), now=1)

    assert _minutes(then) == (10, 20, [20 + 2 + 3 + 2], 29)
    assert then.point == DOOR


def test_food_that_stands_there_waits_for_half_a_service_after_his_arrival() -> None:
    assert _minutes(_course(_sent(ready=5), now=1)) == (10, 12, [12 + 2 + 3 + 2], 21)


def test_one_who_is_overdue_arrives_now() -> None:
    assert _minutes(_course(_sent(ready=5), now=30))[:2] == (30, 32)


def test_one_who_stands_there_arrived_when_he_did() -> None:
    town = _sent().do(ArriveAtRestaurant(D1), at=minute(12))

    assert _minutes(_course(town, now=15))[:2] == (12, 20)


def test_with_the_food_on_board_only_the_doors_are_left() -> None:
    """He leaves half a service after the pick-up, from where he was last seen."""
    town = _sent().do(ArriveAtRestaurant(D1), at=minute(12)).do(MarkReady(O1), PickUp(O1, D1), at=minute(20))
    town.tick(21, position(D1, minute(21), CENTRE))

    assert _minutes(_course(town, now=21)) == (None, None, [20 + 2 + 3 + 2], 29)


def test_an_arrival_at_the_door_that_was_seen_leaves_half_a_service() -> None:
    town = _sent(ready=5).do(ArriveAtRestaurant(D1), MarkReady(O1), PickUp(O1, D1), at=minute(12))
    town.do(ArriveAtDoor(O1, D1), at=minute(19))

    assert _minutes(_course(town, now=19)) == (None, None, [21], 23)
    assert _minutes(_course(town, now=40)) == (None, None, [40], 42)


def test_after_the_last_door_he_is_free_half_a_service_later() -> None:
    town = bundle_town(O1).do(PickUp(O1, D1), Deliver(O1, D1), at=minute(9))

    assert _minutes(_course(town, now=9)) == (None, None, [], 11)


def test_the_doors_of_a_bundle_come_one_after_the_other() -> None:
    """The same door twice: 3 minutes to it, 2 and 2 for the first, no way and 2 for the second."""
    then = _course(bundle_town(O1, O2), now=1)

    assert [stop.order for stop in then.stops] == [O1, O2]
    assert _minutes(then) == (1, 3, [3 + 2 + 3 + 2, 3 + 2 + 3 + 4 + 2], 16)


def test_a_bundle_waits_for_the_last_of_its_food() -> None:
    town = opened_town().do(shift(point=CENTRE), placed(), placed(O2), AcceptOrder(O1), AcceptOrder(O2))
    town.do(AnnounceReady(O1, minute(8)), AnnounceReady(O2, minute(13))).assign(D1, O1, O2)

    assert _minutes(_course(town, now=1))[1] == 13


def test_of_a_bundle_half_on_board_the_rest_is_waited_for() -> None:
    town = opened_town().do(shift(point=CENTRE), placed(), placed(O2), AcceptOrder(O1), AcceptOrder(O2), MarkReady(O1))
    town.do(AnnounceReady(O2, minute(13))).assign(D1, O1, O2).do(ArriveAtRestaurant(D1), PickUp(O1, D1), at=minute(4))

    assert _minutes(_course(town, now=4)) == (4, 13, [20, 24], 26)
