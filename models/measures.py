"""a city at a tick, its risks and motions → here → a measure for each kind of alert and each subject that has one.

Only what is above nought is told; whole minutes unless it says otherwise. `words` says a measure for people.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from models.alerts import AlertKind
from models.behind import RECENT_MS, Usual, Work, times_likelier
from models.city import City
from models.driver import Driver, DriverStatus, silent_after_ms
from models.ids import DriverId, Instant, OrderId, RestaurantId
from models.lately import Lately
from models.motion import Motion, stands_ms
from models.order import Order
from models.prep import Outlook
from models.risk import Judged
from models.rules import Rules
from models.ways import MINUTE_MS

CITY = "city"
"""The subject of what concerns all of it."""
TOO_LONG_THOUSANDTHS = 970
"""Of a hundred orders of this kitchen three take longer."""
LEAST_WAYS, LEAST_ASSIGNMENTS = 8, 20
STANDS_MS = 3 * MINUTE_MS
SLOW_SHARE = 0.2
"""Of its kitchen's mean an order may be over, before its minutes count against the kitchen."""
SLOW_MS = 15 * MINUTE_MS
"""Where its orders are over by less in all, or are expected to be less late in all, nobody asks whether a kitchen is behind."""
ANNOUNCED_WEIGHT = 5
"""A minute over a time that the kitchen itself named says more than one over a mean."""


class View(NamedTuple):
    """A city at its tick `t`, and what the watch has of it."""

    city: City
    rules: Rules
    outlook: Outlook
    risks: Mapping[OrderId, Judged]
    motions: Mapping[DriverId, Motion]
    zones: Mapping[RestaurantId, str]
    lately: Lately

    @property
    def t(self) -> Instant:
        return self.outlook.t


class Measured(NamedTuple):
    kind: AlertKind
    subject: str
    value: int


def measured(view: View) -> Iterator[Measured]:
    """Every measure above nought, in one order: by rooms, and in each by id."""
    open_orders = [order for _, order in sorted(view.city.orders.items()) if order.open]
    for order in open_orders:
        yield from _of_order(view, order)
    yield from _of_kitchens(view)
    yield from _of_zones(view, open_orders)
    for _, driver in sorted(view.city.drivers.items()):
        if driver.status is not DriverStatus.OFF:
            yield from _of_driver(view, driver)
    yield from _of_city(view)


