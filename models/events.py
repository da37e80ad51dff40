"""models/city.decide → here → the log, `city-events`, every fold. What happened, in the past tense."""

from decimal import Decimal
from typing import Annotated

import msgspec

from models.geo import Point
from models.ids import CityId, CommandId, CustomerId, DriverId, Instant, OrderId, RestaurantId, Text
from models.levers import IncidentFact, LeverFact, LeverId
from models.rules import Rules
from models.said import Body
from models.ways import Vehicle


class Item(msgspec.Struct, frozen=True):
    """One line of an order; `price` of one piece, as `numeric(12, 2)` holds it: JSON also brings NaN and 1E+99999."""

    menu_item_id: Text
    quantity: Annotated[int, msgspec.Meta(ge=1, le=999)]
    price: Decimal

    def __post_init__(self) -> None:
        if not (self.price.is_finite() and 0 <= self.price < 10**9 and self.price == round(self.price, 2)):
            raise ValueError("Expected a price from 0 to 10^9 with at most two decimals")


class Position(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An accepted position: where a driver was, and when."""

    driver: DriverId
    at: Instant
    point: Point


class CityOpened(Body, frozen=True):
    rules: Rules


class StreetClosed(Body, frozen=True):
    """Nobody sets off over this street from now on; who is on the way still passes."""

    street: Text


class StreetOpened(Body, frozen=True):
    street: Text


class RestaurantAdded(Body, frozen=True):
    restaurant: RestaurantId
    name: Text
    point: Point


class ShiftStarted(Body, frozen=True):
    driver: DriverId
    name: Text
    vehicle: Vehicle
    point: Point
    until: Instant


class ShiftEnded(Body, frozen=True):
    driver: DriverId


class OrderPlaced(Body, frozen=True):
    order: OrderId
    customer: CustomerId
    restaurant: RestaurantId
    door: Point
    items: tuple[Item, ...]
    promised_at: Instant


class OrderAccepted(Body, frozen=True):
    order: OrderId


class ReadyAnnounced(Body, frozen=True):
    order: OrderId
    ready_at: Instant


class OrderReady(Body, frozen=True):
    order: OrderId


class Option(msgspec.Struct, frozen=True, array_like=True):
    """Another driver who could have been sent, and what he would have cost (ms)."""

    driver: DriverId
    cost_ms: int


class Why(msgspec.Struct, frozen=True):
    """Why this driver: by which rule and which version of it, at what cost (ms), and the next best, cheapest first.

    `pickup_at`: when the food was expected in his hands.
    """

    rule: Text
    model: Text
    cost_ms: int
    pickup_at: Instant
    others: tuple[Option, ...] = ()


class DriverAssigned(Body, frozen=True, omit_defaults=True):
    """`place`: 0 is the first door of the driver's route; what he has from there on comes one later.

    `why` came with the second release.
    """

    order: OrderId
    driver: DriverId
    place: int
    why: Why | None = None


class DriverUnassigned(Body, frozen=True):
    order: OrderId
    driver: DriverId
    reason: Text


class OfferAccepted(Body, frozen=True):
    order: OrderId
    driver: DriverId


class OrderHeld(Body, frozen=True):
    """Dispatch leaves it alone until a tick at or after `until`, or until it is released."""

    order: OrderId
    until: Instant | None


class OrderReleased(Body, frozen=True):
    order: OrderId


class DriverArrivedAtRestaurant(Body, frozen=True):
    driver: DriverId


class OrderPickedUp(Body, frozen=True):
    order: OrderId
    driver: DriverId


class DriverArrivedAtDoor(Body, frozen=True):
    order: OrderId
    driver: DriverId


class OrderDelivered(Body, frozen=True):
    order: OrderId
    driver: DriverId


class DriverFreed(Body, frozen=True):
    driver: DriverId


class OrderCancelled(Body, frozen=True):
    order: OrderId
    reason: Text


class Ticked(Body, frozen=True):
    """Time is now `t`, and these positions came since the last tick: (previous t, t]."""

    t: Instant
    positions: tuple[Position, ...]


class Dispatched(Body, frozen=True):
    """The turn of tick `t` is closed."""

    t: Instant


class CityClosed(Body, frozen=True):
    pass


class CommandRejected(Body, frozen=True, omit_defaults=True):
    """A refusal is a fact too: whoever asked gets an answer, with what stands now.

    `lever`: the one that turned an order away; the first release did not say which.
    """

    asked: str
    reason: str
    current: str
    lever: LeverId | None = None


OrderFact = (
    OrderPlaced
    | OrderAccepted
    | ReadyAnnounced
    | OrderReady
    | DriverAssigned
    | DriverUnassigned
    | OfferAccepted
    | OrderHeld
    | OrderReleased
    | OrderPickedUp
    | DriverArrivedAtDoor
    | OrderDelivered
    | OrderCancelled
)
DriverFact = ShiftStarted | ShiftEnded | DriverArrivedAtRestaurant | DriverFreed
CityFact = (
    CityOpened | StreetClosed | StreetOpened | RestaurantAdded | Ticked | Dispatched | CityClosed | CommandRejected
)
Happened = OrderFact | DriverFact | CityFact | LeverFact | IncidentFact


class Fact(msgspec.Struct, frozen=True):
    """One entry of a city's log; `at` is event time, `seq` counts from 1 without a gap."""

    city: CityId
    seq: int
    command_id: CommandId
    at: Instant
    body: Happened

    @property
    def id(self) -> str:
        return f"{self.city}:{self.seq}"
