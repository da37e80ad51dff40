"""What a customer may expect, by hand: stage by stage what is left, with a driver and without, and only what the log says."""

from itertools import pairwise

import msgspec
import pytest

from models.commands import AcceptOrder, AnnounceReady, ArriveAtDoor, ArriveAtRestaurant, Asked, MarkReady, PickUp
from models.course import Courses
from models.forecast import LATE_MS, Forecast, Sight, Stage, baseline, forecast, line_of, stage_of
from models.ids import Instant, OrderId
from models.line import APPROACH_MS, LEFT_MS, Line
from models.prep import Outlook
from tests.unit.models.builders import (
    D1,
    D2,
    FAR,
    MINUTE,
    O1,
    O2,
    O3,
    R2,
    Town,
    bundle_town,
    minute,
    opened_town,
    placed,
    rules,
    shift,
)

LEFT, APPROACH, LATE = LEFT_MS // MINUTE, APPROACH_MS // MINUTE, LATE_MS // MINUTE
SERVED = 2 + 3 + 2
"""Half a service, 960 m, half a service."""
LIFE: dict[Stage, tuple[float, Asked]] = {
    Stage.APPROACH: (9, MarkReady(O1)),
    Stage.WAIT: (12, ArriveAtRestaurant(D1)),
    Stage.RIDE: (14, PickUp(O1, D1)),
    Stage.HAND_OVER: (19, ArriveAtDoor(O1, D1)),
}
"""What brings an order in d1's hands to this stage, and when."""


def _courses(town: Town, t: Instant) -> Courses:
    return Courses(town.city, rules(), Outlook(town.city.kitchens, t))


def _sight(town: Town, now: float, ahead: Line | None = None) -> Sight:
    t = minute(now)
    courses = _courses(town, t)
    return Sight(courses, line_of(courses) if ahead is None else ahead, 0)


def _forecast(town: Town, now: float, order: OrderId = O1) -> Forecast:
    return forecast(_sight(town, now), town.order(order))


def _left(then: Forecast) -> tuple[float, ...]:
    return tuple(ms / MINUTE for ms in msgspec.structs.astuple(then.parts))


def _announced(ready: float) -> Town:
    return opened_town().do(placed(), AcceptOrder(O1), AnnounceReady(O1, minute(ready)))


def _in_hands(stage: Stage) -> Town:
    """Driver d1 has come from ten minutes north, for food that was announced for 9."""
    town = _announced(9).do(shift(point=FAR)).assign(D1, O1)
    for one, (at, ask) in LIFE.items():
        if list(Stage).index(one) <= list(Stage).index(stage):
            town.do(ask, at=minute(at))
    return town


STAGES = {
    Stage.PREPARE: opened_town().do(placed()),
    Stage.ASSIGN: opened_town().do(placed(), AcceptOrder(O1), MarkReady(O1)),
    **{stage: _in_hands(stage) for stage in LIFE},
}


@pytest.mark.parametrize("stage", STAGES)
def test_an_order_waits_for_one_thing_at_a_time(stage: Stage) -> None:
    assert stage_of(STAGES[stage].order()) is stage


@pytest.mark.parametrize("after", range(0, 60, 7))
@pytest.mark.parametrize("stage", STAGES)
def test_the_parts_of_every_stage_come_to_what_is_left(stage: Stage, after: int) -> None:
    """However overdue it is."""
    now = LIFE.get(stage, (0,))[0] + after
    then = _forecast(STAGES[stage], now)

    assert sum(msgspec.structs.astuple(then.parts)) == then.delivered - minute(now) >= 0
    assert min(msgspec.structs.astuple(then.parts)) >= 0


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_behind_an_order_has_nothing_left(stage: Stage) -> None:
    left = _left(_forecast(STAGES[stage], now=LIFE.get(stage, (0,))[0]))
    before = list(Stage).index(stage)

    assert left[:before] == (0.0,) * before
    assert left[-1] > 0


def test_an_order_that_nobody_carries_is_carried_by_the_next_hand_in_line() -> None:
    """d1 is free now: 7 minutes for his way, long before the food is ready at 20."""
    then = _forecast(_announced(20).do(shift()), now=0)

    assert _left(then) == (20, 0, 0, 0, 2 + 3, 2)
    assert (then.picked_up, then.delivered) == (minute(20), minute(20 + SERVED))


def test_food_that_is_ready_before_any_hand_waits_for_one_and_then_for_his_way() -> None:
    """d1 is sent for o1 and free again after 3 + 2 + 2 minutes at the door it goes to: then 7 minutes to this one."""
    town = opened_town().do(placed(), AcceptOrder(O1), MarkReady(O1), shift()).assign(D1, O1)
    town.do(ArriveAtRestaurant(D1), PickUp(O1, D1)).do(placed(O2), AcceptOrder(O2), MarkReady(O2))
    free = 1 + SERVED + 2

    assert _left(_forecast(town, now=1, order=O2)) == (0, free - 1, APPROACH - 2, 2, 5, 2)


def test_where_nobody_is_on_shift_half_an_hour_is_a_guess() -> None:
    assert _left(_forecast(_announced(20), now=0)) == (20, LEFT - APPROACH, APPROACH - 2, 2, 5, 2)


def test_food_of_which_nobody_knows_when_it_is_ready_comes_two_minutes_later_than_its_mean() -> None:
    """They stand in the kitchen's part: what a driver has in his hands has nothing left to assign."""
    town = opened_town().do(shift(), placed(), AcceptOrder(O1)).assign(D1, O1)
    then, ready = _forecast(town, now=1), Outlook(town.city.kitchens, minute(1)).expected(town.order())

    assert then.parts.prepare == ready - minute(1) + LATE * MINUTE
    assert then.parts.assign == 0
    assert then.picked_up == ready
    assert then.delivered == ready + (SERVED + LATE) * MINUTE