def _of_order(view: View, order: Order) -> Iterator[Measured]:
    judged = view.risks.get(order.id)
    if judged is not None and (late := judged.late_ms // MINUTE_MS) > 0:
        yield Measured(AlertKind.AT_RISK, order.id, late)
    if (late := (view.t - order.promised_at) // MINUTE_MS) > 0:
        yield Measured(AlertKind.LATE, order.id, late)
    if order.ready_at is not None and order.driver is None and (stood := (view.t - order.ready_at) // MINUTE_MS) > 0:
        yield Measured(AlertKind.UNASSIGNED, order.id, stood)
    if (over := overdue_ms(view, order) // MINUTE_MS) > 0:
        yield Measured(AlertKind.KITCHEN_OVERDUE, order.id, over)


def overdue_ms(view: View, order: Order) -> int:
    """How long an order is in its kitchen beyond what was announced, or beyond what 97 in 100 take there."""
    if order.ready_at is not None:
        return 0
    due = order.ready_known or order.placed_at + view.outlook.longest_ms(order.restaurant, TOO_LONG_THOUSANDTHS)
    return max(0, view.t - due)


def _of_kitchens(view: View) -> Iterator[Measured]:
    """How much likelier it is that a kitchen is behind than not, where orders in hand are over by more than a little."""
    for restaurant, times in sorted(times_behind(view).items()):
        yield Measured(AlertKind.RESTAURANT_OVERLOADED, restaurant, times)


def times_behind(view: View) -> dict[RestaurantId, int]:
    """Of kitchens whose orders in hand are over their mean and a fifth in all, or a fifth of that over what was announced,
    and that harm by it: of 28 calm days' alerts a third did not.
    """
    over, late = Counter[RestaurantId](), Counter[RestaurantId]()
    for order in view.city.orders.values():
        if order.open and order.ready_at is None:
            over[order.restaurant] += slow_ms(view, order)
            late[order.restaurant] += harm_ms(view, order)
    if not (slow := {one for one, ms in over.items() if min(ms, late[one]) >= SLOW_MS}):
        return {}
    kitchens, (works, announced) = view.city.kitchens, _in_kitchens(view, slow)
    usual, mean_ms = Usual.of(kitchens.shares), kitchens.city_ms
    return {one: times_likelier(works[one], kitchens.of(one), mean_ms, usual, announced[one]) for one in slow}


def slow_ms(view: View, order: Order) -> int:
    if order.ready_known is not None:
        return ANNOUNCED_WEIGHT * max(0, view.t - order.ready_known)
    mean = view.city.kitchens.mean_ms(order.restaurant)
    return max(0, view.t - order.placed_at - mean - int(SLOW_SHARE * mean))


def harm_ms(view: View, order: Order) -> int:
    """How late it is expected to be; a kitchen that is over a time it named itself need not have harmed anybody yet."""
    if order.ready_known is not None:
        return slow_ms(view, order)
    return view.risks[order.id].late_ms if order.id in view.risks else 0


def _in_kitchens(view: View, which: set[RestaurantId]) -> tuple[dict[RestaurantId, list[Work]], Counter[RestaurantId]]:
    """What each has in hand and has lately done, of which it named no time; and by how much it is over those it named."""
    works: dict[RestaurantId, list[Work]] = {restaurant: [] for restaurant in which}
    announced: Counter[RestaurantId] = Counter()
    for order in view.city.orders.values():
        if order.restaurant not in which or not (order.open or order.ready_at):
            continue
        if order.ready_known is not None:
            announced[order.restaurant] += max(0, view.t - order.ready_known) if order.ready_at is None else 0
        elif order.ready_at is None or view.t - order.ready_at < RECENT_MS:
            works[order.restaurant].append(Work(order.placed_at, order.ready_at or view.t, order.ready_at is not None))
    return works, announced


def _of_zones(view: View, open_orders: list[Order]) -> Iterator[Measured]:
    """Orders that stand ready in a zone and have no driver."""
    ready = [o for o in open_orders if o.ready_at is not None and o.driver is None and not o.held]
    for zone, count in sorted(Counter(view.zones[o.restaurant] for o in ready).items()):
        yield Measured(AlertKind.ZONE_SHORT, zone, count)


def _of_driver(view: View, one: Driver) -> Iterator[Measured]:
    silent = silent_seconds(view.rules, one, view.t)
    if silent > 0:
        yield Measured(AlertKind.DRIVER_SILENT, one.id, silent)
        return
    motion = view.motions.get(one.id)
    if motion is None:
        return
    if (stands := stands_ms(view.city, view.rules, one, motion) // MINUTE_MS) > 0:
        yield Measured(AlertKind.DRIVER_STOPPED, one.id, stands)
    if motion.off_metres > 0:
        yield Measured(AlertKind.OFF_ROUTE, one.id, motion.off_metres)


def out_of_touch(view: View) -> set[DriverId]:
    """Drivers who are silent, or stand where they should drive."""
    return {
        one.id
        for one in view.city.drivers.values()
        if one.status is not DriverStatus.OFF and (silent_seconds(view.rules, one, view.t) > 0 or _stands(view, one))
    }


def _stands(view: View, one: Driver) -> bool:
    motion = view.motions.get(one.id)
    return motion is not None and stands_ms(view.city, view.rules, one, motion) >= STANDS_MS


def silent_seconds(rules: Rules, one: Driver, t: Instant) -> int:
    """Seconds beyond what is no silence yet; 0 while it is live."""
    return max(0, -(-(t - one.seen_at - silent_after_ms(rules.ping_seconds)) // 1000))


def _of_city(view: View) -> Iterator[Measured]:
    """Ways: per cent of what the map says. Declined: per cent of assignments. Who left early: drivers. Streets: each closed."""
    lately = view.lately
    if (slow := lately.ways_percent(LEAST_WAYS)) > 0:
        yield Measured(AlertKind.WAYS_SLOW, CITY, slow)
    if (declined := lately.declined_percent(LEAST_ASSIGNMENTS)) > 0:
        yield Measured(AlertKind.OFFERS_DECLINED, CITY, declined)
    if (left := len(lately.left)) > 0:
        yield Measured(AlertKind.DRIVERS_LEAVE, CITY, left)
    for street in sorted(lately.closed):
        yield Measured(AlertKind.STREET_CLOSED, street, 1)


WORDS = {
    AlertKind.AT_RISK: "expected {} min late",
    AlertKind.LATE: "{} min past its promise",
    AlertKind.UNASSIGNED: "ready for {} min, and no driver",
    AlertKind.KITCHEN_OVERDUE: "{} min longer in the kitchen than announced, or than almost any there",
    AlertKind.RESTAURANT_OVERLOADED: "{:,} times likelier to be 20 min behind than as usual",
    AlertKind.DRIVER_SILENT: "not heard of for {} s longer than usual",
    AlertKind.DRIVER_STOPPED: "stands for {} min on the way",
    AlertKind.OFF_ROUTE: "{} m further away than before",
    AlertKind.ZONE_SHORT: "{} orders stand ready, and no driver",
    AlertKind.WAYS_SLOW: "ways take {} % of what the map says",
    AlertKind.OFFERS_DECLINED: "{} % of the assignments are declined",
    AlertKind.DRIVERS_LEAVE: "{} drivers went home before their time",
    AlertKind.STREET_CLOSED: "closed",
}


def words(one: Measured) -> str:
    """A measure for people."""
    return WORDS[one.kind].format(one.value)
