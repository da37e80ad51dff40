"""orders at risk, alerts → here → incidents: what has a shared cause is one thing, with the minutes it may cost.

An incident begins with the alert that names its cause, and ends when that has been gone for a while.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from models.alerts import Alert, AlertKind
from models.events import Fact
from models.forecast import Stage
from models.ids import Instant, OrderId, RestaurantId, Text
from models.levers import IncidentAcknowledged, IncidentFact, IncidentOwned
from models.measures import CITY, View, times_behind
from models.order import Order
from models.risk import Judged, needs_action
from models.ways import MINUTE_MS

ENDS_AFTER_MS = 3 * MINUTE_MS


class Cause(StrEnum):
    """What several orders have in common; the pipeline's own is raised by wall time, outside of a city."""

    KITCHEN = "kitchen"
    DRIVERS_SHORT = "drivers_short"
    PHONES_SILENT = "phones_silent"
    DRIVERS_STOPPED = "drivers_stopped"
    WEATHER = "weather"
    DECLINES = "declines"
    STREET = "street"


class Incident(msgspec.Struct, frozen=True):
    """`orders` at risk by this cause now, `late_ms` expected of them, `worst_ms` the most so far. Open until `ended_at`.

    `owner` sees to it; `acknowledged_by` has seen it; nobody is to be bothered with it before `snoozed_until`.
    """

    cause: Cause
    subject: Text
    since: Instant
    orders: tuple[OrderId, ...]
    late_ms: int
    worst_ms: int
    quiet_since: Instant | None = None
    ended_at: Instant | None = None
    owner: Text | None = None
    acknowledged_by: Text | None = None
    acknowledged_at: Instant | None = None
    snoozed_until: Instant | None = None

    @property
    def id(self) -> str:
        return f"{self.cause}:{self.subject}:{self.since}"


BY_ONE = {
    AlertKind.RESTAURANT_OVERLOADED: Cause.KITCHEN,
    AlertKind.ZONE_SHORT: Cause.DRIVERS_SHORT,
    AlertKind.DRIVERS_LEAVE: Cause.DRIVERS_SHORT,
    AlertKind.WAYS_SLOW: Cause.WEATHER,
    AlertKind.OFFERS_DECLINED: Cause.DECLINES,
    AlertKind.STREET_CLOSED: Cause.STREET,
}
"""The alert that is a cause by itself."""
BY_SEVERAL = {AlertKind.DRIVER_SILENT: Cause.PHONES_SILENT, AlertKind.DRIVER_STOPPED: Cause.DRIVERS_STOPPED}
LEAST = {Cause.PHONES_SILENT: 3, Cause.DRIVERS_STOPPED: 2}
"""One phone is an alert; so many at once are one thing, and the city's. Drivers seldom stand, and never two by chance."""
SHARED = 2
"""One late order of a kitchen or a zone shares its cause with nobody."""
KITCHEN_TIMES, KITCHEN_LATE_MS = 10**9, 30 * MINUTE_MS
"""A kitchen that is less surely behind, or costs less, is an alert alone (decision 0016)."""
ANNOUNCED_TIMES = 20_000
"""One that named its times itself, and is over them by eleven minutes in all, is sure whatever it costs."""
Causes = dict[tuple[Cause, str], set[str]]
"""What is the matter now, and which restaurants, zones, drivers or streets it is about."""


def incidents(known: dict[str, Incident], view: View, alerts: Iterable[Alert]) -> Iterator[Incident]:
    """What begins, changes or ends at this tick; `known` is brought up to it. By cause and subject."""
    now = causes(alerts)
    for cause, subject in sorted({(one.cause, one.subject) for one in known.values()} | now.keys()):
        before = known.get(f"{cause}:{subject}")
        after = _as_it_is(view, before or Incident(cause, subject, view.t, (), 0, 0), now.get((cause, subject)))
        if before is None and not _shared(view, after):
            continue
        if before is not None and _face(before) == _face(after):
            continue
        known[f"{cause}:{subject}"] = after
        if after.ended_at is not None:
            del known[f"{cause}:{subject}"]
        yield after


