"""A person assigns, reassigns, takes away, holds and releases; the machine respects it."""

import pytest

from models import events
from models.by_hand import may_take
from models.commands import (
    AcceptOrder,
    AssignOrder,
    CancelOrder,
    DeclineOrder,
    EndShift,
    HoldOrder,
    MarkReady,
    PickUp,
    ReleaseOrder,
    Tick,
    UnassignOrder,
)
from models.dispatch import match
from models.driver import DriverStatus
from models.events import DriverAssigned, DriverUnassigned, OrderHeld, OrderReleased, Ticked, Why
from models.order import OrderStatus
from tests.unit.models.builders import (
    D1,
    D2,
    D3,
    DOOR,
    MINUTE,
    O1,
    O2,
    O3,
    R1,
    R2,
    Town,
    bundle_town,
    driver_town,
    minute,
    opened_town,
    order_town,
    placed,
    shift,
    turn,
)

POLICIES = ("nearest", "batch", "rolling")
TYRE = "flat tyre"


def given(order: str, driver: str, place: int, at: int) -> DriverAssigned:
    return DriverAssigned(order, driver, place, Why("by hand", "by hand", 0, at))  # type: ignore[arg-type]


def machine(town: Town) -> list[tuple[str, tuple[str, ...]]]:
    """Whom dispatch would send for what at the next minute's tick, and the city with that tick."""
    assert town.city.now is not None
    t = town.city.now + MINUTE
    town.do(Tick(t, ()), at=t)
    return [(one.driver, one.orders) for one in match(town.city, t).assignments]


def test_an_open_order_is_given_to_a_free_driver_at_the_citys_time() -> None:
    town = opened_town().do(shift(), placed()).tick(3)
    town.at = None

    assert town.ask(AssignOrder(O1, D1)) == [given(O1, D1, 0, minute(3))]
    assert (town.order().driver, town.order().assigned_at) == (D1, minute(3))
    assert (town.driver().status, town.driver().route) == ("to_restaurant", (O1,))


def test_a_reassignment_takes_the_order_from_the_driver_who_had_it() -> None:
    town = order_town(OrderStatus.PREPARING).do(shift(D2))

    assert town.ask(AssignOrder(O1, D2)) == [
        DriverUnassigned(O1, D1, "reassigned by hand"),
        given(O1, D2, 0, minute(1)),
    ]
    assert (town.driver(D1).status, town.driver(D1).route) == ("available", ())
    assert (town.driver(D2).status, town.driver(D2).route) == ("to_restaurant", (O1,))


def test_nobody_is_given_an_order_twice() -> None:
    assert order_town(OrderStatus.PENDING).refusal(AssignOrder(O1, D1)) == (
        "this driver has it already",
        "to_restaurant",
    )


def test_an_order_on_its_way_stays_with_its_driver() -> None:
    town = order_town(OrderStatus.OUT_FOR_DELIVERY).do(shift(D2))
    for ask in (AssignOrder(O1, D2), UnassignOrder(O1, TYRE), HoldOrder(O1, None), DeclineOrder(O1, D1)):
        assert town.refusal(ask) == ("illegal move", "out_for_delivery")


def test_a_driver_nobody_knows_is_given_nothing() -> None:
    assert opened_town().do(placed()).refusal(AssignOrder(O1, D1)) == ("unknown driver", "")


@pytest.mark.parametrize("status", DriverStatus)
def test_a_driver_takes_one_more_order_of_the_restaurant_until_food_is_on_board(status: DriverStatus) -> None:
    town = driver_town(status)
    may = [may_take(town.city, town.driver(), restaurant) for restaurant in (R1, R2)]

    assert (
        may
        == {
            DriverStatus.OFF: [False, False],
            DriverStatus.AVAILABLE: [True, True],
            DriverStatus.TO_RESTAURANT: [True, False],
            DriverStatus.WAITING: [True, False],
            DriverStatus.TO_DOOR: [False, False],
        }[status]
    )