def test_a_driver_who_arrives_after_the_food_is_waited_for() -> None:
    """There at 10 from ten minutes north; the food at 5; half a service before he has it."""
    assert _left(_forecast(_announced(5).do(shift(point=FAR)).assign(D1, O1), now=1)) == (4, 0, 5, 2, 5, 2)


def test_a_driver_who_stands_there_waits_for_the_food() -> None:
    town = _announced(20).do(shift()).assign(D1, O1).do(ArriveAtRestaurant(D1))

    assert _left(_forecast(town, now=1)) == (19, 0, 0, 0, 5, 2)


def test_on_the_ride_only_the_ride_and_the_door_are_left() -> None:
    town = bundle_town(O1).do(PickUp(O1, D1))

    assert _left(_forecast(town, now=1)) == (0, 0, 0, 0, 5, 2)
    assert _left(_forecast(town.do(ArriveAtDoor(O1, D1), at=minute(6)), now=6)) == (0, 0, 0, 0, 0, 2)


def test_food_that_was_picked_up_was_picked_up_when_it_was() -> None:
    assert _forecast(bundle_town(O1).do(PickUp(O1, D1), at=minute(3)), now=5).picked_up == minute(3)


def test_the_second_door_of_a_bundle_comes_after_the_first() -> None:
    """The same door: 2 + 3 to it, 4 for the first, no way, 2 for the second."""
    town = bundle_town(O1, O2)
    first, second = (_forecast(town, now=1, order=o) for o in (O1, O2))

    assert (_left(first), _left(second)) == ((0, 0, 0, 2, 5, 2), (0, 0, 0, 2, 9, 2))


def test_of_a_bundle_all_food_is_waited_for() -> None:
    """o2 is announced for 13: o1, ready now, waits for it, and is not told that it is cooking."""
    town = opened_town().do(shift(), placed(), placed(O2), AcceptOrder(O1), AcceptOrder(O2))
    town.do(MarkReady(O1), AnnounceReady(O2, minute(13))).assign(D1, O1, O2).do(ArriveAtRestaurant(D1))

    assert _left(_forecast(town, now=1, order=O1)) == (0, 0, 0, 12, 5, 2)
    assert _left(_forecast(town, now=1, order=O2)) == (12, 0, 0, 0, 9, 2)


def test_the_less_is_unknown_the_less_an_estimate_may_stray() -> None:
    """Cooking, without a driver; with one; ready; on the ride; at the door."""
    town = opened_town().do(placed(), AcceptOrder(O1))
    spreads = [_forecast(town, now=0).spread_ms]
    spreads.append(_forecast(town.do(shift()).assign(D1, O1), now=1).spread_ms)
    spreads.append(_forecast(town.do(MarkReady(O1)), now=1).spread_ms)
    spreads.append(_forecast(town.do(ArriveAtRestaurant(D1), PickUp(O1, D1)), now=1).spread_ms)
    spreads.append(_forecast(town.do(ArriveAtDoor(O1, D1), at=minute(6)), now=6).spread_ms)

    assert all(a >= b for a, b in pairwise(spreads))
    assert spreads[0] > spreads[1] > spreads[2]
    assert spreads[-1] == MINUTE


def test_a_line_holds_every_order_without_a_driver_and_everyone_on_shift() -> None:
    town = opened_town().do(shift(D1), shift(D2), placed(O1), placed(O2), placed(O3)).assign(D1, O1)

    assert set(line_of(_courses(town, minute(1))).there) == {O2, O3}


def test_a_line_is_as_it_stood_at_the_last_tick() -> None:
    """An order that was placed since stands at its end."""
    town = _announced(20).do(shift())
    ahead = Line({}, minute(33))

    assert forecast(_sight(town, 0, ahead), town.order()).picked_up == minute(33)


def test_the_baseline_is_the_restaurant_s_mean_the_way_and_both_half_services() -> None:
    """17 minutes of kitchen, then 7; it knows nothing of drivers."""
    town = opened_town().do(placed(), shift(point=FAR))

    assert baseline(_sight(town, 0), town.order()) == minute(17 + SERVED)
    assert baseline(_sight(town, 30), town.order()) == minute(30 + SERVED)
    assert baseline(_sight(town, 9), town.do(AcceptOrder(O1), MarkReady(O1), at=minute(9)).order()) == minute(
        9 + SERVED
    )


def test_the_baseline_leans_on_the_city_by_five_orders() -> None:
    town = opened_town().do(placed(O2, R2), AcceptOrder(O2)).do(MarkReady(O2), at=minute(5))
    town.do(placed(O1, R2, door=FAR))

    assert baseline(_sight(town, 5), town.order()) == minute(5 + (5 * 17 + 5) / 6 + 2 + 2)


def test_the_baseline_follows_what_was_seen() -> None:
    """A pick-up, an arrival at the door; and it never lies in the past."""
    town = bundle_town(O1).do(PickUp(O1, D1), at=minute(12))

    assert baseline(_sight(town, 13), town.order()) == minute(12 + SERVED)

    town.do(ArriveAtDoor(O1, D1), at=minute(20))

    assert baseline(_sight(town, 20), town.order()) == minute(22)
    assert baseline(_sight(town, 40), town.order()) == minute(40)


def test_a_course_is_found_once_for_all_orders_of_a_driver() -> None:
    town = bundle_town(O1, O2)
    sight = _sight(town, 1)

    assert sight.courses.of(D1) is sight.courses.of(D1)
