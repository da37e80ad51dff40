"""open orders, free drivers → here → the baseline: oldest order first, the nearest driver who can still pick it up."""

from heapq import heapify, heappop
from typing import NamedTuple

from models.city import City
from models.driver import Driver, DriverStatus
from models.geo import Point
from models.ids import DriverId, Instant
from models.order import Order, known_ready, unassigned
from models.policies.reasons import OTHERS, Chosen, chosen
from models.rules import Rules

REACH_METRES = 5_000.0
SLACK_METRES = 10.0
"""By so much a way may come out shorter than the beeline: streets are whole centimetres long, and a way has hundreds."""


def nearest(city: City, rules: Rules, t: Instant) -> list[Chosen]:
    """Oldest order first, the nearest available driver within 5 km who can still pick it up; ties by id.

    The driver sets off at once and waits at the restaurant.
    """
    free = sorted((d for d in city.drivers.values() if d.status is DriverStatus.AVAILABLE), key=lambda d: d.id)
    turn = []
    for order in unassigned(city.orders.values()):
        if not free:
            break
        ranked = _ranked(free, order, city.restaurants[order.restaurant].point, rules, t)
        if ranked:
            driver = ranked[0].driver
            free.remove(driver)
            ways = [(one.way_ms, one.driver.id) for one in ranked]
            turn.append(chosen("nearest", driver.id, (order.id,), ranked[0].way_ms, ranked[0].pickup_at, ways))
    return turn


class _Near(NamedTuple):
    metres: float
    id: DriverId
    driver: Driver
    way_ms: int
    pickup_at: Instant


def _ranked(free: list[Driver], order: Order, at: Point, rules: Rules, t: Instant) -> list[_Near]:
    """The nearest by way and the next three. As the crow flies first, until no way can be shorter than the fourth's."""
    travel, ready, reach = rules.travel, known_ready(order, t), REACH_METRES + SLACK_METRES
    asked = (d for d in free if ready <= d.until and d.id not in order.declined)
    near = [(crow, d.id, d) for d in asked if (crow := travel.beeline(d.point, at)) <= reach]
    heapify(near)
    found: list[_Near] = []
    while near and (len(found) <= OTHERS or near[0][0] <= found[-1].metres + SLACK_METRES):
        one = _near(heappop(near)[2], order, at, rules, t)
        if one.metres <= REACH_METRES and one.pickup_at <= one.driver.until:
            found = sorted([*found, one])[: OTHERS + 1]
    return found


def _near(driver: Driver, order: Order, at: Point, rules: Rules, t: Instant) -> _Near:
    """Picked up at max(ready as far as anyone knows it, arrival + half the pick-up service), leaving at `t` (MDRP)."""
    way_ms = rules.travel.ms(driver.point, at, driver.vehicle)
    pickup_at = max(known_ready(order, t), t + way_ms + rules.services.half_pickup_ms)
    return _Near(rules.travel.metres(driver.point, at), driver.id, driver, way_ms, pickup_at)