def test_a_driver_who_cannot_take_it_is_said_to_be_where_he_is() -> None:
    town = driver_town(DriverStatus.TO_DOOR).do(placed(O2))

    assert town.refusal(AssignOrder(O2, D1)) == ("the driver cannot take it", "to_door")


def test_a_driver_who_began_to_load_takes_nothing_more() -> None:
    town = bundle_town(O1, O2).do(PickUp(O1, D1), placed(O3))

    assert town.refusal(AssignOrder(O3, D1)) == ("the driver cannot take it", "waiting")


def test_one_more_order_is_the_last_of_the_route() -> None:
    town = order_town(OrderStatus.PREPARING).do(placed(O2))

    assert town.ask(AssignOrder(O2, D1)) == [given(O2, D1, 1, minute(1))]
    assert (town.driver().status, town.driver().route) == ("to_restaurant", (O1, O2))
    assert town.order(O2).waited_at is None


def test_a_driver_who_waits_at_the_restaurant_has_arrived_for_one_more_order_too() -> None:
    town = bundle_town(O1).do(placed(O2)).tick(4).do(AssignOrder(O2, D1))

    assert (town.driver().status, town.order(O2).waited_at) == ("waiting", minute(4))
    town.do(AcceptOrder(O2), MarkReady(O2), PickUp(O1, D1), PickUp(O2, D1))
    assert town.driver().status == "to_door"


def test_a_held_order_is_left_alone_until_a_person_releases_it() -> None:
    town = opened_town().do(shift(), placed())

    assert town.ask(HoldOrder(O1, None)) == [OrderHeld(O1, None)]
    assert (town.order().held, machine(town)) == (True, [])
    assert town.ask(ReleaseOrder(O1)) == [OrderReleased(O1)]
    assert (town.order().held, machine(town)) == (False, [(D1, (O1,))])


def test_a_hold_ends_at_the_first_tick_that_is_not_before_its_time_and_that_turn_counts_it() -> None:
    town = opened_town().do(shift(), placed(), HoldOrder(O1, minute(2)))

    assert machine(town) == []
    assert machine(town) == [(D1, (O1,))]
    assert [fact.body for fact in town.log[-2:]] == [OrderReleased(O1), Ticked(minute(2), ())]
    assert town.log[-2].at == minute(2)
    assert (town.order().held, town.order().held_until) == (False, None)


def test_a_later_hold_replaces_the_one_before() -> None:
    town = opened_town().do(placed(), HoldOrder(O1, minute(2)), HoldOrder(O1, minute(9))).tick(3)

    assert (town.order().held, town.order().held_until) == (True, minute(9))


def test_a_hold_that_is_over_before_it_begins_is_refused() -> None:
    town = opened_town().do(placed()).tick(5)

    assert town.refusal(HoldOrder(O1, minute(5))) == ("that time is past", str(minute(5)))
    assert town.ask(HoldOrder(O1, minute(5) + 1)) == [OrderHeld(O1, minute(5) + 1)]


def test_an_order_with_a_driver_is_unassigned_before_it_is_held() -> None:
    town = order_town(OrderStatus.PENDING)

    assert town.refusal(HoldOrder(O1, None)) == ("has a driver: unassign it first", D1)
    assert town.do(UnassignOrder(O1, TYRE)).ask(HoldOrder(O1, None)) == [OrderHeld(O1, None)]


def test_what_is_not_held_is_not_released() -> None:
    assert opened_town().do(placed()).refusal(ReleaseOrder(O1)) == ("is not held", "pending")


def test_a_held_order_that_was_cancelled_is_not_released_by_time() -> None:
    town = opened_town().do(placed(), HoldOrder(O1, minute(2)), CancelOrder(O1, "customer"))

    assert town.ask(Tick(minute(3), ())) == [Ticked(minute(3), ())]


def test_a_person_may_give_a_held_order_away_and_the_hold_ends_with_it() -> None:
    town = opened_town().do(shift(), placed(), HoldOrder(O1, minute(30)), AssignOrder(O1, D1))

    assert (town.order().driver, town.order().held, town.order().held_until) == (D1, False, None)


