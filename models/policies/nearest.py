"""open orders, free drivers → here → the baseline: oldest order first, the nearest driver who can still pick it up."""

from heapq import heapify, heappop

from models.city import City
from models.commands import Assignment
from models.driver import Driver, DriverStatus
from models.geo import Point
from models.ids import Instant
from models.order import Order, expected_ready, unassigned
from models.rules import Rules

REACH_METRES = 5_000.0
SLACK_METRES = 10.0
"""By so much a way may come out shorter than the beeline: streets are whole centimetres long, and a way has hundreds."""


def nearest(city: City, rules: Rules, t: Instant) -> tuple[Assignment, ...]:
    """Oldest order first, the nearest available driver within 5 km who can still pick it up; ties by id.

    The driver sets off at once and waits at the restaurant.
    """
    free = sorted((d for d in city.drivers.values() if d.status is DriverStatus.AVAILABLE), key=lambda d: d.id)
    turn = []
    for order in unassigned(city.orders.values()):
        if not free:
            break
        if (driver := _nearest(free, order, city.restaurants[order.restaurant].point, rules, t)) is not None:
            free.remove(driver)
            turn.append(Assignment(driver.id, (order.id,)))
    return tuple(turn)


def _nearest(free: list[Driver], order: Order, at: Point, rules: Rules, t: Instant) -> Driver | None:
    """Nearest first as the crow flies, until no way can be shorter than the shortest that was found."""
    travel, best, ready, reach = rules.travel, None, expected_ready(order, t), REACH_METRES + SLACK_METRES
    asked = (d for d in free if ready <= d.until and d.id not in order.declined)
    near = [(crow, d.id, d) for d in asked if (crow := travel.beeline(d.point, at)) <= reach]
    heapify(near)
    while near and (best is None or near[0][0] <= best[0] + SLACK_METRES):
        _, _, driver = heappop(near)
        found = (travel.metres(driver.point, at), driver.id, driver)
        if found[0] <= REACH_METRES and (best is None or found[:2] < best[:2]):
            best = found if earliest_pickup(driver, order, at, rules, t) <= driver.until else best
    return None if best is None else best[2]


def earliest_pickup(driver: Driver, order: Order, at: Point, rules: Rules, t: Instant) -> Instant:
    """max(ready as far as anyone knows it, arrival + half the pick-up service) for a driver who leaves at `t` (MDRP)."""
    arrival = t + rules.travel.ms(driver.point, at, driver.vehicle)
    return max(expected_ready(order, t), arrival + rules.services.half_pickup_ms)
