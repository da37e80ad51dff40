"""command on an order → here → the next order, or why not. The one table of moves, and the one function that asks it."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

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
from models.events import DriverAssigned, DriverUnassigned, Item, Why
from models.geo import Point
from models.ids import CustomerId, DriverId, Instant, OrderId, RestaurantId


class OrderStatus(StrEnum):
    PENDING = "pending"
    PREPARING = "preparing"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


SHIFT_ENDED = "shift ended"
"""Of all that takes an order from its driver, the one thing that says nothing about the two of them."""
DECLINED, TIMED_OUT = "declined", "offer timed out"
"""The driver's own no, in word or in silence; every other reason is a person's word."""


class Order(msgspec.Struct, frozen=True):
    """An order as its log has left it; a stamp is None until its fact came.

    `ready_known` is what the kitchen announced, `ready_at` when the food really stood there. `assigned_seq` is the fact that
    gave it its driver, `why` he was chosen, `place` its door in his route as it was given out, `waited_at` his arrival at
    the restaurant, or when he who stood there got it too, `ended_at` the delivery or the cancellation. `answered_at` is None
    while an offer waits for its driver. `declined`: who did not take it, let the offer run out or lost it to a person's
    word; the machine never gives it to them again.
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
    why: Why | None = None
    answered_at: Instant | None = None
    held: bool = False
    held_until: Instant | None = None
    declined: tuple[DriverId, ...] = ()

    @property
    def open(self) -> bool:
        return self.ended_at is None


PENDING, PREPARING, OUT, DELIVERED, CANCELLED = OrderStatus
STAYS = {PENDING: PENDING, PREPARING: PREPARING}

MOVES: dict[type, dict[OrderStatus, OrderStatus]] = {
    AcceptOrder: {PENDING: PREPARING},
    AnnounceReady: STAYS,
    MarkReady: {PREPARING: PREPARING},
    PickUp: {PREPARING: OUT},
    ArriveAtDoor: {OUT: OUT},
    Deliver: {OUT: DELIVERED},
    CancelOrder: {PENDING: CANCELLED, PREPARING: CANCELLED, OUT: CANCELLED},
    **dict.fromkeys((AcceptOffer, DeclineOrder, AssignOrder, UnassignOrder, HoldOrder, ReleaseOrder), STAYS),
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
        case (
            PickUp(driver=d)
            | ArriveAtDoor(driver=d)
            | Deliver(driver=d)
            | DeclineOrder(driver=d)
            | AcceptOffer(driver=d)
        ) if order.driver != d:
            return "another driver has this order"
        case AcceptOffer() if answered(order):
            return "already accepted"
    return None


def answered(order: Order) -> bool:
    """Whether its driver took it: he said so, or he stood at the restaurant."""
    return order.answered_at is not None or order.waited_at is not None


def may_be_assigned(order: Order) -> bool:
    """Assignment is dispatch's move: an order that is not on its way, has no driver and is not held by a person."""
    return order.driver is None and not order.held and order.status in STAYS


def lapsed(order: Order, t: Instant, offer_ms: int | None) -> bool:
    """Whether at `t` its offer, which lasts `offer_ms`, has run out without an answer; None: there are no offers."""
    if offer_ms is None or order.assigned_at is None or order.status not in STAYS:
        return False
    return not answered(order) and t - order.assigned_at >= offer_ms


def hold_is_over(order: Order, t: Instant) -> bool:
    """Whether it is held, and no longer than until `t`."""
    return order.held_until is not None and order.open and order.held_until <= t


def unassigned(orders: Iterable[Order]) -> list[Order]:
    """Those that may be assigned, oldest first; ties by id."""
    return sorted((o for o in orders if may_be_assigned(o)), key=lambda o: (o.placed_at, o.id))


def known_ready(order: Order, t: Instant) -> Instant:
    """When food can be fetched at the earliest, as far as anyone knows at `t`: what nobody announced may stand there now."""
    return max(order.ready_at or order.ready_known or t, t)


def changed(order: Order, **fields: object) -> Order:
    """The order with these fields, one version later: every change of a row counts."""
    return msgspec.structs.replace(order, version=order.version + 1, **fields)


def given(order: Order, body: DriverAssigned, at: Instant, seq: int, came: Instant | None) -> Order:
    """In the hands of a driver, who stands at the restaurant since `came` or is not there yet; that ends a hold.

    Its wait begins now, not when he came: before it was his, nobody stood there for it.
    """
    waited = None if came is None else max(came, at)
    stamps = {"place": body.place, "assigned_at": at, "assigned_seq": seq, "waited_at": waited, "why": body.why}
    return changed(order, driver=body.driver, held=False, held_until=None, **stamps)


def taken(order: Order, body: DriverUnassigned) -> Order:
    """As if it had never had a driver, but for the memory of whom the machine shall not ask again."""
    lost = () if body.reason == SHIFT_ENDED or body.driver in order.declined else (body.driver,)
    blank = {"assigned_at": None, "assigned_seq": 0, "waited_at": None, "answered_at": None, "why": None}
    return changed(order, driver=None, place=0, declined=(*order.declined, *lost), **blank)


def moved(order: Order, ask: type, **stamps: object) -> Order:
    """The order after the move of `ask`. A fact was decided by `refusal`, so the table has the move.

    Raises KeyError when the log holds a move that the table does not: the log is not ours.
    """
    return changed(order, status=MOVES[ask][order.status], **stamps)
