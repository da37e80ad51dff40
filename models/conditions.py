"""a watched city at a tick → here → what it is going through: what comes, how slow ways and kitchens are, what is declined.

Read off its last half hour, and taken to go on.
"""

from collections.abc import Iterator, Sequence
from statistics import mean, median_low

import msgspec

from models.alerts import AlertKind
from models.city import City
from models.ids import Instant, RestaurantId
from models.lately import LATELY_MS
from models.measures import LEAST_ASSIGNMENTS, LEAST_WAYS
from models.motion import pace
from models.watch import Watch
from models.ways import MINUTE_MS

HALF_HOUR_MS, LEAST_MS = 2 * LATELY_MS, 5 * MINUTE_MS
"""A city that is younger than the first is judged by what it has had; one that is younger than the second, as by that."""
SLOW_SHARE = 1.05
"""Ways that take so much of what the map says are slow; less is chance."""


class Conditions(msgspec.Struct, frozen=True):
    """What a city is going through, and what is expected to go on.

    `orders_an_hour` and `joining` (drivers who will come to work) are means; `ways`: they take so many times what the map says;
    `declines`: this share of assignments; `kitchens`: so much longer (ms) than usual the orders of these take.
    """

    orders_an_hour: float
    joining: float = 0.0
    ways: float = 1.0
    declines: float = 0.0
    kitchens: dict[RestaurantId, int] = {}


def conditions(state: Watch) -> Conditions:
    """What a city is going through, as whoever watches it knows it."""
    city, t = state.city, state.city.now or 0
    age_ms = t - (city.opened_at or 0)
    declined = state.lately.declined_percent(LEAST_ASSIGNMENTS)
    return Conditions(
        orders_an_hour=_an_hour(sum(o.placed_at > t - HALF_HOUR_MS for o in city.orders.values()), age_ms),
        joining=_joining(state.lately.joined, t) if age_ms >= HALF_HOUR_MS else 0.0,
        ways=_ways(state, t),
        declines=declined / 100,
        kitchens=dict(_slow(state)),
    )


def _an_hour(placed: int, age_ms: int) -> float:
    return placed * 60 * MINUTE_MS / min(HALF_HOUR_MS, max(LEAST_MS, age_ms))


def _joining(joined: Sequence[Instant], t: Instant) -> float:
    """Drivers who will come in an hour: as the last two quarters of an hour tell, if it goes on so. Nobody if it ebbs away."""
    last, before = sum(at > t - LATELY_MS for at in joined), sum(at <= t - LATELY_MS for at in joined)
    trend = min(0, last - before)
    return float(sum(max(0, last + n * trend) for n in range(1, 5)))


def _slow(state: Watch) -> Iterator[tuple[RestaurantId, int]]:
    """Kitchens that are overloaded, and how much longer than usual their orders take."""
    for alert in state.alerts:
        if alert.kind is AlertKind.RESTAURANT_OVERLOADED:
            yield RestaurantId(alert.subject), _longer_ms(state.city, RestaurantId(alert.subject))


def _longer_ms(city: City, restaurant: RestaurantId) -> int:
    """What it has in hand is so late already, and may be as late again (Lindy's law); where nothing is announced, half of it
    may be chance.
    """
    usual, t = city.kitchens.mean_ms(restaurant), city.now or 0
    cooking = [o for o in city.orders.values() if o.restaurant == restaurant and o.open and o.ready_at is None]
    late = [max(0, t - (o.ready_known or o.placed_at + usual)) for o in cooking]
    again = 2 if any(o.ready_known for o in cooking) else 1
    return again * round(mean(late)) if late else 0


def _ways(state: Watch, t: Instant) -> float:
    """How slow the middle one is of the ways that began lately: one that began before the rain is none of them, and a driver
    who stands makes no rain.
    """
    rules, city = state.city.rules, state.city
    assert rules is not None  # an unopened city has no drivers
    begun = {who: m for who, m in state.motions.items() if m.leg is not None and m.leg.left_at > t - LATELY_MS // 2}
    told = [one for who, motion in begun.items() if (one := pace(rules, city.drivers[who], motion)) is not None]
    shares = [took / said for said, took in told if said > 0]
    slow = median_low(shares) if len(shares) >= LEAST_WAYS else 1.0
    return slow if slow >= SLOW_SHARE else 1.0
