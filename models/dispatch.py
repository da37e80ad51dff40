"""the city at a tick → here → who carries what. Pure: the same city gives the same turn, whatever order rows came in."""

from collections.abc import Callable

from models.city import City
from models.commands import Assignment, DispatchTurn
from models.driver import Driver, DriverStatus
from models.events import Instant, Rules
from models.geo import Point
from models.order import Order, may_be_assigned
from models.travel import metres, travel_ms

REACH_METRES = 5_000.0


def match(city: City, t: Instant) -> DispatchTurn:
    """The turn of tick `t` by the policy the city was opened with."""
    rules = city.rules
    if rules is None:
        return DispatchTurn(t, ())
    return DispatchTurn(t, POLICIES[rules.policy](city, rules, t))


def nearest(city: City, rules: Rules, t: Instant) -> tuple[Assignment, ...]:
    """Oldest order first, the nearest available driver within 5 km who can still pick it up; ties by id.

    The driver sets off at once and waits at the restaurant.
    """
    free = sorted((d for d in city.drivers.values() if d.status is DriverStatus.AVAILABLE), key=lambda d: d.id)
    waiting = sorted((o for o in city.orders.values() if may_be_assigned(o)), key=lambda o: (o.placed_at, o.id))
    turn = []
    for order in waiting:
        if not free:
            break
        if (driver := _nearest(free, order, city.restaurants[order.restaurant].point, rules, t)) is not None:
            free.remove(driver)
            turn.append(Assignment(driver.id, (order.id,)))
    return tuple(turn)


def _nearest(free: list[Driver], order: Order, at: Point, rules: Rules, t: Instant) -> Driver | None:
    near = sorted((far, d.id, d) for d in free if (far := metres(rules.travel, d.point, at)) <= REACH_METRES)
    return next((d for _, _, d in near if earliest_pickup(d, order, at, rules, t) <= d.until), None)


def earliest_pickup(driver: Driver, order: Order, at: Point, rules: Rules, t: Instant) -> Instant:
    """max(ready as far as anyone knows it, arrival + half the pick-up service) for a driver who leaves at `t` (MDRP)."""
    arrival = t + travel_ms(rules.travel, driver.point, at)
    return max(order.ready_at or order.ready_known or t, arrival + rules.services.half_pickup_ms)


Policy = Callable[[City, Rules, Instant], tuple[Assignment, ...]]
POLICIES: dict[str, Policy] = {"nearest": nearest}
