"""food is ready → here → how long kitchens take: by restaurant, leaning on the city, and how far one order strays.

A restaurant's mean leans on the city's by `LEAN` orders (shrinkage); what one order takes is that mean times a share, and the
shares of the whole city are counted in steps of 5 %. So an order that cooks longer than usual is expected later and later,
never "now".
"""

from itertools import accumulate

import msgspec

from models.calibration import moved
from models.ids import Instant, RestaurantId
from models.order import Order
from models.quantiles import place
from models.ways import MINUTE_MS

PRIOR_MS, CITY_FROM = 17 * MINUTE_MS, 20
"""Until the city has seen 20: the mean of the recorded days (grubhub/mdrplib)."""
LEAN = 2
"""Chosen on the sixteen recorded days: absolute errors of 7.37, 7.46, 7.53 and 7.64 min with 1, 2, 3 and 5."""
STEP = 20
"""Steps of a share in one: 5 % each."""
MOST = 4 * STEP
PRIOR_SHARES = (5, 8, 11, 14, 17, 19, 22, 25, 29, 35)
"""Ten orders of a usual city, in steps; the deciles of the recorded days."""
SURE_MS, FORGOTTEN_MS = 60 * MINUTE_MS, 1200 * MINUTE_MS
"""A city's rides are believed to be as its map says by an hour of them; after twenty hours of rides half is forgotten."""


class Prep(msgspec.Struct, frozen=True):
    """Σ ms from placement to ready, and of how many orders."""

    total_ms: int = 0
    count: int = 0

    def plus(self, ms: int) -> "Prep":
        return Prep(self.total_ms + ms, self.count + 1)

    def mean_ms(self, city_ms: int, lean: int = LEAN) -> int:
        """Leaning on the city's mean."""
        return (self.total_ms + lean * city_ms) // (self.count + lean)


class Kitchens(msgspec.Struct):
    """What a city's kitchens took so far. `shares`: orders by the steps of their share, from none to `MOST` steps."""

    everywhere: Prep = Prep()
    by_restaurant: dict[RestaurantId, Prep] = {}
    shares: list[int] = msgspec.field(default_factory=lambda: _counted(PRIOR_SHARES))

    def learn(self, order: Order, ready_at: Instant) -> None:
        took = max(0, ready_at - order.placed_at)
        share = took * STEP // max(1, self.mean_ms(order.restaurant))
        self.shares[min(share, MOST)] += 1
        self.everywhere = self.everywhere.plus(took)
        self.by_restaurant[order.restaurant] = self.of(order.restaurant).plus(took)

    @property
    def city_ms(self) -> int:
        """The mean of all."""
        return self.everywhere.total_ms // self.everywhere.count if self.everywhere.count >= CITY_FROM else PRIOR_MS

    def mean_ms(self, restaurant: RestaurantId, lean: int = LEAN) -> int:
        """Expected preparation of an order of this restaurant, of which nothing is known yet."""
        return self.of(restaurant).mean_ms(self.city_ms, lean)

    def of(self, restaurant: RestaurantId) -> Prep:
        """Its orders that were ready so far."""
        return self.by_restaurant.get(restaurant, Prep())


class Pace(msgspec.Struct):
    """What rides took beside what the city's travel function says of them (ms), the last hours counting most."""

    said_ms: int = SURE_MS
    took_ms: int = SURE_MS

    @property
    def thousandths(self) -> int:
        return 1000 * self.took_ms // self.said_ms

    def learn(self, said_ms: int, took_ms: int) -> None:
        """A ride that was forgotten on a way counts as four times as long as it should be, no more."""
        self.said_ms += said_ms
        self.took_ms += min(max(took_ms, said_ms // 4), 4 * said_ms)
        if self.said_ms > FORGOTTEN_MS:
            self.said_ms, self.took_ms = self.said_ms // 2, self.took_ms // 2


class Promises(msgspec.Struct):
    """At which chance of the kitchens' shares a promise is made, in millionths; a day's orders move it where it is kept."""

    level: int = 900_000

    def learn(self, kept: bool, percent: int, waiting: int) -> None:
        """`waiting`: other orders whose promises are still open."""
        level = moved(self.level, 10 * percent, kept, waiting)
        self.level = min(max(level, 500_000), 990_000)


def _counted(steps: tuple[int, ...]) -> list[int]:
    return [steps.count(step) for step in range(MOST + 1)]


class Outlook:
    """The kitchens as they stand at `t`: when food that is not ready yet will be. Made once a tick for all orders."""

    def __init__(self, kitchens: Kitchens, t: Instant) -> None:
        self.kitchens, self.t = kitchens, t
        middles = [(2 * step + 1) * count for step, count in enumerate(kitchens.shares)]
        self._below = [0, *accumulate(kitchens.shares)]
        self._sums = [0, *accumulate(middles)]

    def expected(self, order: Order) -> Instant:
        """When it stood ready, or will as announced, or the mean of what takes longer than this one has taken."""
        return self._known(order) or self._mean(order.restaurant, order.placed_at)

    def by(self, order: Order, thousandths: int) -> Instant:
        """The time before which it is ready with this chance (below 1,000), given that it is not yet."""
        return self._known(order) or self.cooked_by(order.restaurant, order.placed_at, thousandths)

    def cooked_by(self, restaurant: RestaurantId, placed_at: Instant, thousandths: int) -> Instant:
        """Likewise of any order of this restaurant that nobody has seen ready."""
        mean, first = self._beyond(restaurant, placed_at)
        left = self._below[-1] - self._below[first]
        if left == 0:
            return self.t + mean // STEP
        step, inside, width = place(self._below, self._below[first] * 1000 + left * thousandths, 1000)
        return max(placed_at + mean * (step * width + inside) // (width * STEP), self.t)

    def longest_ms(self, restaurant: RestaurantId, thousandths: int) -> int:
        """So many of its orders take no longer than this, from placement to ready."""
        step, inside, width = place(self._below, self._below[-1] * thousandths, 1000)
        return self.kitchens.mean_ms(restaurant) * (step * width + inside) // (width * STEP)

    def _known(self, order: Order) -> Instant | None:
        known = order.ready_at or order.ready_known
        return None if known is None else max(known, self.t)

    def _mean(self, restaurant: RestaurantId, placed_at: Instant) -> Instant:
        mean, first = self._beyond(restaurant, placed_at)
        count = self._below[-1] - self._below[first]
        if count == 0:
            return self.t + mean // STEP
        share = (self._sums[-1] - self._sums[first]) * mean // (2 * STEP * count)
        return max(placed_at + share, self.t)

    def _beyond(self, restaurant: RestaurantId, placed_at: Instant) -> tuple[int, int]:
        """The restaurant's mean, and the first step that an order placed then has not left behind."""
        mean = max(1, self.kitchens.mean_ms(restaurant))
        return mean, min(max(self.t - placed_at, 0) * STEP // mean, MOST)
