"""Every status of an order meets every command on an order: the table, and the city that consults it."""

from typing import get_args

import pytest
from msgspec.structs import replace

from models.commands import (
    AcceptOffer,
    AcceptOrder,
    AnnounceReady,
    ArriveAtDoor,
    AssignOrder,
    CancelOrder,
    DeclineOrder,
    Deliver,
    HoldOrder,
    MarkReady,
    OrderAsk,
    PickUp,
    ReleaseOrder,
    UnassignOrder,
)
from models.events import CommandRejected, DriverUnassigned
from models.order import MOVES, OrderStatus, may_be_assigned, refusal, target
from tests.unit.models.builders import D1, D2, O1, Town, cells, minute, opened_town, order_town, placed, shift, turn

ASKS: list[OrderAsk] = [
    AcceptOrder(O1),
    AnnounceReady(O1, minute(20)),
    MarkReady(O1),
    PickUp(O1, D1),
    ArriveAtDoor(O1, D1),
    Deliver(O1, D1),
    CancelOrder(O1, "customer"),
    AcceptOffer(O1, D1),
    DeclineOrder(O1, D1),
    AssignOrder(O1, D1),
    UnassignOrder(O1, "flat tyre"),
    HoldOrder(O1, None),
    ReleaseOrder(O1),
]
OF_AN_OPEN_ORDER = (AssignOrder, HoldOrder, ReleaseOrder)

GRID = """
               pending    preparing         out_for_delivery  delivered  cancelled
AcceptOrder    preparing  -                 -                 -          -
AnnounceReady  pending    preparing         -                 -          -
MarkReady      -          preparing         -                 -          -
PickUp         -          out_for_delivery  -                 -          -
ArriveAtDoor   -          -                 out_for_delivery  -          -
Deliver        -          -                 delivered         -          -
CancelOrder    cancelled  cancelled         cancelled         -          -
AcceptOffer    pending    preparing         -                 -          -
DeclineOrder   pending    preparing         -                 -          -
AssignOrder    pending    preparing         -                 -          -
UnassignOrder  pending    preparing         -                 -          -
HoldOrder      pending    preparing         -                 -          -
ReleaseOrder   pending    preparing         -                 -          -
"""


BY_NAME = {type(ask).__name__: ask for ask in ASKS}
CELLS = [(BY_NAME[ask], OrderStatus(before), after) for ask, before, after in cells(GRID)]
LEGAL = [pytest.param(*c, id=f"{type(c[0]).__name__}-{c[1]}") for c in CELLS if c[2] != "-"]
ILLEGAL = [pytest.param(*c[:2], id=f"{type(c[0]).__name__}-{c[1]}") for c in CELLS if c[2] == "-"]


def _favourable(ask: OrderAsk, status: OrderStatus) -> Town:
    """o1 in this status, with nothing but the status in the way of the command."""
    town = order_town(status, ready=not isinstance(ask, MarkReady) or status is not OrderStatus.PREPARING)
    if isinstance(ask, OF_AN_OPEN_ORDER) and status in {"pending", "preparing"}:
        town.do(UnassignOrder(O1, "flat tyre"))
    return town.do(HoldOrder(O1, None)) if isinstance(ask, ReleaseOrder) and not town.order().driver else town


def test_the_grid_speaks_of_every_status_and_every_command() -> None:
    assert len(CELLS) == len(OrderStatus) * len(get_args(OrderAsk))
    assert {type(a) for a in ASKS} == set(get_args(OrderAsk)) == set(MOVES)


@pytest.mark.parametrize(("ask", "status", "after"), LEGAL)
def test_a_legal_move_is_in_the_table_and_is_made(ask: OrderAsk, status: OrderStatus, after: str) -> None:
    town = _favourable(ask, status)
    version = town.order().version

    assert target(town.order(), type(ask)) == after
    assert town.do(ask).order().status == after
    assert town.order().version == version + 1


@pytest.mark.parametrize(("ask", "status"), ILLEGAL)
def test_an_illegal_move_is_refused_and_names_what_stands(ask: OrderAsk, status: OrderStatus) -> None:
    town = _favourable(ask, status)
    before = town.order()

    assert target(before, type(ask)) is None
    assert town.ask(ask) == [CommandRejected(type(ask).__name__, "illegal move", status)]
    assert town.order() == before


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_is_placed_once_whatever_became_of_it(status: OrderStatus) -> None:
    assert order_town(status).refusal(placed()) == ("order exists", status)


