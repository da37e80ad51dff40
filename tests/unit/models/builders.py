"""A city in the small: two restaurants, doors and drivers minutes away on a plane, told command by command.

At 320 m a minute, 960 m are 3 minutes. Both services take 4 minutes, 2 before and 2 after the hand-over.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from models.city import City, apply
from models.commands import (
    AcceptOrder,
    AddRestaurant,
    ArriveAtRestaurant,
    Asked,
    Assignment,
    BecomeFree,
    CancelOrder,
    Command,
    Deliver,
    DispatchTurn,
    EndShift,
    MarkReady,
    OpenCity,
    PickUp,
    Ping,
    PlaceOrder,
    StartShift,
    Tick,
)
from models.decide import decide, happened_at
from models.driver import Driver, DriverStatus
from models.events import CommandRejected, Fact, Happened, Item, Position
from models.geo import LatLon, Point
from models.ids import CityId, CommandId, CustomerId, DriverId, Instant, OrderId, RestaurantId
from models.order import Order, OrderStatus
from models.prep import MOST, Kitchens, Prep
from models.rules import Rules, Services
from models.streets import Street, StreetTravel
from models.travel import PlaneTravel
from models.ways import Speeds

T0 = 1_767_225_600_000
"""2026-01-01 00:00 UTC: the start of a minute."""
MINUTE = 60_000
HOUR = 60 * MINUTE
CITY = CityId("small")
O1, O2, O3 = OrderId("o1"), OrderId("o2"), OrderId("o3")
D1, D2, D3 = DriverId("d1"), DriverId("d2"), DriverId("d3")
R1, R2 = RestaurantId("r1"), RestaurantId("r2")
CENTRE, DOOR, FAR = Point(0.0, 0.0), Point(960.0, 0.0), Point(0.0, 3200.0)
TRAVEL = PlaneTravel(metres_per_minute=320.0, rounded_seconds=60, origin=LatLon(44.98, -93.27))
STREETS = StreetTravel(
    (CENTRE, DOOR, FAR, Point(960.0, 3200.0)),
    (Street(0, 1), Street(2, 3), Street(0, 2, "West Bridge"), Street(1, 3, "East Bridge")),
    Speeds(20, 20, 12, 5), 1, LatLon(44.98, -93.27),
)  # fmt: skip
"""The same places with streets: two banks, 3.2 km apart, and two bridges."""


def minute(n: float) -> Instant:
    """n minutes after the small city began."""
    return T0 + round(n * MINUTE)


def rules(**changes: Any) -> Rules:
    usual: dict[str, Any] = {
        "name": "Small City",
        "policy": "nearest",
        "ready_mode": "estimated",
        "tick_seconds": 60,
        "ping_seconds": 10,
        "travel": TRAVEL,
        "services": Services(240, 240),
        "time_zone": "America/Chicago",
    }
    return Rules(**usual | changes)


def placed(
    order: OrderId = O1, restaurant: RestaurantId = R1, door: Point = DOOR, promise: float | None = 40
) -> PlaceOrder:
    items = (Item("m1", 2, Decimal("9.50")),)
    return PlaceOrder(
        order, CustomerId("someone"), restaurant, door, items, None if promise is None else minute(promise)
    )


def shift(driver: DriverId = D1, point: Point = CENTRE, until: float = 600) -> StartShift:
    return StartShift(driver, f"Driver {driver}", "car", point, minute(until))


def turn(t: Instant, *assignments: tuple[DriverId, *tuple[OrderId, ...]]) -> DispatchTurn:
    return DispatchTurn(t, tuple(Assignment(driver, tuple(orders)) for driver, *orders in assignments))


def position(driver: DriverId, at: Instant, point: Point) -> Position:
    return Position(driver, at, point)


def ping(at: Instant, point: Point, driver: DriverId = D1) -> Ping:
    return Ping(driver, at, point)


def command(body: Asked, at: Instant | None, version: int | None = None, name: str = "asked") -> Command:
    return Command(CommandId(name), CITY, at, T0, "tests", body, version)


class Town:
    """A city that decides and folds, and the log it made."""

    def __init__(self) -> None:
        self.city = City(CITY)
        self.log: list[Fact] = []
        self.at: Instant | None = T0

    def ask(self, body: Asked, version: int | None = None) -> list[Happened]:
        """What the city decides now; it is folded and kept."""
        asked = command(body, self.at, version, f"k{len(self.log) + 1}")
        at, bodies = happened_at(self.city, asked), decide(self.city, asked)
        for one in bodies:
            self.log.append(Fact(CITY, self.city.seq + 1, asked.id, at, one))
            apply(self.city, self.log[-1])
        return bodies

    def do(self, *bodies: Asked, at: Instant | None = None) -> "Town":
        """These commands one after the other, none of them refused."""
        self.at = self.at if at is None else at
        for body in bodies:
            refused = [f for f in self.ask(body) if isinstance(f, CommandRejected)]
            assert not refused, refused
        return self

    def refusal(self, body: Asked, version: int | None = None) -> tuple[str, str]:
        """Why the city refuses, and what stands."""
        (refused,) = self.ask(body, version)
        assert isinstance(refused, CommandRejected), refused
        return refused.reason, refused.current

    def tick(self, n: float, *positions: Position) -> "Town":
        return self.do(Tick(minute(n), positions), at=minute(n))

    def assign(self, driver: DriverId, *orders: OrderId) -> "Town":
        """The next minute's tick, and a turn that gives these orders to the driver."""
        assert self.city.now is not None
        t = self.city.now + MINUTE
        return self.do(Tick(t, ()), turn(t, (driver, *orders)), at=t)

    def order(self, which: OrderId = O1) -> Order:
        return self.city.orders[which]

    def driver(self, which: DriverId = D1) -> Driver:
        return self.city.drivers[which]


