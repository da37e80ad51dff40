"""a number, a seed → here → a city at one tick of its rush: so many open orders and as many drivers, a third of them busy.

It is made by its own commands and facts, as every city is. Restaurants and drivers lie evenly over a square of 12 km,
whatever the number: the more there are, the more of them compete.
"""

import math
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from models import commands
from models.city import City, apply
from models.commands import Asked, Assignment, Command
from models.decide import decide
from models.events import CommandRejected, Fact, Position
from models.geo import LatLon, Point
from models.ids import CityId, CommandId, CustomerId, DriverId, Instant, OrderId, RestaurantId
from models.rules import Rules, Services
from models.travel import PlaneTravel
from models.ways import MINUTE_MS

NOON: Instant = 1_800_000_000_000
SIDE_METRES = 12_000.0
DOOR_SIGMA_METRES = 2_300 / math.sqrt(math.pi / 2)
"""So that a door lies 2.3 km from its restaurant in the mean, as on the recorded days."""
ORDERS_A_RESTAURANT = 8
SPEED = PlaneTravel(320, 60, LatLon(0, 0))
"""Metres a minute and whole minutes of the recorded days."""
LONGEST_WAIT_MINUTES, LONGEST_KITCHEN_MINUTES = 15, 25


class Rush(NamedTuple):
    """A city and the tick that asks for a turn."""

    city: City
    t: Instant


class Refused(AssertionError):
    """The city does not take what was made for it: a fault of this file."""


def rush(number: int, policy: str, seed: int = 7) -> Rush:
    """`number` open orders, ready 0 to 25 min from now, and as many drivers. The same arguments give the same city."""
    made = _Making(number, Random(seed))
    rules = Rules(f"rush of {number}", policy, "known", 60, 20, SPEED, Services(240, 240), "UTC")
    city = City(CityId("rush"))
    for at, ask in made.day(rules):
        _happen(city, at, ask)
    return Rush(city, NOON)


def _happen(city: City, at: Instant, ask: Asked) -> None:
    command = Command(CommandId(f"c{city.seq}"), city.id, at, at, "bench", ask)
    for body in decide(city, command):
        if isinstance(body, CommandRejected):
            raise Refused(f"{ask}: {body.reason}")
        apply(city, Fact(city.id, city.seq + 1, command.id, at, body))


class _Making:
    def __init__(self, number: int, dice: Random) -> None:
        self.number, self.dice = number, dice
        self.drivers = [DriverId(f"d{n:04}") for n in range(number)]
        self.kitchens = [self._anywhere() for _ in range(max(1, number // ORDERS_A_RESTAURANT))]

    def day(self, rules: Rules) -> Iterator[tuple[Instant, Asked]]:
        """Every third driver is sent before noon, and every second of those has his food by noon."""
        began, sent, carrying = NOON - 60 * MINUTE_MS, self.drivers[::3], self.drivers[::6]
        yield began, commands.OpenCity(rules)
        for n, point in enumerate(self.kitchens):
            yield began, commands.AddRestaurant(_restaurant(n), f"Kitchen {n}", point)
        for one in self.drivers:
            until = NOON + self.dice.randint(30, 240) * MINUTE_MS
            yield began, commands.StartShift(one, one, "car", self._anywhere(), until)
        yield from self._sent(sent, set(carrying))
        for n in range(self.number):
            placed = NOON - self.dice.randint(0, LONGEST_WAIT_MINUTES) * MINUTE_MS
            yield from self._placed(OrderId(f"o{n:04}"), self._kitchen(), placed, NOON)
        yield NOON, commands.Tick(NOON, tuple(Position(one, NOON, self._anywhere()) for one in self.drivers))

    def _sent(self, sent: list[DriverId], carrying: set[DriverId]) -> Iterator[tuple[Instant, Asked]]:
        """One order for each, or two of one restaurant."""
        at = NOON - 20 * MINUTE_MS
        routes = {}
        for driver in sent:
            kitchen, count = self._kitchen(), self.dice.choice((1, 1, 2))
            routes[driver] = tuple(OrderId(f"s{driver}-{n}") for n in range(count))
            for order in routes[driver]:
                yield from self._placed(order, kitchen, at, at if driver in carrying else NOON)
        yield at, commands.Tick(at, ())
        yield at, commands.DispatchTurn(at, tuple(Assignment(one, routes[one]) for one in sent))
        for driver in sorted(carrying):
            yield at, commands.ArriveAtRestaurant(driver)
            for order in routes[driver]:
                yield at, commands.MarkReady(order)
                yield at, commands.PickUp(order, driver)

    def _placed(
        self, order: OrderId, kitchen: int, at: Instant, ready_from: Instant
    ) -> Iterator[tuple[Instant, Asked]]:
        where, who = self.kitchens[kitchen], CustomerId(f"of-{order}")
        door = Point(where.x + self.dice.gauss(0, DOOR_SIGMA_METRES), where.y + self.dice.gauss(0, DOOR_SIGMA_METRES))
        ready = ready_from + self.dice.randint(0, LONGEST_KITCHEN_MINUTES) * MINUTE_MS
        yield at, commands.PlaceOrder(order, who, _restaurant(kitchen), door, (), at + 40 * MINUTE_MS)
        yield at, commands.AcceptOrder(order)
        yield at, commands.AnnounceReady(order, ready)

    def _anywhere(self) -> Point:
        return Point(self.dice.uniform(0, SIDE_METRES), self.dice.uniform(0, SIDE_METRES))

    def _kitchen(self) -> int:
        return self.dice.randrange(len(self.kitchens))


def _restaurant(number: int) -> RestaurantId:
    return RestaurantId(f"r{number:03}")