@pytest.mark.parametrize("status", OrderStatus)
def test_only_an_order_that_is_not_on_its_way_gets_a_driver(status: OrderStatus) -> None:
    placed_one = opened_town().do(placed()).order()

    assert may_be_assigned(replace(placed_one, status=status)) is (status in {"pending", "preparing"})
    assert not may_be_assigned(replace(placed_one, status=status, driver=D1))
    assert not may_be_assigned(replace(placed_one, status=status, held=True))


def test_food_that_stands_there_is_not_ready_twice() -> None:
    assert order_town(OrderStatus.PREPARING).refusal(MarkReady(O1)) == ("already ready", "preparing")


def test_food_that_is_not_ready_is_not_picked_up() -> None:
    town = order_town(OrderStatus.PREPARING, ready=False)

    assert town.refusal(PickUp(O1, D1)) == ("food is not ready", "preparing")


def test_a_driver_arrives_at_a_door_once() -> None:
    town = order_town(OrderStatus.OUT_FOR_DELIVERY).do(ArriveAtDoor(O1, D1))

    assert town.refusal(ArriveAtDoor(O1, D1)) == ("already at the door", "out_for_delivery")


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (PickUp(O1, D2), OrderStatus.PREPARING),
        (DeclineOrder(O1, D2), OrderStatus.PREPARING),
        (ArriveAtDoor(O1, D2), OrderStatus.OUT_FOR_DELIVERY),
        (Deliver(O1, D2), OrderStatus.OUT_FOR_DELIVERY),
        (AcceptOffer(O1, D2), OrderStatus.PENDING),
    ],
)
def test_another_driver_cannot_carry_the_order(ask: OrderAsk, status: OrderStatus) -> None:
    town = order_town(status).do(shift(D2))

    assert town.refusal(ask) == ("another driver has this order", status)


def test_an_order_without_a_driver_is_not_picked_up_by_one_who_passes() -> None:
    town = opened_town().do(shift(), placed(), AcceptOrder(O1), MarkReady(O1))

    assert town.refusal(PickUp(O1, D1)) == ("another driver has this order", "preparing")


def test_an_order_that_was_declined_waits_for_another_driver() -> None:
    town = order_town(OrderStatus.PREPARING).do(DeclineOrder(O1, D1))

    assert (town.log[-1].body, town.driver().status) == (DriverUnassigned(O1, D1, "declined"), "available")
    assert may_be_assigned(town.order())
    assert town.refusal(DeclineOrder(O1, D1)) == ("another driver has this order", "preparing")


def test_a_kitchen_may_announce_another_time_while_it_cooks() -> None:
    town = order_town(OrderStatus.PREPARING, ready=False)
    town.do(AnnounceReady(O1, minute(20)), AnnounceReady(O1, minute(25)))

    assert town.order().ready_known == minute(25)
    assert town.order().ready_at is None


def test_a_delivery_counts_without_an_arrival_at_the_door() -> None:
    """Phones lose the arrival."""
    town = order_town(OrderStatus.OUT_FOR_DELIVERY).do(Deliver(O1, D1), at=minute(30))

    assert town.order().at_door_at is None
    assert town.order().ended_at == minute(30)


def test_a_move_that_can_be_made_has_no_refusal() -> None:
    assert refusal(order_town(OrderStatus.PREPARING).order(), PickUp(O1, D1)) is None


def test_an_order_is_open_until_it_ended() -> None:
    states = {s: order_town(s).order().open for s in OrderStatus}

    assert [s for s, is_open in states.items() if is_open] == ["pending", "preparing", "out_for_delivery"]


@pytest.mark.parametrize("status", OrderStatus)
def test_a_turn_never_takes_an_order_from_its_driver(status: OrderStatus) -> None:
    town = order_town(status).do(shift(D2)).tick(2)
    before = town.order()
    town.do(turn(minute(2), (D2, O1)))

    assert town.order() == before
    assert town.driver(D2).route == ()
