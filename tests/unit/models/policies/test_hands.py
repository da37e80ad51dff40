"""Who can carry next, from where and when: as far as the facts tell, and never by what nobody has said."""

import pytest

from models.commands import AcceptOrder, AnnounceReady, ArriveAtDoor, EndShift, MarkReady, PickUp
from models.course import Courses
from models.driver import DriverStatus
from models.policies.hands import hands, on_their_way
from models.prep import Outlook
from tests.unit.models.builders import (
    CENTRE,
    D1,
    DOOR,
    FAR,
    O1,
    O2,
    Town,
    bundle_town,
    driver_town,
    minute,
    opened_town,
    placed,
    rules,
    shift,
)


def _next(town: Town, n: float) -> list[tuple[str, float, bool]]:
    return [
        (h.driver, (h.at - minute(0)) / 60_000, h.free)
        for h in hands(Courses(town.city, rules(), Outlook(town.city.kitchens, minute(n))))
    ]


def test_a_free_driver_can_go_now_from_where_he_stands() -> None:
    city = opened_town().do(shift(D1, DOOR)).city
    (hand,) = hands(Courses(city, rules(), Outlook(city.kitchens, minute(5))))

    assert (hand.point, hand.at, hand.free) == (DOOR, minute(5), True)


def test_nobody_counts_who_is_off_or_whose_shift_ends_before_he_is_free() -> None:
    assert _next(opened_town().do(shift()).do(EndShift(D1)), 1) == []
    assert _next(opened_town().do(shift(until=5)), 5) == []


@pytest.mark.parametrize(
    ("status", "free_at"),
    [
        # there at once, both halves of the pick-up, the way, both halves at the door
        (DriverStatus.TO_RESTAURANT, 1 + 2 + 2 + 3 + 4),
        (DriverStatus.WAITING, 1 + 1 + 2 + 3 + 4),  # he came at minute 1
        (DriverStatus.TO_DOOR, 1 + 2),  # the last order is handed over: half a service is left
    ],
)
def test_a_busy_driver_is_free_after_his_last_door(status: DriverStatus, free_at: float) -> None:
    assert _next(driver_town(status), 1) == [(D1, pytest.approx(free_at, abs=1.0), False)]


def test_a_driver_on_the_way_is_free_after_every_door_that_is_left() -> None:
    town = driver_town(DriverStatus.TO_DOOR, delivered=False)
    driving = _next(town, 3)
    at_door = _next(town.do(ArriveAtDoor(O1, D1), at=minute(6)), 7)

    assert driving == [(D1, 3 + 3 + 4, False)]
    assert at_door == [(D1, 6 + 4, False)]


def test_who_waits_for_food_is_free_when_it_is_announced_or_when_kitchens_usually_have_it_ready() -> None:
    announced = opened_town().do(shift(), placed(), AcceptOrder(O1), AnnounceReady(O1, minute(30))).assign(D1, O1)
    unknown = opened_town().do(shift(), placed(), AcceptOrder(O1)).assign(D1, O1)

    assert _next(announced, 2) == [(D1, 30 + 2 + 3 + 4, False)]
    assert _next(unknown, 2)[0][1] == pytest.approx(17 + 2 + 3 + 4, abs=2)


def test_a_route_of_two_doors_ends_at_the_second() -> None:
    city = bundle_town(O1, O2).city
    (hand,) = hands(Courses(city, rules(), Outlook(city.kitchens, minute(2))))

    assert hand.point == DOOR != CENTRE != FAR
    assert hand.at >= minute(2 + 2 + 3 + 4 + 0 + 4)


def _fetching(town: Town, n: float, most: int = 4) -> list[tuple[str, float]]:
    found = on_their_way(Courses(town.city, rules(), Outlook(town.city.kitchens, minute(n))), most)
    return [(one.driver, (one.picked_up - minute(0)) / 60_000) for one in found]


@pytest.mark.parametrize("status", [DriverStatus.TO_RESTAURANT, DriverStatus.WAITING])
def test_who_still_fetches_can_take_more_until_he_picks_up(status: DriverStatus) -> None:
    assert _fetching(driver_town(status), 1) == [(D1, 1 + 2)]


@pytest.mark.parametrize("status", [DriverStatus.OFF, DriverStatus.AVAILABLE, DriverStatus.TO_DOOR])
def test_who_has_nothing_to_fetch_takes_no_more(status: DriverStatus) -> None:
    assert _fetching(driver_town(status), 1) == []


def test_who_has_picked_up_a_part_takes_no_more() -> None:
    assert _fetching(bundle_town(O1, O2).do(PickUp(O1, D1)), 1) == []


def test_a_full_route_and_an_ended_shift_take_no_more() -> None:
    town = opened_town().do(shift(until=30), placed(), AcceptOrder(O1), AnnounceReady(O1, minute(30))).assign(D1, O1)

    assert _fetching(town, 2, most=1) == []
    assert _fetching(town, 2) == [(D1, 30)]
    assert _fetching(town.do(AnnounceReady(O1, minute(31))), 2) == []


def test_who_waits_loads_from_his_arrival_on_whatever_he_was_given_since() -> None:
    """He came at minute 1 and loads from 3 on; the order of minute 2 is the first of his route."""
    town = bundle_town(O1).do(placed(O2), AcceptOrder(O2), MarkReady(O2)).assign(D1, O2, O1)

    assert _fetching(town, 2) == [(D1, 3)]
