"""open orders of each restaurant → here → units: what one driver carries together, and in which order of doors.

Orders are joined by savings (Clarke & Wright 1964): together they cost food minutes and spare a driver's; `price` says
what a driver's minute is worth now.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations, permutations

import msgspec

from models.geo import Point
from models.ids import Instant, RestaurantId
from models.order import Order
from models.prep import Outlook
from models.rules import Rules
from models.ways import MINUTE_MS, USUAL_VEHICLE

APPROACH_MS = 6 * MINUTE_MS
"""The way to a restaurant that a joined route spares; the mean of the sixteen recorded days lies at 5 to 7 minutes."""
THOUSANDTHS = 1000
EARLY = 100
"""One order in ten is ready by then: a driver who could fetch it so before he goes home may be sent."""


class Unit(msgspec.Struct, frozen=True):
    """`orders` in the order of their doors. `doors_ms`: Σ time from leaving the restaurant to each hand-over; `round_ms`:
    until the driver leaves the last door. `ready`: when all of it is expected to be ready, `early`: when it may be at the
    earliest; `readies`: Σ of when each order is expected to be.
    """

    orders: tuple[Order, ...]
    kitchen: Point
    ready: Instant
    readies: int
    early: Instant
    doors_ms: int
    round_ms: int

    def food_ms(self, picked_up: Instant) -> int:
        """Σ over the orders from ready to hand-over; the service at the restaurant is the same for all and left out."""
        return len(self.orders) * picked_up - self.readies + self.doors_ms


def units(
    waiting: Iterable[Order],
    kitchens: Mapping[RestaurantId, Point],
    rules: Rules,
    outlook: Outlook,
    most: int,
    price: int,
) -> list[Unit]:
    """Every open order once; `waiting` oldest first. `most` orders a unit; `price` in food ms per 1,000 driver ms."""
    by_restaurant: dict[RestaurantId, list[Order]] = {}
    for order in waiting:
        by_restaurant.setdefault(order.restaurant, []).append(order)
    joiner = _Joiner(rules, outlook, most, price)
    return [one for r in sorted(by_restaurant) for one in joiner.joined(by_restaurant[r], kitchens[r])]


class _Joiner:
    def __init__(self, rules: Rules, outlook: Outlook, most: int, price: int) -> None:
        self.rules, self.outlook, self.most, self.price = rules, outlook, most, price

    def joined(self, orders: list[Order], kitchen: Point) -> list[Unit]:
        """The pair that saves most first, until no pair saves anything."""
        left = dict(enumerate(_unit((order,), kitchen, self.rules, self.outlook) for order in orders))
        offers = dict(self._offers(left, combinations(left, 2), kitchen))
        while offers:
            a, b = max(offers, key=lambda pair: (offers[pair][0], -pair[0], -pair[1]))
            left[a] = offers[a, b][1]
            del left[b]
            offers = {pair: offer for pair, offer in offers.items() if not {a, b} & set(pair)}
            offers |= self._offers(left, (tuple(sorted((a, other))) for other in left if other != a), kitchen)
        return list(left.values())

    def _offers(
        self, left: dict[int, Unit], pairs: Iterable[tuple[int, ...]], kitchen: Point
    ) -> Iterator[tuple[tuple[int, int], tuple[int, Unit]]]:
        for a, b in pairs:
            if len(left[a].orders) + len(left[b].orders) <= self.most:
                both = _unit((*left[a].orders, *left[b].orders), kitchen, self.rules, self.outlook)
                saved = self._cost(left[a]) + self._cost(left[b]) - self._cost(both)
                if saved > 0:
                    yield (a, b), (saved, both)

    def _cost(self, one: Unit) -> int:
        driver = APPROACH_MS + 2 * self.rules.services.half_pickup_ms + one.round_ms
        return one.food_ms(one.ready) + self.price * driver // THOUSANDTHS


def route(going: tuple[Order, ...], kitchen: Point, rules: Rules, outlook: Outlook) -> Unit:
    """What a driver carries already, in the order he has it."""
    return _unit((), kitchen, rules, outlook, going)


def with_more(going: tuple[Order, ...], more: Unit, rules: Rules, outlook: Outlook) -> Unit:
    """The route of a driver with these orders too: what he has stays in the order he has it."""
    return _unit(more.orders, more.kitchen, rules, outlook, going)


def _unit(
    orders: tuple[Order, ...], kitchen: Point, rules: Rules, outlook: Outlook, going: tuple[Order, ...] = ()
) -> Unit:
    """The order of doors with the least Σ time to them; ties by the way's end, then by the order they came in."""
    orders = (*going, *orders)
    legs, half = _legs(orders, kitchen, rules), rules.services.half_dropoff_ms
    doors_ms, round_ms, way = min((*_round(way, legs, half), way) for way in _ways(len(going), len(orders)))
    ready = [outlook.expected(o) for o in orders]
    early = max(outlook.by(o, EARLY) for o in orders)
    return Unit(tuple(orders[n] for n in way), kitchen, max(ready), sum(ready), early, doors_ms, round_ms)


@cache
def _ways(kept: int, count: int) -> tuple[tuple[int, ...], ...]:
    """Every order of so many doors in which the first `kept` follow each other as they are."""
    return tuple(way for way in permutations(range(count)) if [n for n in way if n < kept] == list(range(kept)))


def _legs(orders: tuple[Order, ...], kitchen: Point, rules: Rules) -> list[list[int]]:
    """From each door to each, and in the last row from the restaurant: found once, of four doors there are 24 orders."""
    doors = [order.door for order in orders]
    return [[rules.travel.ms(here, door, USUAL_VEHICLE) for door in doors] for here in (*doors, kitchen)]


def _round(way: tuple[int, ...], legs: list[list[int]], half_ms: int) -> tuple[int, int]:
    here, gone, total = -1, 0, 0
    for door in way:
        gone += legs[here][door] + half_ms
        total, here, gone = total + gone, door, gone + half_ms
    return total, gone
