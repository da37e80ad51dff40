"""fact → apply → the city. A city is a fold over its log: nothing else changes it. `FOLD` says what each fact does."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from models import commands, driver, events, order, tombstones
from models.driver import Driver, DriverStatus
from models.errors import IllFittingLog
from models.events import Fact
from models.ids import CityId, DriverId, Instant, OrderId, RestaurantId
from models.levers import IncidentAcknowledged, IncidentOwned, IncidentSnoozed, LeverId, LeverPulled, LeverReleased
from models.order import Order, OrderStatus
from models.prep import Kitchens, Pace, Promises
from models.restaurant import Restaurant
from models.rules import Rules
from models.street_changes import travel_after


class City(msgspec.Struct):
    """One city after the fact `seq`; `now` is its watermark, `turn` the newest tick whose turn is closed.

    `ended` holds the orders that ended, oldest first, until their hour is over; `past` their ids, for a day. `levers` are in
    force.
    """

    id: CityId
    seq: int = 0
    rules: Rules | None = None
    opened_at: Instant | None = None
    now: Instant | None = None
    turn: Instant | None = None
    closed: bool = False
    orders: dict[OrderId, Order] = {}
    drivers: dict[DriverId, Driver] = {}
    restaurants: dict[RestaurantId, Restaurant] = {}
    ended: dict[OrderId, Instant] = {}
    past: dict[OrderId, Instant] = {}
    levers: dict[LeverId, LeverPulled] = {}
    kitchens: Kitchens = msgspec.field(default_factory=Kitchens)
    promises: Promises = msgspec.field(default_factory=Promises)
    pace: Pace = msgspec.field(default_factory=Pace)


def apply(city: City, fact: Fact) -> City:
    """The city one fact later (the same object, changed).

    Raises IllFittingLog when the fact is not the next one: a gap is filled from the log before it comes here.
    """
    if fact.seq != city.seq + 1:
        raise IllFittingLog(f"{city.id}: fact {fact.seq} after {city.seq}")
    FOLD[type(fact.body)](city, fact.at, fact.body)
    city.seq = fact.seq
    return city


def _city_opened(city: City, at: Instant, body: events.CityOpened) -> None:
    city.rules, city.opened_at, city.now = body.rules, at, at


def _street_changed(city: City, at: Instant, body: events.StreetClosed | events.StreetOpened) -> None:
    assert city.rules is not None  # an unopened city refuses everything
    city.rules = msgspec.structs.replace(city.rules, travel=travel_after(city.rules.travel, body))


def _restaurant_added(city: City, at: Instant, body: events.RestaurantAdded) -> None:
    city.restaurants[body.restaurant] = Restaurant(body.restaurant, body.name, body.point)


def _shift_started(city: City, at: Instant, body: events.ShiftStarted) -> None:
    before = city.drivers.get(body.driver)
    version = before.version + 1 if before else 1
    city.drivers[body.driver] = Driver(
        body.driver, body.name, body.vehicle, body.point, at, body.point, at, body.until, version=version
    )


def _order_placed(city: City, at: Instant, body: events.OrderPlaced) -> None:
    city.orders[body.order] = Order(
        body.order, body.customer, body.restaurant, body.door, body.items, at, body.promised_at
    )


def _ready_announced(city: City, at: Instant, body: events.ReadyAnnounced) -> None:
    _move(city, body.order, commands.AnnounceReady, ready_known=body.ready_at)


def _order_ready(city: City, at: Instant, body: events.OrderReady) -> None:
    city.kitchens.learn(city.orders[body.order], at)
    _move(city, body.order, commands.MarkReady, ready_at=at)


def _driver_assigned(city: City, at: Instant, body: events.DriverAssigned) -> None:
    """One who already stands at the restaurant stays there, and has arrived for this order too."""
    one = city.drivers[body.driver]
    came = city.orders[one.route[0]].waited_at if one.route else None
    city.orders[body.order] = order.given(city.orders[body.order], body, at, city.seq + 1, came)
    route = (*one.route[: body.place], body.order, *one.route[body.place :])
    status = one.status if one.route else DriverStatus.TO_RESTAURANT
    city.drivers[body.driver] = driver.changed(one, route=route, status=status)
    for place, o in enumerate(route):
        if city.orders[o].place != place:
            city.orders[o] = order.changed(city.orders[o], place=place)


def _driver_unassigned(city: City, at: Instant, body: events.DriverUnassigned) -> None:
    city.orders[body.order] = order.taken(city.orders[body.order], body)
    _leave_route(city, body.driver, body.order)


def _held(held: bool, city: City, at: Instant, body: Any) -> None:
    _move(city, body.order, commands.HoldOrder, held=held, held_until=getattr(body, "until", None))


def _driver_arrived_at_restaurant(city: City, at: Instant, body: events.DriverArrivedAtRestaurant) -> None:
    one = city.drivers[body.driver]
    city.drivers[body.driver] = driver.changed(one, status=DriverStatus.WAITING)
    for o in one.route:
        city.orders[o] = order.changed(city.orders[o], waited_at=at)


def _order_picked_up(city: City, at: Instant, body: events.OrderPickedUp) -> None:
    _move(city, body.order, commands.PickUp, picked_up_at=at)
    one = city.drivers[body.driver]
    carried = len(_on_board(city, one)) == len(one.route)
    city.drivers[body.driver] = driver.changed(one, status=DriverStatus.TO_DOOR if carried else one.status)


def _driver_arrived_at_door(city: City, at: Instant, body: events.DriverArrivedAtDoor) -> None:
    """The ride from the restaurant to the first door of a route was one leg, and teaches how fast rides are today."""
    one, rules = city.orders[body.order], city.rules
    assert rules is not None  # an unopened city refuses everything
    if one.place == 0 and one.picked_up_at is not None:
        kitchen, vehicle = city.restaurants[one.restaurant].point, city.drivers[body.driver].vehicle
        took = at - one.picked_up_at - rules.services.half_pickup_ms
        city.pace.learn(rules.travel.ms(kitchen, one.door, vehicle), took)
    _move(city, body.order, commands.ArriveAtDoor, at_door_at=at)


def _order_delivered(city: City, at: Instant, body: events.OrderDelivered) -> None:
    _move(city, body.order, commands.Deliver, ended_at=at)
    assert city.rules is not None  # an unopened city refuses everything
    kept, waiting = at <= city.orders[body.order].promised_at, len(city.orders) - len(city.ended)
    city.promises.learn(kept, city.rules.promise_percent, waiting)
    one = city.drivers[body.driver]
    city.drivers[body.driver] = driver.changed(one, route=tuple(o for o in one.route if o != body.order))
    city.ended[body.order] = at


def _becomes(status: DriverStatus, city: City, at: Instant, body: Any) -> None:
    city.drivers[body.driver] = driver.changed(city.drivers[body.driver], status=status)


def _order_cancelled(city: City, at: Instant, body: events.OrderCancelled) -> None:
    _move(city, body.order, commands.CancelOrder, ended_at=at, reason=body.reason)
    if (who := city.orders[body.order].driver) is not None:
        _leave_route(city, who, body.order)
    city.ended[body.order] = at


def _ticked(city: City, at: Instant, body: events.Ticked) -> None:
    city.now = body.t
    for position in body.positions:
        one = city.drivers[position.driver]
        if position.at > one.seen_at:
            moved = msgspec.structs.replace(one, point=position.point, seen_at=position.at)
            city.drivers[position.driver] = moved
    for gone in tombstones.leaving(city.ended, body.t):
        city.past[gone] = city.ended.pop(gone)
        del city.orders[gone]
    for gone in tombstones.forgotten(city.past, body.t):
        del city.past[gone]


def inbound(city: City, one: Driver) -> bool:
    """On the way to a restaurant or waiting there, nothing picked up yet: such a driver may take more of it."""
    return one.status in driver.FETCHING and not _on_board(city, one)


def _dispatched(city: City, at: Instant, body: events.Dispatched) -> None:
    city.turn = body.t


def _city_closed(city: City, at: Instant, body: events.CityClosed) -> None:
    city.closed = True


def _lever_pulled(city: City, at: Instant, body: LeverPulled) -> None:
    city.levers[body.id] = body


def _lever_released(city: City, at: Instant, body: LeverReleased) -> None:
    del city.levers[body.id]


def _as_it_was(city: City, at: Instant, body: Any) -> None:
    """The city stays as it is."""


def _leave_route(city: City, who: DriverId, which: OrderId) -> None:
    one = city.drivers[who]
    city.drivers[who] = driver.without(one, which, _on_board(city, one))


def _on_board(city: City, one: Driver) -> list[OrderId]:
    return [o for o in one.route if city.orders[o].status is OrderStatus.OUT_FOR_DELIVERY]


def _stamp(ask: type, stamp: str, city: City, at: Instant, body: Any) -> None:
    _move(city, body.order, ask, **{stamp: at})


def _move(city: City, which: OrderId, ask: type, **stamps: object) -> None:
    city.orders[which] = order.moved(city.orders[which], ask, **stamps)


Fold = Callable[[City, Instant, Any], None]
FOLD: dict[type, Fold] = {
    events.CityOpened: _city_opened,
    events.StreetClosed: _street_changed,
    events.StreetOpened: _street_changed,
    events.RestaurantAdded: _restaurant_added,
    events.ShiftStarted: _shift_started,
    events.ShiftEnded: partial(_becomes, DriverStatus.OFF),
    events.OrderPlaced: _order_placed,
    events.OrderAccepted: partial(_stamp, commands.AcceptOrder, "accepted_at"),
    events.ReadyAnnounced: _ready_announced,
    events.OrderReady: _order_ready,
    events.DriverAssigned: _driver_assigned,
    events.DriverUnassigned: _driver_unassigned,
    events.OfferAccepted: partial(_stamp, commands.AcceptOffer, "answered_at"),
    events.OrderHeld: partial(_held, True),
    events.OrderReleased: partial(_held, False),
    events.DriverArrivedAtRestaurant: _driver_arrived_at_restaurant,
    events.OrderPickedUp: _order_picked_up,
    events.DriverArrivedAtDoor: _driver_arrived_at_door,
    events.OrderDelivered: _order_delivered,
    events.DriverFreed: partial(_becomes, DriverStatus.AVAILABLE),
    events.OrderCancelled: _order_cancelled,
    events.Ticked: _ticked,
    events.Dispatched: _dispatched,
    events.CityClosed: _city_closed,
    LeverPulled: _lever_pulled,
    LeverReleased: _lever_released,
    **dict.fromkeys((events.CommandRejected, IncidentOwned, IncidentAcknowledged, IncidentSnoozed), _as_it_was),
}
