"""A driver's positions → whether he stands, has gone off his way, or is slower than the map: only where he was seen."""

import pytest

from models.commands import AcceptOrder, ArriveAtDoor, ArriveAtRestaurant, MarkReady, PickUp
from models.geo import Point
from models.motion import Motion, bound_for, followed, pace, stands_ms
from tests.unit.models.builders import (
    CENTRE,
    D1,
    DOOR,
    FAR,
    MINUTE,
    O1,
    Town,
    minute,
    opened_town,
    placed,
    position,
    shift,
)

HALF_SERVICE = 2


def fetching(point: Point = FAR) -> Town:
    """d1 is sent from there at minute 1 to r1 in the centre, ten minutes away."""
    return opened_town().do(shift(point=point), placed(), AcceptOrder(O1), MarkReady(O1)).assign(D1, O1)


def carrying() -> Town:
    """Picked up at minute 11 in the centre; its door is 3 minutes east."""
    return fetching().do(ArriveAtRestaurant(D1), PickUp(O1, D1), at=minute(11))


def seen(town: Town, *fixes: tuple[float, Point]) -> Motion:
    """The motion after these positions, by the minute."""
    motion = None
    for at, point in fixes:
        town.tick(at, position(D1, minute(at), point))
        motion = followed(town.city, town.city.rules, town.driver(), motion)
    assert motion is not None
    return motion


def stands(town: Town, motion: Motion) -> float:
    return stands_ms(town.city, town.city.rules, town.driver(), motion) / MINUTE


def north(metres: float) -> Point:
    return Point(0.0, metres)


def test_a_driver_is_bound_for_the_restaurant_and_then_for_the_next_door() -> None:
    town = fetching()
    assert bound_for(town.city, town.driver()) == CENTRE
    town.do(ArriveAtRestaurant(D1))
    assert bound_for(town.city, town.driver()) is None, "he waits"
    town.do(PickUp(O1, D1))
    assert bound_for(town.city, town.driver()) == DOOR
    town.do(ArriveAtDoor(O1, D1))
    assert bound_for(town.city, town.driver()) is None, "he hands over"


def test_who_does_not_move_on_his_way_stands() -> None:
    town = fetching()

    assert stands(town, seen(town, (2, FAR), (3, north(3190)), (6, FAR))) == 4


def test_who_moves_does_not_stand() -> None:
    town = fetching()

    assert stands(town, seen(town, (2, FAR), (3, north(2900)), (4, north(2600)))) == 0


def test_he_stands_as_long_as_he_was_seen_to_and_no_longer() -> None:
    """Six minutes of silence after that are another matter."""
    town = fetching()
    motion = seen(town, (2, FAR), (4, FAR))
    town.tick(10)

    assert stands(town, motion) == 2


def test_loading_and_leaving_a_door_is_no_standing() -> None:
    town = carrying()

    assert stands(town, seen(town, (11.5, CENTRE), (13.5, CENTRE))) == 0
    assert stands(town, seen(town, (14, CENTRE), (18, CENTRE))) == 4 - HALF_SERVICE


def test_who_has_moved_on_a_way_has_no_service_left_to_do() -> None:
    town = carrying()
    half = Point(480.0, 0.0)

    assert stands(town, seen(town, (12, CENTRE), (13, half), (16, half))) == 3


def test_near_where_he_is_bound_for_he_is_there() -> None:
    town = fetching()

    assert stands(town, seen(town, (2, north(90)), (9, north(90)))) == 0


def test_a_free_driver_may_stand_where_he_likes() -> None:
    town = opened_town().do(shift())

    assert stands(town, seen(town, (2, CENTRE), (30, CENTRE))) == 0


def test_another_way_begins_anew() -> None:
    """He stood for four minutes at the restaurant's door; on the way from it that is forgotten."""
    town = fetching()
    before = seen(town, (2, north(200)), (6, north(200)))
    stood = stands(town, before)
    town.do(ArriveAtRestaurant(D1), PickUp(O1, D1)).tick(7, position(D1, minute(7), north(200)))
    after = followed(town.city, town.city.rules, town.driver(), before)

    assert (stood, stands(town, after)) == (4, 0)


def test_who_goes_away_from_where_he_is_bound_for_is_off_his_way() -> None:
    town = fetching()

    assert seen(town, (2, FAR), (3, north(2000)), (4, north(1800))).off_metres == 0
    assert seen(town, (5, FAR), (6, north(2000)), (7, north(2750))).off_metres == 750


def test_pace_is_what_a_way_took_beside_what_the_map_says() -> None:
    """Half of ten minutes gone in eight."""
    town = fetching()
    motion = seen(town, (2, FAR), (10, north(1600)))

    assert pace(town.city.rules, town.driver(), motion) == (5 * MINUTE, 8 * MINUTE)


@pytest.mark.parametrize(
    ("fixes", "why"),
    [
        ([(2, FAR), (6, FAR)], "he has not moved"),
        ([(2, FAR), (3, Point(0.0, 2900.0))], "a tenth of the way says nothing"),
        ([(2, FAR), (4, Point(0.0, 1600.0)), (6, Point(0.0, 2600.0))], "he is off his way"),
    ],
)
def test_a_way_that_says_nothing_of_the_pace(fixes: list[tuple[float, Point]], why: str) -> None:
    town = fetching()

    assert pace(town.city.rules, town.driver(), seen(town, *fixes)) is None, why


def test_a_way_of_no_length_says_nothing_of_the_pace() -> None:
    town = fetching(point=CENTRE)

    assert pace(town.city.rules, town.driver(), seen(town, (2, CENTRE), (3, north(40)))) is None
