"""Two logs of one day: which decisions differ, what each order gained or lost, and the totals of both."""

from models.commands import AcceptOrder, CloseCity, DeclineOrder, Deliver, MarkReady, PickUp
from models.difference import Given, Total, difference, fates
from models.events import Fact
from models.ids import DriverId
from tests.unit.models.builders import D1, D2, MINUTE, O1, O2, O3, minute, opened_town, placed, shift, turn

Trip = tuple[DriverId, float, float]


def day(first: Trip | None, second: Trip | None = None, third: bool = False) -> list[Fact]:
    """o1 and o2, each brought by a driver from a minute on and delivered at another, or by nobody; ready at minute 5."""
    town = opened_town().do(shift(D1), shift(D2), placed(O1), placed(O2), *([placed(O3)] if third else []))
    town.do(*(AcceptOrder(o) for o in (O1, O2)), at=minute(0)).do(*(MarkReady(o) for o in (O1, O2)), at=minute(5))
    for order, trip in ((O1, first), (O2, second)):
        if trip is not None:
            driver, start, end = trip
            town.tick(start).do(turn(minute(start), (driver, order)), PickUp(order, driver))
            town.do(Deliver(order, driver), at=minute(end))
    return town.do(CloseCity(), at=minute(60)).log


def test_a_day_that_is_decided_the_same_does_not_differ() -> None:
    found = difference(day((D1, 6, 20)), day((D1, 6, 20)))

    assert (found.orders, found.decided_otherwise, found.same, found.first_at) == ((), 0, 1, None)
    assert found.one == found.other


def test_minutes_gained_and_lost_are_summed_apart_and_the_largest_comes_first() -> None:
    found = difference(day((D1, 6, 20), (D2, 7, 30)), day((D2, 6, 22), (D1, 7, 25)))

    assert [(one.one.order, one.gained_ms) for one in found.orders] == [(O2, 5 * MINUTE), (O1, -2 * MINUTE)]
    assert (found.gained_ms, found.lost_ms) == (5 * MINUTE, 2 * MINUTE)
    assert (found.decided_otherwise, found.same, found.first_at) == (2, 0, minute(6))


def test_an_order_that_only_one_policy_delivers_comes_first_and_counts_no_minutes() -> None:
    found = difference(day((D1, 6, 20), (D2, 7, 30)), day((D1, 6, 50), None))

    assert [(one.one.order, one.gained_ms) for one in found.orders] == [(O2, None), (O1, -30 * MINUTE)]
    assert (found.one.undelivered, found.other.undelivered) == (0, 1)
    assert (found.gained_ms, found.lost_ms) == (0, 30 * MINUTE)
    assert difference(day(None), day((D1, 6, 20))).orders[0].gained_ms is None


def test_an_order_that_comes_at_another_time_by_the_same_decision_differs_too() -> None:
    found = difference(day((D1, 6, 20)), day((D1, 6, 21)))

    assert (len(found.orders), found.decided_otherwise, found.first_at) == (1, 0, None)


def test_the_totals_are_click_to_door_and_ready_to_pickup_of_what_was_delivered() -> None:
    found = difference(day((D1, 6, 20), (D2, 7, 30)), day(None))

    assert found.one == Total(2, 2, 0, 2, 25.0, 30.0, 1.5, 2.0)
    assert found.other == Total(2, 0, 2, 0, None, None, None, None)


def test_only_orders_that_both_logs_have_are_compared() -> None:
    found = difference(day((D1, 6, 20), third=True), day((D1, 6, 20)))

    assert (found.one.orders, found.other.orders, found.orders) == (2, 2, ())


def test_every_decision_on_an_order_is_kept_in_its_order() -> None:
    town = opened_town().do(shift(D1), shift(D2), placed()).assign(D1, O1)
    town.do(DeclineOrder(O1, D1)).assign(D2, O1)

    assert fates(town.log)[O1].given == (Given(minute(1), O1, D1, 0), Given(minute(2), O1, D2, 0))
