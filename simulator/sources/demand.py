"""a seed → here → when a city is hungry, who cooks for it, and how long that takes.

Its measures follow the recorded days (grubhub/mdrplib, ten of them): preparation 17.7 min in the mean, 15 in the median,
30 at p90. A kitchen has its own pace, its hours, and only so many hands: in the rush its orders queue.
"""

import heapq
import math
from collections.abc import Iterable
from decimal import Decimal
from random import Random
from typing import NamedTuple

from models.events import Item
from models.geo import Point
from models.ids import Instant, RestaurantId
from models.ways import MINUTE_MS
from simulator.scenario import PlannedRestaurant
from simulator.sources import names
from simulator.sources.town import Town

HOUR_MS = 60 * MINUTE_MS
RESTAURANTS, QUARTER_METRES = 120, 550.0
COOK_MEDIAN_MINUTES, COOK_AMONG, COOK_WITHIN, LONGEST_COOK_MINUTES = 14.4, 0.33, 0.42, 45.0
"""Log-normal: kitchens differ by `COOK_AMONG`, the orders of one kitchen by `COOK_WITHIN`."""
ORDERS_A_HAND = 3.4
"""Orders an hour that one pair of hands is planned for at a kitchen's fame."""
LONGEST_QUEUE_MS = 12 * MINUTE_MS
"""Then somebody else in the kitchen lends a hand."""
EVEN = 0.75
"""The part of a rush that lies evenly over it; the rest rises to the peak."""
SHOWER_MINUTES, SHOWER_APPETITE = (35, 80), 0.3
"""In the rain 30 % more orders come."""


class Rush(NamedTuple):
    """Hours of the day, and its `share` of the day's orders."""

    begins: float
    peak: float
    ends: float
    share: float


class Dish(NamedTuple):
    id: str
    price: Decimal


class Kitchen(NamedTuple):
    """`pace` is its median cooking time in minutes, `fame` how often it is chosen, `hands` what it cooks at once."""

    restaurant: PlannedRestaurant
    menu: tuple[Dish, ...]
    pace: float
    fame: float
    hands: int
    opens: float
    closes: float


def kitchens(rng: Random, town: Town, orders_per_hour: float) -> list[Kitchen]:
    """Around the middles of the quarters; a famous one has more hands."""
    words = names.words(rng, RESTAURANTS)
    fame = [rng.expovariate(1.0) + 0.1 for _ in words]
    share = orders_per_hour / sum(fame)
    return [_kitchen(rng, town, n, word, fame[n], fame[n] * share) for n, word in enumerate(words)]


def _kitchen(rng: Random, town: Town, n: int, word: str, fame: float, orders_per_hour: float) -> Kitchen:
    which, (cuisine, dishes) = RestaurantId(f"R-{n + 1:03}"), rng.choice(names.CUISINES)
    menu = tuple(Dish(f"{which} {dish}", Decimal(rng.randrange(350, 1900, 10)).scaleb(-2)) for dish in dishes)
    middle = rng.choice(town.centres)
    near = Point(rng.gauss(middle.x, QUARTER_METRES), rng.gauss(middle.y, QUARTER_METRES))
    pace = rng.lognormvariate(math.log(COOK_MEDIAN_MINUTES), COOK_AMONG)
    hands = 1 + math.ceil(orders_per_hour / ORDERS_A_HAND * pace / COOK_MEDIAN_MINUTES)
    opens, closes = rng.choice(((10.5, 24.0), (10.5, 24.0), (11.5, 22.0), (16.5, 24.0), (7.0, 21.5)))
    return Kitchen(
        PlannedRestaurant(which, f"{word} {cuisine}", town.address(rng, near)), menu, pace, fame, hands, opens, closes
    )


def moments(rng: Random, rushes: tuple[Rush, ...], count: int) -> list[float]:
    """`count` hours of the day, and those that a shower adds, in order."""
    chosen = rng.choices(rushes, [rush.share for rush in rushes], k=count)
    dry = [_moment(rng, rush) for rush in chosen]
    begins = rng.uniform(rushes[0].begins, rushes[-1].ends)
    ends = begins + rng.uniform(*SHOWER_MINUTES) / 60
    wet = [t for t in dry if begins <= t < ends and rng.random() < SHOWER_APPETITE]
    return sorted([*dry, *(min(t + rng.uniform(0, 0.05), rushes[-1].ends) for t in wet)])


def _moment(rng: Random, rush: Rush) -> float:
    even = rng.random() < EVEN
    return rng.uniform(rush.begins, rush.ends) if even else rng.triangular(rush.begins, rush.ends, rush.peak)


def items(rng: Random, menu: tuple[Dish, ...]) -> tuple[Item, ...]:
    dishes = rng.sample(menu, rng.choice((1, 2, 2, 3, 4)))
    return tuple(Item(dish.id, rng.choice((1, 1, 1, 2)), dish.price) for dish in dishes)


def ready_times(rng: Random, kitchen: Kitchen, placed: Iterable[Instant]) -> list[Instant]:
    """When each order of a kitchen is ready, first come first cooked: it begins when one of the hands is free."""
    free = [0] * kitchen.hands
    ready = []
    for at in placed:
        minutes = min(rng.lognormvariate(math.log(kitchen.pace), COOK_WITHIN), LONGEST_COOK_MINUTES)
        begins = max(at, min(heapq.heappop(free), at + LONGEST_QUEUE_MS))
        done = begins + round(minutes * 60) * 1000
        heapq.heappush(free, done)
        ready.append(done)
    return ready
