"""simulator, gateway, dispatch → here → `city-commands` → models/city.decide. What is asked, in the imperative."""

from typing import Annotated

import msgspec

from models.events import Item, Position, Why
from models.geo import Point
from models.ids import CityId, CommandId, CustomerId, DriverId, Instant, OrderId, RestaurantId, Text
from models.levers import IncidentAsk, LeverAsk
from models.rules import Rules
from models.said import Ask
from models.ways import Vehicle


class OpenCity(Ask, frozen=True):
    rules: Rules


class CloseStreet(Ask, frozen=True):
    """A street by its name: a bridge is closed."""

    street: Text


class OpenStreet(Ask, frozen=True):
    street: Text


class AddRestaurant(Ask, frozen=True):
    restaurant: RestaurantId
    name: Text
    point: Point


class StartShift(Ask, frozen=True):
    """`until`: the off-time; no pick-up after it."""

    driver: DriverId
    name: Text
    vehicle: Vehicle
    point: Point
    until: Instant


class EndShift(Ask, frozen=True):
    driver: DriverId


class PlaceOrder(Ask, frozen=True):
    """`promised_at`: what the customer was told already; None: the city promises by its own estimate."""

    order: OrderId
    customer: CustomerId
    restaurant: RestaurantId
    door: Point
    items: tuple[Item, ...]
    promised_at: Instant | None = None


class AcceptOrder(Ask, frozen=True):
    order: OrderId


class AnnounceReady(Ask, frozen=True):
    order: OrderId
    ready_at: Instant


class MarkReady(Ask, frozen=True):
    order: OrderId


class ArriveAtRestaurant(Ask, frozen=True):
    driver: DriverId


class PickUp(Ask, frozen=True):
    order: OrderId
    driver: DriverId


class ArriveAtDoor(Ask, frozen=True):
    order: OrderId
    driver: DriverId


class Deliver(Ask, frozen=True):
    order: OrderId
    driver: DriverId


class BecomeFree(Ask, frozen=True):
    """The driver leaves the last door of the route."""

    driver: DriverId


class CancelOrder(Ask, frozen=True):
    order: OrderId
    reason: Text


class AcceptOffer(Ask, frozen=True):
    """The driver takes it, where a city's assignments are offers."""

    order: OrderId
    driver: DriverId


class DeclineOrder(Ask, frozen=True):
    """The driver does not take it, or gives back what he has not picked up: he has left the restaurant already."""

    order: OrderId
    driver: DriverId


class AssignOrder(Ask, frozen=True):
    """By a person: given to this driver, and taken from the one who has it."""

    order: OrderId
    driver: DriverId


class UnassignOrder(Ask, frozen=True):
    """By a person: open again, but never again for this driver by the machine."""

    order: OrderId
    reason: Text


class HoldOrder(Ask, frozen=True):
    """By a person: dispatch leaves it alone until then, or until it is released."""

    order: OrderId
    until: Instant | None


class ReleaseOrder(Ask, frozen=True):
    order: OrderId


class Tick(Ask, frozen=True):
    t: Instant
    positions: tuple[Position, ...]


class Assignment(msgspec.Struct, frozen=True, array_like=True):
    """A driver and the orders of one restaurant to carry, in the order of their doors.

    To one who is still on his way there, or waits there: his whole new route, what he has already in the order he has it.
    """

    driver: DriverId
    orders: tuple[OrderId, ...]


class DispatchTurn(Ask, frozen=True, omit_defaults=True):
    """`whys`: one an assignment, in the same order; empty in a log of the first release."""

    t: Instant
    assignments: tuple[Assignment, ...]
    whys: tuple[Why, ...] = ()

    def __post_init__(self) -> None:
        if self.whys and len(self.whys) != len(self.assignments):
            raise ValueError("Expected as many whys as assignments, or none")


class CloseCity(Ask, frozen=True):
    pass


ByHand = AssignOrder | UnassignOrder | HoldOrder | ReleaseOrder
OrderAsk = (
    AcceptOrder | AnnounceReady | MarkReady | PickUp | ArriveAtDoor | Deliver | CancelOrder
    | AcceptOffer | DeclineOrder | ByHand
)  # fmt: skip
DriverAsk = EndShift | ArriveAtRestaurant | BecomeFree
CityAsk = OpenCity | CloseStreet | OpenStreet | AddRestaurant | CloseCity
Asked = CityAsk | StartShift | PlaceOrder | OrderAsk | DriverAsk | Tick | DispatchTurn | LeverAsk | IncidentAsk


class Command(msgspec.Struct, frozen=True):
    """`id` makes it idempotent: a known id is never decided again.

    `at` is event time from a feeder; None from a person, whose command happens at the city's watermark.
    `issued_at` is wall time, kept for audit. `expected_version` is the version of the row the asker saw.
    """

    id: CommandId
    city: CityId
    at: Instant | None
    issued_at: Instant
    issued_by: Text
    body: Asked
    expected_version: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Ping(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a phone says: raw, not yet accepted."""

    driver: DriverId
    at: Instant
    point: Point


class Frame(msgspec.Struct, frozen=True, tag=True):
    """20–50 pings of one city in one message: one by one, a worker falls behind at 0.7k/s; framed it does 20k/s."""

    city: CityId
    pings: tuple[Ping, ...]


class TickAsked(msgspec.Struct, frozen=True, tag=True):
    """The feeder's clock: everything up to `t` has been sent and acknowledged."""

    city: CityId
    t: Instant


class PositionFrame(msgspec.Struct, frozen=True):
    """Accepted positions of one city, as `driver-positions` carries them."""

    city: CityId
    positions: tuple[Position, ...]