def test_a_turn_that_was_thought_out_before_the_hold_leaves_the_order_out() -> None:
    town = opened_town().do(shift(), placed()).tick(1).do(HoldOrder(O1, None))

    assert town.ask(turn(minute(1), (D1, O1))) == [events.Dispatched(minute(1))]


def test_who_lost_an_order_to_a_persons_word_is_free_and_the_order_open() -> None:
    town = order_town(OrderStatus.PREPARING)

    assert town.ask(UnassignOrder(O1, TYRE)) == [DriverUnassigned(O1, D1, TYRE)]
    assert (town.order().driver, town.order().declined, town.driver().status) == (None, (D1,), "available")
    assert town.refusal(UnassignOrder(O1, TYRE)) == ("nobody has it", "preparing")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("ask", [UnassignOrder(O1, TYRE), DeclineOrder(O1, D1)], ids=["unassigned", "declined"])
def test_the_machine_never_sends_the_same_driver_again(policy: str, ask: UnassignOrder | DeclineOrder) -> None:
    """d1 stands at the restaurant, d2 three minutes away: any policy would send d1."""
    town = opened_town(policy=policy).do(shift(D1), placed(), AcceptOrder(O1), MarkReady(O1))
    assert machine(town) == [(D1, (O1,))]
    town.do(turn(minute(1), (D1, O1)), ask)

    assert machine(town) == []
    town.do(shift(D2, DOOR))
    assert machine(town) == [(D2, (O1,))]


@pytest.mark.parametrize("policy", POLICIES)
def test_who_declined_one_order_is_sent_for_another(policy: str) -> None:
    town = opened_town(policy=policy).do(shift(), placed(O1)).assign(D1, O1).do(DeclineOrder(O1, D1), placed(O2, R2))

    assert machine(town) == [(D1, (O2,))]


def test_a_turn_that_was_thought_out_before_the_driver_declined_leaves_him_out() -> None:
    town = opened_town().do(shift(), placed()).assign(D1, O1).do(DeclineOrder(O1, D1)).tick(2)

    assert town.ask(turn(minute(2), (D1, O1))) == [events.Dispatched(minute(2))]


def test_a_person_may_ask_a_driver_again_who_declined() -> None:
    town = order_town(OrderStatus.PENDING).do(DeclineOrder(O1, D1))

    assert town.ask(AssignOrder(O1, D1)) == [given(O1, D1, 0, minute(1))]
    assert town.do(UnassignOrder(O1, TYRE)).order().declined == (D1,)


def test_every_driver_who_lost_the_order_is_remembered() -> None:
    town = order_town(OrderStatus.PENDING).do(shift(D2), shift(D3))
    town.do(AssignOrder(O1, D2), DeclineOrder(O1, D2), AssignOrder(O1, D3))

    assert town.order().declined == (D1, D2)


def test_the_end_of_a_shift_says_nothing_about_the_order() -> None:
    """Whoever comes back for a later shift may be sent for it."""
    assert driver_town(DriverStatus.WAITING).do(EndShift(D1)).order().declined == ()


@pytest.mark.parametrize(
    "ask",
    [AssignOrder(O1, D2), UnassignOrder(O1, TYRE), HoldOrder(O1, None), ReleaseOrder(O1)],
    ids=lambda a: type(a).__name__,
)
def test_who_saw_an_older_order_must_look_again_before_a_word_by_hand(ask: AssignOrder) -> None:
    town = order_town(OrderStatus.PREPARING).do(shift(D2))
    version = town.order().version

    assert town.refusal(ask, version - 1) == ("changed meanwhile", f"version {version}, preparing")


def test_the_version_that_is_seen_now_is_good() -> None:
    town = order_town(OrderStatus.PREPARING).do(shift(D2))

    assert len(town.ask(AssignOrder(O1, D2), town.order().version)) == 2
