"""a fact of an order, before it and after it → here → story. What happened, in plain words; then what is known beside it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from models import events
from models.by_hand import BY_HAND, REASSIGNED
from models.city import City
from models.decide import UNDELIVERABLE
from models.driver import FETCHING, Driver, DriverStatus
from models.events import Option, Why
from models.ids import DriverId, Instant
from models.order import DECLINED, SHIFT_ENDED, TIMED_OUT, Order, OrderStatus
from models.sentences import Clock, Kind, Names, against, seen, span
from models.ways import MINUTE_MS

LOST = {
    DECLINED: "{} declines it",
    TIMED_OUT: "{} did not answer in time and loses it",
    REASSIGNED: "taken from {} by hand, for another driver",
    SHIFT_ENDED: "taken from {}, whose shift ended",
}
"""By the reason of the log; any other is a person's own word."""


class Moment(NamedTuple):
    """A fact of the order: `before` and `after` it, and who it names as he was before its command.

    `usual`: what was expected of its kitchen by then (ms), and of how many orders. `sent`: whether it ever had a driver.
    """

    city: City
    names: Names
    clock: Clock
    at: Instant
    before: Order
    after: Order
    driver: Driver | None
    usual: tuple[int, int]
    sent: bool

    def who(self, driver: DriverId) -> str:
        return self.names.driver(self.city, driver)


Words = tuple[str, ...]
Say = Callable[[Any, Moment], Words]


def _placed(body: events.OrderPlaced, now: Moment) -> Words:
    where = now.names.restaurant(now.city, body.restaurant)
    return f"placed at {where}", f"promised by {now.clock(body.promised_at)}, in {span(body.promised_at - now.at)}"


def _accepted(body: events.OrderAccepted, now: Moment) -> Words:
    return ("the kitchen accepts it",)


def _announced(body: events.ReadyAnnounced, now: Moment) -> Words:
    return (f"the kitchen says that it will be ready at {now.clock(body.ready_at)}",)


def _ready(body: events.OrderReady, now: Moment) -> Words:
    where, (usual, count) = now.names.restaurant(now.city, now.after.restaurant), now.usual
    took = f"ready: the kitchen took {span(now.at - now.after.placed_at)}"
    return took, f"expected of {where} by then: {span(usual)} ({seen(count)})"


def _assigned(body: events.DriverAssigned, now: Moment) -> Words:
    who, why, already = now.who(body.driver), body.why, _already(now.driver)
    if why is None:
        return f"assigned to {who}", *already, "the log does not say why"
    if why.model == BY_HAND:
        return f"assigned to {who} by hand", *already
    return f"assigned to {who} by {why.model}", *already, *_why(why, now)


def _already(driver: Driver | None) -> Words:
    if driver is None or driver.status not in FETCHING:
        return ()
    return (f"who {'waits' if driver.status is DriverStatus.WAITING else 'is on the way'} there already",)


def _why(why: Why, now: Moment) -> Words:
    """`nearest` asks for the way alone; a matching may send another than the cheapest for one order."""
    cost = f"{span(why.cost_ms)} away" if why.rule == "nearest" else f"cost {span(why.cost_ms)}"
    words = f"{cost}, pick-up expected {now.clock(why.pickup_at)}"
    if not why.others:
        return words, "nobody else could go"
    others = ", ".join(_other(one, why, now) for one in why.others)
    if why.others[0].cost_ms >= why.cost_ms:
        return words, f"next best: {others}"
    return words, f"the others: {others}", "a cheaper one was worth more elsewhere"


def _other(one: Option, why: Why, now: Moment) -> str:
    """Dearer or cheaper by so much, with a true minus."""
    return f"{now.who(one.driver)} {(one.cost_ms - why.cost_ms) / MINUTE_MS:+.1f} min".replace(" -", " −")


def _unassigned(body: events.DriverUnassigned, now: Moment) -> Words:
    who = now.who(body.driver)
    return (LOST[body.reason].format(who) if body.reason in LOST else f"taken from {who} by hand: {body.reason}",)


def _taken(body: events.OfferAccepted, now: Moment) -> Words:
    return (f"{now.who(body.driver)} takes it",)


def _held(body: events.OrderHeld, now: Moment) -> Words:
    until = "it is released" if body.until is None else now.clock(body.until)
    return (f"held by hand until {until}: dispatch leaves it alone",)


def _released(body: events.OrderReleased, now: Moment) -> Words:
    over = now.before.held_until is not None and now.before.held_until <= now.at
    return (f"{'its hold is over' if over else 'released by hand'}: dispatch has it again",)


def _arrived(body: events.DriverArrivedAtRestaurant, now: Moment) -> Words:
    ready = now.after.ready_at
    food = "the food is not ready yet" if ready is None else f"the food stood ready for {span(now.at - ready)}"
    return f"{now.who(body.driver)} is at the restaurant", food


def _picked_up(body: events.OrderPickedUp, now: Moment) -> Words:
    who, ready, there = now.who(body.driver), now.after.ready_at or now.at, now.after.waited_at
    food = "the moment it was ready" if ready == now.at else f"{span(now.at - ready)} after it was ready"
    return f"picked up by {who}, {food}", *(() if there is None else (f"{who} was there for {span(now.at - there)}",))


def _at_door(body: events.DriverArrivedAtDoor, now: Moment) -> Words:
    return (f"{now.who(body.driver)} is at the door",)


def _delivered(body: events.OrderDelivered, now: Moment) -> Words:
    took = f"delivered {span(now.at - now.after.placed_at)} after it was placed"
    return took, against(now.at, now.after.promised_at, "the promise")


def _delivered_first(body: events.OrderDelivered, now: Moment) -> Words:
    return (f"{now.who(body.driver)} brings {body.order} first",)


def _cancelled(body: events.OrderCancelled, now: Moment) -> Words:
    closed = body.reason == UNDELIVERABLE
    text = "undelivered: the city closed while it was open" if closed else f"cancelled: {body.reason}"
    if now.before.driver is None:
        return text, "nobody had it then" if now.sent else "no driver was ever sent for it"
    on_board = now.before.status is OrderStatus.OUT_FOR_DELIVERY
    return text, f"{now.who(now.before.driver)} {'had it on board' if on_board else 'had not picked it up'}"


SAID: dict[type, tuple[Kind, Say]] = {
    events.OrderPlaced: (Kind.ORDER, _placed),
    events.OrderAccepted: (Kind.KITCHEN, _accepted),
    events.ReadyAnnounced: (Kind.KITCHEN, _announced),
    events.OrderReady: (Kind.KITCHEN, _ready),
    events.DriverAssigned: (Kind.DRIVER, _assigned),
    events.DriverUnassigned: (Kind.DRIVER, _unassigned),
    events.OfferAccepted: (Kind.DRIVER, _taken),
    events.OrderHeld: (Kind.ORDER, _held),
    events.OrderReleased: (Kind.ORDER, _released),
    events.OrderPickedUp: (Kind.DRIVER, _picked_up),
    events.DriverArrivedAtDoor: (Kind.DRIVER, _at_door),
    events.OrderDelivered: (Kind.ORDER, _delivered),
    events.OrderCancelled: (Kind.ORDER, _cancelled),
}
BESIDE: dict[type, tuple[Kind, Say]] = {
    events.DriverArrivedAtRestaurant: (Kind.DRIVER, _arrived),
    events.OrderDelivered: (Kind.DRIVER, _delivered_first),
}
"""What its driver does with another order, or with none in particular."""
