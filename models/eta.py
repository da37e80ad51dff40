"""facts → here → what each customer may be told. Plain and honest: only what the log says by now.

prep = (Σ prep of the restaurant's orders that are ready by now + 5 m) / (n + 5), m = the city's mean prep so far, 17 min
until 20 are seen; then travel from restaurant to door and both half services. Swiggy's shape, with MDRP's services.
"""

from bisect import insort

import msgspec

from models.city import City, apply
from models.events import Fact, OrderDelivered, OrderReady, Ticked
from models.ids import Instant, OrderId, RestaurantId
from models.order import Order
from models.quantiles import quantile
from models.rules import Rules
from models.ways import MINUTE_MS, USUAL_VEHICLE

PRIOR_PREP_MS, PRIOR_WEIGHT, CITY_MEAN_FROM = 17 * MINUTE_MS, 5, 20
PRIOR_ERRORS_MS = tuple(m * MINUTE_MS for m in (-6, -4, -2, 0, 2, 5, 8, 12, 18, 25))
"""Errors (actual − told, at placement) that the range stands on until 20 orders were delivered: long to the late side."""
ERRORS_FROM = 20


class Eta(msgspec.Struct, frozen=True):
    """Expected delivery, and the range that 8 in 10 fall in (p10 to p90); `p80` is what slack is measured against."""

    expected: Instant
    p10: Instant
    p80: Instant
    p90: Instant


class Prediction(msgspec.Struct, frozen=True):
    """One estimate as it was shown: kept, and scored when the order arrived."""

    order: OrderId
    seq: int
    made_at: Instant
    eta: Eta


class Prep(msgspec.Struct, frozen=True):
    total_ms: int = 0
    count: int = 0

    def plus(self, ms: int) -> "Prep":
        return Prep(self.total_ms + ms, self.count + 1)


class Etas(msgspec.Struct):
    """The fold of the ETA agent: the city, what its kitchens took, and how wrong the first estimates were (sorted)."""

    city: City
    everywhere: Prep = Prep()
    kitchens: dict[RestaurantId, Prep] = {}
    errors: list[int] = []
    first: dict[OrderId, Instant] = {}
    shown: dict[OrderId, Prediction] = {}

    @property
    def seq(self) -> int:
        return self.city.seq


def prep_ms(etas: Etas, restaurant: RestaurantId) -> int:
    """Expected preparation of an order of this restaurant that nobody has seen ready yet."""
    seen, city = etas.kitchens.get(restaurant, Prep()), etas.everywhere
    mean = city.total_ms // city.count if city.count >= CITY_MEAN_FROM else PRIOR_PREP_MS
    return (seen.total_ms + PRIOR_WEIGHT * mean) // (seen.count + PRIOR_WEIGHT)


def estimate(etas: Etas, order: Order, rules: Rules, now: Instant) -> Eta:
    """What is known of this order at `now`, carried on to its door; never earlier than now."""
    expected = _expected(etas, order, rules, now)
    errors = etas.errors if len(etas.errors) >= ERRORS_FROM else PRIOR_ERRORS_MS
    p10, p80, p90 = (max(expected + quantile(errors, q), now) for q in (10, 80, 90))
    return Eta(expected, p10, p80, p90)


def _expected(etas: Etas, order: Order, rules: Rules, now: Instant) -> Instant:
    half_pickup, half_dropoff = rules.services.half_pickup_ms, rules.services.half_dropoff_ms
    ready = order.ready_at or order.placed_at + prep_ms(etas, order.restaurant)
    leaves = (order.picked_up_at or max(ready, now)) + half_pickup
    restaurant = etas.city.restaurants[order.restaurant]
    driver = etas.city.drivers.get(order.driver) if order.driver is not None else None
    vehicle = driver.vehicle if driver is not None else USUAL_VEHICLE
    arrives = order.at_door_at or leaves + rules.travel.ms(restaurant.point, order.door, vehicle)
    return max(arrives + half_dropoff, now)


def follow(etas: Etas, fact: Fact) -> list[Prediction]:
    """Fold one fact; the estimates it makes: of the order it speaks of, and at a tick of each that moved by a minute."""
    apply(etas.city, fact)
    body = fact.body
    if isinstance(body, OrderReady):
        _learn_prep(etas, etas.city.orders[body.order], fact.at)
    rules = etas.city.rules
    if rules is None:
        return []
    if isinstance(body, Ticked):
        return _told_anew(etas, rules, body.t, fact.seq)
    order = etas.city.orders.get(getattr(body, "order", OrderId("")))
    if order is None:
        return []
    if order.open:
        return [_tell(etas, order, rules, fact.at, fact.seq)]
    _forget(etas, order, isinstance(body, OrderDelivered))
    return []


def _learn_prep(etas: Etas, order: Order, ready_at: Instant) -> None:
    took = ready_at - order.placed_at
    etas.everywhere = etas.everywhere.plus(took)
    etas.kitchens[order.restaurant] = etas.kitchens.get(order.restaurant, Prep()).plus(took)


def _told_anew(etas: Etas, rules: Rules, t: Instant, seq: int) -> list[Prediction]:
    """Only those whose minute on the screen changes: each second for each order would be 400 rows a second."""
    open_orders = [etas.city.orders[o] for o in etas.shown]
    moved = [o for o in open_orders if abs(_expected(etas, o, rules, t) - etas.shown[o.id].eta.expected) >= MINUTE_MS]
    return [_tell(etas, order, rules, t, seq) for order in moved]


def _tell(etas: Etas, order: Order, rules: Rules, at: Instant, seq: int) -> Prediction:
    told = Prediction(order.id, seq, at, estimate(etas, order, rules, at))
    etas.first.setdefault(order.id, told.eta.expected)
    etas.shown[order.id] = told
    return told


def _forget(etas: Etas, order: Order, delivered: bool) -> None:
    told = etas.first.pop(order.id, None)
    etas.shown.pop(order.id, None)
    if delivered and told is not None and order.ended_at is not None:
        insort(etas.errors, order.ended_at - told)
