"""Every status of a driver meets every command on a driver; and what is believed of a phone."""

from typing import get_args

import pytest

from models.commands import ArriveAtRestaurant, BecomeFree, CancelOrder, Deliver, DriverAsk, EndShift, PickUp
from models.driver import DRIVER_MOVES, DriverStatus, Ignored, Signal, observe, signal
from models.events import CommandRejected
from models.geo import Point
from models.order import OrderStatus
from tests.unit.models.builders import (
    CENTRE,
    D1,
    HOUR,
    O1,
    O2,
    T0,
    TRAVEL,
    bundle_town,
    cells,
    driver_town,
    minute,
    order_town,
    ping,
    placed,
    position,
    shift,
    turn,
)

GRID = """
                    off  available  to_restaurant  waiting  to_door
ArriveAtRestaurant  -    -          waiting        -        -
BecomeFree          -    -          -              -        available
EndShift            -    off        off            off      -
"""
ASKS: list[DriverAsk] = [ArriveAtRestaurant(D1), BecomeFree(D1), EndShift(D1)]


BY_NAME = {type(ask).__name__: ask for ask in ASKS}
CELLS = [(BY_NAME[ask], DriverStatus(before), after) for ask, before, after in cells(GRID)]
LEGAL = [pytest.param(*c, id=f"{type(c[0]).__name__}-{c[1]}") for c in CELLS if c[2] != "-"]
ILLEGAL = [pytest.param(*c[:2], id=f"{type(c[0]).__name__}-{c[1]}") for c in CELLS if c[2] == "-"]


def test_the_grid_speaks_of_every_status_and_every_command() -> None:
    assert len(CELLS) == len(DriverStatus) * len(get_args(DriverAsk))
    assert {type(a) for a in ASKS} == set(get_args(DriverAsk)) == set(DRIVER_MOVES)


@pytest.mark.parametrize(("ask", "status", "after"), LEGAL)
def test_a_legal_move_is_in_the_table_and_is_made(ask: DriverAsk, status: DriverStatus, after: str) -> None:
    town = driver_town(status)
    version = town.driver().version

    assert DRIVER_MOVES[type(ask)][status] == after
    assert town.do(ask).driver().status == after
    assert town.driver().version > version


@pytest.mark.parametrize(("ask", "status"), ILLEGAL)
def test_an_illegal_move_is_refused_and_names_what_stands(ask: DriverAsk, status: DriverStatus) -> None:
    town = driver_town(status)
    before = town.driver()

    assert status not in DRIVER_MOVES[type(ask)]
    assert town.ask(ask) == [CommandRejected(type(ask).__name__, "illegal move", status)]
    assert town.driver() == before


@pytest.mark.parametrize("status", [s for s in DriverStatus if s is not DriverStatus.OFF])
def test_a_shift_starts_only_after_the_last_one_ended(status: DriverStatus) -> None:
    assert driver_town(status).refusal(shift()) == ("already on shift", status)


@pytest.mark.parametrize("status", [s for s in DriverStatus if s is not DriverStatus.AVAILABLE])
def test_a_turn_gives_nothing_to_a_driver_who_is_not_available(status: DriverStatus) -> None:
    town = driver_town(status).do(placed(O2)).tick(2)
    before = town.driver()
    town.do(turn(minute(2), (D1, O2)))

    assert town.driver() == before
    assert town.order(O2).driver is None


def test_a_driver_with_food_on_board_is_not_free() -> None:
    town = driver_town(DriverStatus.TO_DOOR, delivered=False)

    assert town.refusal(BecomeFree(D1)) == ("still has orders to deliver", "to_door")


def test_a_driver_waiting_for_the_second_bag_cannot_end_the_shift_with_the_first() -> None:
    town = bundle_town(O1, O2).do(PickUp(O1, D1))

    assert town.refusal(EndShift(D1)) == ("carries food", "waiting")


def test_a_driver_leaves_when_all_bags_are_on_board() -> None:
    town = bundle_town(O1, O2).do(PickUp(O1, D1))
    with_one = town.driver().status

    assert with_one == "waiting"
    assert town.do(PickUp(O2, D1)).driver().status == "to_door"


