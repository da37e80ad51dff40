"""An order that needs action → the one step that would help most, with whom, and what it would gain."""

import msgspec

from models.city import City
from models.commands import AcceptOrder, ArriveAtRestaurant, DeclineOrder, MarkReady, PickUp
from models.course import Courses
from models.eta import Etas, follow
from models.forecast import Stage
from models.geo import Point
from models.ids import DriverId
from models.needs import Eased, as_shown, needed
from models.next_step import Act, NextStep, next_step
from models.prep import Outlook
from models.risk import Judged
from tests.unit.models.builders import CITY, D1, D2, D3, FAR, MINUTE, O1, R1, Town, minute, opened_town, placed, shift

NEAR = Point(0.0, 960.0)
"""Three minutes from the restaurant; FAR is ten."""


def step(town: Town, stage: Stage | None = None, out_of_touch: tuple[DriverId, ...] = ()) -> NextStep | None:
    etas = Etas(City(CITY))
    for fact in town.log:
        follow(etas, fact)
    city, latest = etas.city, etas.told[O1].latest
    courses = Courses(city, city.rules, Outlook(city.kitchens, latest.at))
    judged = Judged(O1, 900, 9 * MINUTE, -4 * MINUTE, stage, 3 * MINUTE)
    found = next_step(courses, city.orders[O1], latest, judged, out_of_touch)
    assert needed(courses, city.orders[O1], latest, judged, out_of_touch, None).step == found
    return found


def ready() -> Town:
    """Food is ready, and nobody comes: the line says half an hour where nobody is on shift."""
    return opened_town().do(placed(), AcceptOrder(O1), MarkReady(O1))


def test_the_nearest_free_driver_is_to_be_sent_and_what_he_gains_is_said() -> None:
    """d2 has the food in his hands after 3 minutes of way and 2 of service; half an hour was expected."""
    town = ready().do(shift(D1, FAR), shift(D2, NEAR))
    found = step(town.tick(1))

    assert found is not None
    assert (found.act, found.whom, found.metres) == (Act.ASSIGN, D2, 960)
    assert found.gain_ms == 3 * MINUTE


def test_one_who_declined_it_is_not_asked_again() -> None:
    town = ready().do(shift(D1, FAR), shift(D2, NEAR)).assign(D2, O1).do(DeclineOrder(O1, D2))
    found = step(town)

    assert found is None or found.whom == D1


def test_one_who_cannot_be_reached_is_not_sent() -> None:
    town = ready().do(shift(D1, FAR), shift(D2, NEAR)).tick(1)
    found = step(town, out_of_touch=(D2,))

    assert found is None or found.whom == D1
    assert step(town, out_of_touch=(D1, D2)) is None


def test_one_who_goes_home_before_he_would_be_there_is_not_asked() -> None:
    town = ready().do(shift(D2, NEAR, until=4))

    assert step(town.tick(1)) is None


def test_a_nearer_driver_may_take_over_from_one_who_is_far() -> None:
    town = ready().do(shift(D1, FAR)).assign(D1, O1).do(shift(D2, NEAR))
    found = step(town.tick(2))

    assert found is not None
    assert (found.act, found.whom) == (Act.REASSIGN, D2)
    assert found.gain_ms == 5 * MINUTE, "twelve minutes after his being sent, or seven"


def test_who_stands_at_the_counter_keeps_it() -> None:
    town = ready().do(shift(D1, FAR)).assign(D1, O1).do(ArriveAtRestaurant(D1)).do(shift(D3, NEAR))

    assert step(town.tick(2)) is None


def test_a_silent_driver_is_called_where_nobody_could_take_over() -> None:
    town = ready().do(shift(D1, FAR)).assign(D1, O1)

    assert step(town.tick(2), out_of_touch=(D1,)) == NextStep(Act.CALL_DRIVER, D1)


def test_a_kitchen_that_is_over_its_time_is_called() -> None:
    town = opened_town().do(shift(), placed(), AcceptOrder(O1)).assign(D1, O1)
    found = step(town.tick(30), Stage.PREPARE)

    assert found is not None
    assert (found.act, found.whom) == (Act.CALL_KITCHEN, R1)
    assert found.gain_ms > 0


def test_a_kitchen_that_does_not_hand_over_is_called() -> None:
    town = ready().do(shift()).assign(D1, O1).do(ArriveAtRestaurant(D1))

    assert step(town.tick(9), Stage.WAIT) == NextStep(Act.CALL_KITCHEN, R1)


def test_of_food_that_is_on_its_way_the_customer_is_told_or_the_driver_called() -> None:
    town = ready().do(shift()).assign(D1, O1).do(ArriveAtRestaurant(D1), PickUp(O1, D1))

    assert step(town.tick(9)) == NextStep(Act.TELL_CUSTOMER, O1)
    assert step(town.tick(10), out_of_touch=(D1,)) == NextStep(Act.CALL_DRIVER, D1)


def test_a_second_more_is_no_news_and_a_minute_is() -> None:
    town = ready().do(shift(D2, NEAR)).tick(1)
    etas = Etas(City(CITY))
    for fact in town.log:
        follow(etas, fact)
    courses = Courses(etas.city, etas.city.rules, Outlook(etas.city.kitchens, minute(1)))

    def need(**changes: int) -> tuple[object, ...]:
        judged = msgspec.structs.replace(Judged(O1, 900, 9 * MINUTE, -4 * MINUTE, None, 0), **changes)
        return as_shown(needed(courses, etas.city.orders[O1], etas.told[O1].latest, judged, (), None))

    assert need() == need(slack_ms=-4 * MINUTE + 1000) == need(chance=910)
    assert need() != need(slack_ms=-4 * MINUTE - 1)
    assert need() != need(chance=850)
    assert Eased(O1).order == O1