def _shared(view: View, one: Incident) -> bool:
    """Whether it is more than an alert or two."""
    if one.subject == CITY or one.cause not in (Cause.KITCHEN, Cause.DRIVERS_SHORT):
        return True
    return len(one.orders) >= SHARED and (one.cause is not Cause.KITCHEN or _harms(view, one))


def _harms(view: View, one: Incident) -> bool:
    """Its cost first: how sure it is is counted over the whole city's orders, at each tick until an alert clears."""
    announced = any(view.city.orders[order].ready_known for order in one.orders)
    if one.late_ms < KITCHEN_LATE_MS and not announced:
        return False
    surely = ANNOUNCED_TIMES if announced else KITCHEN_TIMES
    return times_behind(view).get(RestaurantId(one.subject), 0) >= surely


def tended(known: dict[str, Incident], fact: Fact) -> Iterator[Incident]:
    """A person's word on one that is open; of any other it is no news."""
    body = fact.body
    if not isinstance(body, IncidentFact):
        return
    for key, one in known.items():
        if one.id == body.incident:
            known[key] = _with(one, body, fact.at)
            yield known[key]
            return


def _with(one: Incident, body: IncidentFact, at: Instant) -> Incident:
    if isinstance(body, IncidentOwned):
        return msgspec.structs.replace(one, owner=body.owner)
    if isinstance(body, IncidentAcknowledged):
        return msgspec.structs.replace(one, acknowledged_by=body.by, acknowledged_at=at)
    return msgspec.structs.replace(one, snoozed_until=body.until)


def causes(alerts: Iterable[Alert]) -> Causes:
    """What open alerts say is the matter. While all of a city has a cause, a zone that is short of drivers has the same."""
    found: Causes = {}
    many: dict[Cause, set[str]] = {}
    for one in alerts:
        if one.kind in BY_ONE:
            found.setdefault((BY_ONE[one.kind], one.subject), set()).add(one.subject)
        elif one.kind in BY_SEVERAL:
            many.setdefault(BY_SEVERAL[one.kind], set()).add(one.subject)
    found |= {(cause, CITY): some for cause, some in many.items() if len(some) >= LEAST[cause]}
    if any(subject == CITY for _, subject in found):
        found = {key: some for key, some in found.items() if key[0] is not Cause.DRIVERS_SHORT or key[1] == CITY}
    return found


def _as_it_is(view: View, before: Incident, about: set[str] | None) -> Incident:
    quiet = None if about is not None else before.quiet_since or view.t
    orders = before.orders if about is None else tuple(sorted(_orders(view, before.cause, about)))
    late_ms = sum(view.risks[o].late_ms for o in orders if o in view.risks)
    return msgspec.structs.replace(
        before,
        orders=orders,
        late_ms=late_ms,
        worst_ms=max(before.worst_ms, late_ms),
        quiet_since=quiet,
        ended_at=view.t if quiet is not None and view.t - quiet >= ENDS_AFTER_MS else None,
    )


def _orders(view: View, cause: Cause, about: set[str]) -> Iterator[OrderId]:
    for order_id, judged in view.risks.items():
        if needs_action(judged) and _is_of(view, view.city.orders[order_id], judged, cause, about):
            yield order_id


def _is_of(view: View, order: Order, judged: Judged, cause: Cause, about: set[str]) -> bool:
    """Whether an order that needs action does so by this cause; weather and closed streets cost time on the road."""
    match cause:
        case Cause.KITCHEN:
            return order.restaurant in about and order.picked_up_at is None
        case Cause.PHONES_SILENT | Cause.DRIVERS_STOPPED:
            return order.driver in about
        case Cause.DRIVERS_SHORT | Cause.DECLINES:
            here = CITY in about or view.zones[order.restaurant] in about
            return here and order.picked_up_at is None and order.ready_at is not None
    return judged.stage in (Stage.ASSIGN, Stage.APPROACH, Stage.RIDE)


def _face(one: Incident) -> tuple[object, ...]:
    """What a screen shows of it: whole minutes."""
    return one.orders, one.late_ms // MINUTE_MS, one.quiet_since, one.ended_at