def opened_town(**changes: Any) -> Town:
    """An open city with two restaurants, r1 in the centre and r2 ten minutes north, and nobody on shift."""
    restaurants = AddRestaurant(R1, "Roma", CENTRE), AddRestaurant(R2, "Rio", FAR)
    return Town().do(OpenCity(rules(**changes)), *restaurants)


def opened_city(**changes: Any) -> City:
    return opened_town(**changes).city


def bundle_town(*orders: OrderId) -> Town:
    """Driver d1 stands at r1 for these orders, all of them ready."""
    town = opened_town().do(shift(), *(placed(o) for o in orders), *(AcceptOrder(o) for o in orders))
    return town.do(*(MarkReady(o) for o in orders)).assign(D1, *orders).do(ArriveAtRestaurant(D1))


def order_town(status: OrderStatus, ready: bool = True) -> Town:
    """Order o1 in this status, in the hands of d1 wherever it can be."""
    town = opened_town().do(shift(), placed()).assign(D1, O1)
    if status is OrderStatus.PENDING:
        return town
    town.do(AcceptOrder(O1), *([MarkReady(O1)] if ready else []))
    rest: dict[OrderStatus, tuple[Asked, ...]] = {
        OrderStatus.PREPARING: (),
        OrderStatus.OUT_FOR_DELIVERY: (PickUp(O1, D1),),
        OrderStatus.DELIVERED: (PickUp(O1, D1), Deliver(O1, D1)),
        OrderStatus.CANCELLED: (CancelOrder(O1, "customer"),),
    }
    return town.do(*rest[status])


def driver_town(status: DriverStatus, delivered: bool = True) -> Town:
    """Driver d1 in this status; on the way to a door he has just delivered, unless told otherwise."""
    town = opened_town().do(shift(), placed(), AcceptOrder(O1), MarkReady(O1))
    if status is DriverStatus.OFF:
        return town.do(EndShift(D1))
    if status is DriverStatus.AVAILABLE:
        return town
    town.assign(D1, O1)
    rest: dict[DriverStatus, tuple[Asked, ...]] = {
        DriverStatus.TO_RESTAURANT: (),
        DriverStatus.WAITING: (ArriveAtRestaurant(D1),),
        DriverStatus.TO_DOOR: (ArriveAtRestaurant(D1), PickUp(O1, D1), *([Deliver(O1, D1)] if delivered else [])),
    }
    return town.do(*rest[status])


def delivered_town(*minutes: tuple[OrderId, float, float]) -> Town:
    """Orders placed and delivered at these minutes, each by driver d1 and in this order."""
    town = opened_town().do(shift())
    for order, start, end in minutes:
        town.do(placed(order, promise=start + 40), AcceptOrder(order), MarkReady(order), at=minute(start))
        t = max(minute(start), (town.city.now or T0) + 1)
        town.do(Tick(t, ()), turn(t, (D1, order)), PickUp(order, D1), at=t)
        town.do(Deliver(order, D1), BecomeFree(D1), at=minute(end))
    return town


def refold(log: Iterable[Fact], city: City | None = None) -> City:
    """The city made of the log alone, from its beginning or from a checkpoint."""
    city = City(CITY) if city is None else city
    for fact in log:
        apply(city, fact)
    return city


def cells(grid: str) -> list[tuple[str, str, str]]:
    """(command, status before, status after or "-") of a matrix drawn in text."""
    head, *rows = (line.split() for line in grid.strip().splitlines())
    return [(row[0], status, after) for row in rows for status, after in zip(head, row[1:], strict=True)]


def steady_kitchens() -> Kitchens:
    """r1 has had six orders ready, each in 17 minutes; of the city's ten all took from 0.6 to 1.5 times the mean."""
    steps = (12, 14, 16, 17, 18, 20, 21, 23, 26, 30)
    shares = [steps.count(step) for step in range(MOST + 1)]
    return Kitchens(by_restaurant={R1: Prep(6 * 17 * MINUTE, 6)}, shares=shares)
