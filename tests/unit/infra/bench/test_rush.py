"""infra/bench/rush.py: a city of any size at one tick of its rush, which its own rules let through."""

from collections import Counter
from itertools import pairwise

import pytest

from infra.bench.rush import NOON, Refused, Rush, _happen, rush
from models.commands import MarkReady
from models.driver import DriverStatus
from models.ids import OrderId
from models.order import unassigned

SIZE = 60


@pytest.fixture(scope="module")
def noon() -> Rush:
    return rush(SIZE, "rolling")


def test_as_many_orders_are_open_as_there_are_drivers(noon: Rush) -> None:
    assert len(unassigned(noon.city.orders.values())) == len(noon.city.drivers) == SIZE


def test_a_third_of_the_drivers_is_busy_half_of_them_with_food_on_board(noon: Rush) -> None:
    doing = Counter(one.status for one in noon.city.drivers.values())

    assert doing == {DriverStatus.AVAILABLE: 40, DriverStatus.TO_RESTAURANT: 10, DriverStatus.TO_DOOR: 10}


def test_food_is_ready_within_25_minutes_and_everyone_knows_when(noon: Rush) -> None:
    ready = [one.ready_known or 0 for one in unassigned(noon.city.orders.values())]

    assert min(ready) >= NOON
    assert NOON + 20 * 60_000 < max(ready) <= NOON + 25 * 60_000


def test_everyone_was_seen_at_the_tick_that_asks_for_a_turn(noon: Rush) -> None:
    assert {one.seen_at for one in noon.city.drivers.values()} == {noon.t}
    assert noon.city.turn is not None
    assert noon.city.turn < noon.t == noon.city.now


def test_the_same_seed_is_the_same_city_and_another_seed_another() -> None:
    cities = [rush(SIZE, "batch", seed).city for seed in (1, 1, 2)]

    assert [a == b for a, b in pairwise(cities)] == [True, False]


def test_what_the_city_refuses_is_not_passed_over(noon: Rush) -> None:
    with pytest.raises(Refused, match="unknown order"):
        _happen(noon.city, NOON, MarkReady(OrderId("of nobody")))
