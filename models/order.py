"""command on an order → here → the next order, or why not. The one table of moves, and the one function that asks it."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from models.commands import (
    AcceptOrder,
    AnnounceReady,
    ArriveAtDoor,
    CancelOrder,
    DeclineOrder,
    Deliver,
    MarkReady,
    OrderAsk,
    PickUp,
)
from models.events import DriverAssigned, Item
from models.geo import Point
from models.ids import CustomerId, DriverId, Instant, OrderId, RestaurantId


class OrderStatus(StrEnum):
    PENDING = "pending"
    PREPARING = "preparing"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Order(msgspec.Struct, frozen=True):
    """An order as its log has left it; a stamp is None until its fact came.

    `ready_known` is what the kitchen announced, `ready_at` when the food really stood there.
    `assigned_seq` is the fact that gave it its driver, `place` its door in his route as it was given out, `waited_at` the
    driver's arrival at the restaurant, or when he who stood there got it too, `ended_at` the delivery or the cancellation.
    """

    id: OrderId
    customer: CustomerId
    restaurant: RestaurantId
    door: Point
    items: tuple[Item, ...]
    placed_at: Instant
    promised_at: Instant
    status: OrderStatus = OrderStatus.PENDING
    version: int = 1
    driver: DriverId | None = None
    place: int = 0
    assigned_seq: int = 0
    accepted_at: Instant | None = None
    ready_known: Instant | None = None
    ready_at: Instant | None = None
    assigned_at: Instant | None = None
    waited_at: Instant | None = None
    picked_up_at: Instant | None = None
    at_door_at: Instant | None = None
    ended_at: Instant | None = None
    reason: str | None = None

    @property
    def open(self) -> bool:
        return self.ended_at is None


PENDING, PREPARING, OUT, DELIVERED, CANCELLED = OrderStatus

MOVES: dict[type, dict[OrderStatus, OrderStatus]] = {
    AcceptOrder: {PENDING: PREPARING},
    AnnounceReady: {PENDING: PENDING, PREPARING: PREPARING},
    MarkReady: {PREPARING: PREPARING},
    PickUp: {PREPARING: OUT},
    ArriveAtDoor: {OUT: OUT},
    Deliver: {OUT: DELIVERED},
    CancelOrder: {PENDING: CANCELLED, PREPARING: CANCELLED, OUT: CANCELLED},
    DeclineOrder: {PENDING: PENDING, PREPARING: PREPARING},
}
"""Command → status before → status after. What is not here is refused."""


def target(order: Order, ask: type) -> OrderStatus | None:
    """The status that `ask` leads to from where the order stands; None when the table has no such move."""
    return MOVES[ask].get(order.status)


def refusal(order: Order, ask: OrderAsk) -> str | None:
    """Why this command cannot be done to this order, or None when it can."""
    if target(order, type(ask)) is None:
        return "illegal move"
    match ask:
        case MarkReady() if order.ready_at is not None:
            return "already ready"
        case PickUp() if order.ready_at is None:
            return "food is not ready"
        case ArriveAtDoor() if order.at_door_at is not None:
            return "already at the door"
        case PickUp(driver=d) | ArriveAtDoor(driver=d) | Deliver(driver=d) | DeclineOrder(driver=d) if (
            order.driver != d
        ):
            return "another driver has this order"
    return None


def may_be_assigned(order: Order) -> bool:
    """Assignment is dispatch's move: an order that is not on its way and has no driver."""
    return order.driver is None and order.status in (PENDING, PREPARING)


def unassigned(orders: Iterable[Order]) -> list[Order]:
    """Those that may be assigned, oldest first; ties by id."""
    return sorted((o for o in orders if may_be_assigned(o)), key=lambda o: (o.placed_at, o.id))


def known_ready(order: Order, t: Instant) -> Instant:
    """When food can be fetched at the earliest, as far as anyone knows at `t`: what nobody announced may stand there now."""
    return max(order.ready_at or order.ready_known or t, t)


def given(order: Order, body: DriverAssigned, at: Instant, seq: int, came: Instant | None) -> Order:
    """The order in a driver's hands, who stands at the restaurant since `came`, or is not there yet.

    Its wait begins now, not when he came: before it was his, nobody stood there for it.
    """
    waited = None if came is None else max(came, at)
    return changed(order, driver=body.driver, place=body.place, assigned_at=at, assigned_seq=seq, waited_at=waited)


def given_back(order: Order) -> Order:
    """The order as if it had never had a driver."""
    return changed(order, driver=None, place=0, assigned_at=None, assigned_seq=0, waited_at=None)


def changed(order: Order, **fields: object) -> Order:
    """The order with these fields, one version later: every change of a row counts."""
    return msgspec.structs.replace(order, version=order.version + 1, **fields)


def moved(order: Order, ask: type, **stamps: object) -> Order:
    """The order after the move of `ask`. A fact was decided by `refusal`, so the table has the move.

    Raises KeyError when the log holds a move that the table does not: the log is not ours.
    """
    return changed(order, status=MOVES[ask][order.status], **stamps)