def test_a_driver_whose_last_missing_bag_is_cancelled_leaves_with_the_others() -> None:
    """He would wait for ever otherwise: nobody waiting can become free, and no shift ends with food on board."""
    town = bundle_town(O1, O2).do(PickUp(O1, D1), CancelOrder(O2, "customer"))

    assert (town.driver().status, town.driver().route) == ("to_door", (O1,))
    assert town.do(Deliver(O1, D1), BecomeFree(D1)).driver().status == "available"


def test_a_driver_waits_on_when_one_of_two_missing_bags_is_cancelled() -> None:
    town = bundle_town(O1, O2).do(CancelOrder(O2, "customer"))

    assert (town.driver().status, town.driver().route) == ("waiting", (O1,))


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.PREPARING])
def test_a_driver_whose_only_order_is_cancelled_before_pick_up_is_available(status: OrderStatus) -> None:
    town = order_town(status).do(CancelOrder(O1, "customer"))

    assert (town.driver().status, town.driver().route) == ("available", ())


def test_a_driver_whose_order_is_cancelled_on_the_way_is_free_when_he_says_so() -> None:
    town = order_town(OrderStatus.OUT_FOR_DELIVERY).do(CancelOrder(O1, "customer"))

    assert (town.driver().status, town.driver().route) == ("to_door", ())
    assert town.do(BecomeFree(D1)).driver().status == "available"


def test_the_first_fix_of_a_driver_is_believed() -> None:
    assert observe(TRAVEL, None, ping(T0, CENTRE), T0) == position(D1, T0, CENTRE)


@pytest.mark.parametrize("age", [0, 1, HOUR])
def test_a_late_ping_never_moves_the_driver_back(age: int) -> None:
    last = position(D1, T0 + HOUR, CENTRE)

    assert observe(TRAVEL, last, ping(T0 + HOUR - age, Point(1.0, 0.0)), T0) is Ignored.LATE


def test_seventy_metres_in_a_second_are_believed_and_one_more_is_a_teleport() -> None:
    last = position(D1, T0, CENTRE)
    fast, faster = ping(T0 + 1000, Point(70.0, 0.0)), ping(T0 + 1000, Point(71.0, 0.0))

    assert observe(TRAVEL, last, fast, T0) == position(D1, T0 + 1000, Point(70.0, 0.0))
    assert observe(TRAVEL, last, faster, T0) is Ignored.TELEPORT


def test_a_far_fix_is_believed_once_enough_time_has_passed() -> None:
    """A tunnel or a ferry must not lose a driver for good."""
    last, there = position(D1, T0, CENTRE), Point(7000.0, 0.0)

    assert observe(TRAVEL, last, ping(T0 + 99_000, there), T0) is Ignored.TELEPORT
    assert observe(TRAVEL, last, ping(T0 + 100_000, there), T0) == position(D1, T0 + 100_000, there)


def test_a_phone_that_says_another_continent_is_off_the_map() -> None:
    assert observe(TRAVEL, None, ping(T0, Point(100_000.0, 0.0)), T0) == position(D1, T0, Point(100_000.0, 0.0))
    assert observe(TRAVEL, None, ping(T0, Point(100_001.0, 0.0)), T0) is Ignored.OFF_MAP


def test_a_phone_more_than_an_hour_ahead_of_its_city_is_not_believed() -> None:
    assert observe(TRAVEL, None, ping(T0 + HOUR, CENTRE), T0) == position(D1, T0 + HOUR, CENTRE)
    assert observe(TRAVEL, None, ping(T0 + HOUR + 1, CENTRE), T0) is Ignored.AHEAD


@pytest.mark.parametrize(
    ("seconds", "ping_seconds", "said"),
    [
        (0, 10, Signal.LIVE),
        (30, 10, Signal.LIVE),
        (30.001, 10, Signal.SILENT),
        (300, 10, Signal.SILENT),
        (300.001, 10, Signal.LOST),
        (60, 20, Signal.LIVE),
        (60.001, 20, Signal.SILENT),
        (600.001, 20, Signal.LOST),
    ],
)
def test_a_phone_is_silent_after_three_pings_but_not_before_30_s(seconds: float, ping_seconds: int, said: str) -> None:
    assert signal(round(seconds * 1000), ping_seconds) == said
