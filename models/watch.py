"""facts → here → risks, alerts, incidents: what goes wrong next in a city, why, and what may help.

Everything is judged at ticks, as often as estimates are made. What is made depends on the facts alone, never on where a
batch was cut.
"""

from collections.abc import Iterator

import msgspec

from models.alert_rules import RULES
from models.alerts import Alert, AlertKind, Watched, cleared, over, weighed
from models.chance import ASKED_MS, Belief
from models.city import City
from models.course import Courses
from models.eta import Etas, due, follow
from models.events import CityClosed, Fact, OrderCancelled, OrderDelivered, RestaurantAdded, ShiftStarted, Ticked
from models.forecast import Since
from models.ids import DriverId, Instant, OrderId, RestaurantId
from models.incidents import Incident, incidents, tended
from models.lately import Lately
from models.levers import LeverId
from models.measures import Measured, View, measured, out_of_touch, words
from models.motion import Motion, followed, pace
from models.needs import Eased, Need, as_shown, needed
from models.prep import Outlook
from models.pulled import PulledLever, pulled
from models.queue import Queue
from models.risk import Asked, Judged, Measure, needs_action
from models.rules import Rules
from models.zones import zone_of


class Watch(msgspec.Struct):
    """The fold of the agent that watches: the estimates, how far chances were right, and what is open."""

    etas: Etas
    beliefs: dict[Since, Belief] = msgspec.field(default_factory=lambda: {kind: Belief() for kind in Since})
    asked: dict[OrderId, Asked] = {}
    risks: dict[OrderId, Judged] = {}
    needs: dict[OrderId, Need] = {}
    queue: Queue = msgspec.field(default_factory=Queue)
    zones: dict[RestaurantId, str] = {}
    motions: dict[DriverId, Motion] = {}
    lately: Lately = msgspec.field(default_factory=Lately)
    watched: dict[str, Watched] = {}
    incidents: dict[str, Incident] = {}
    levers: dict[LeverId, PulledLever] = {}

    @property
    def seq(self) -> int:
        return self.etas.seq

    @property
    def city(self) -> City:
        return self.etas.city

    @property
    def alerts(self) -> list[Alert]:
        """Those that are open, in the order they were raised."""
        found = [one.alert for one in self.watched.values() if one.alert is not None]
        return sorted(found, key=lambda one: (one.raised_at, one.id))


Made = Alert | Incident | Need | Eased | PulledLever


def watch(state: Watch, fact: Fact) -> list[Made]:
    """Fold one fact; the alerts and incidents that it opens, changes or ends, and whose need is another now."""
    body, rules = fact.body, state.city.rules
    looks = isinstance(body, Ticked) and not state.city.closed and due(state.etas, body.t)
    if rules is not None:
        state.lately.note(state.city, fact)
    levers = pulled(state.levers, state.city, fact)
    follow(state.etas, fact)
    return [] if rules is None else [*levers, *tended(state.incidents, fact), *_seen(state, rules, fact, looks)]


def _seen(state: Watch, rules: Rules, fact: Fact, looks: bool) -> list[Made]:
    match fact.body:
        case RestaurantAdded(restaurant=restaurant, point=point):
            state.zones[restaurant] = zone_of(rules.travel.on_map(point))
        case ShiftStarted(driver=driver):
            state.motions.pop(driver, None)  # its way ended with the shift before, though no position said so
        case OrderDelivered(order=order):
            return _ended(state, order, fact.at > state.city.orders[order].promised_at)
        case OrderCancelled(order=order):
            return _ended(state, order, True)
        case Ticked(t=t) as tick:
            _move(state, rules, tick)
            return _look(state, rules, t) if looks else []
        case CityClosed():
            return list(_over(state, fact.at))
    return []


def _over(state: Watch, t: Instant) -> Iterator[Made]:
    """A city that closed has no trouble any more: its ticks, at which alerts clear and incidents end, have no look."""
    for _, watched in sorted(state.watched.items()):
        if watched.alert is not None:
            yield over(watched.alert, watched, t)
    for _, one in sorted(state.incidents.items()):
        yield msgspec.structs.replace(one, ended_at=t)
    state.watched.clear()
    state.incidents.clear()


def _ended(state: Watch, order: OrderId, late: bool) -> list[Made]:
    """What is cancelled was not there at its promise: it counts as late once it was asked."""
    asked = state.asked.pop(order, None)
    state.risks.pop(order, None)
    if asked is not None:
        state.beliefs[asked.since].learn(asked.chance, late)
    return [_eased(state, order)] if order in state.needs else []


def _eased(state: Watch, order: OrderId) -> Eased:
    del state.needs[order]
    state.queue.drop(order)
    return Eased(order)


def _move(state: Watch, rules: Rules, tick: Ticked) -> None:
    for position in tick.positions:
        one = state.city.drivers[position.driver]
        if one.seen_at == position.at:
            motion = state.motions[one.id] = followed(state.city, rules, one, state.motions.get(one.id))
            if (told := pace(rules, one, motion)) is not None:
                state.lately.ways[one.id] = (one.seen_at, *told)


def _look(state: Watch, rules: Rules, t: Instant) -> list[Made]:
    city, outlook = state.city, Outlook(state.city.kitchens, t)
    state.lately.forget(t)
    _judge(state, t)
    view = View(city, rules, outlook, state.risks, state.motions, state.zones, state.lately)
    alerts = list(_alerts(state, view))
    changed = list(incidents(state.incidents, view, state.alerts))
    return [*alerts, *changed, *_needs(state, view)]


def _judge(state: Watch, t: Instant) -> None:
    measure = Measure(state.etas, state.beliefs)
    for order_id, told in state.etas.told.items():
        order = state.city.orders[order_id]
        if order_id not in state.asked and order.promised_at - t <= ASKED_MS:
            state.asked[order_id] = measure.asked(order, told.latest)
        state.risks[order_id] = measure.judge(order, told.latest, told.plan)


def _alerts(state: Watch, view: View) -> Iterator[Alert]:
    """What is raised now, and then what clears: a subject that has no measure any more has none to speak of."""
    now = {f"{one.kind}:{one.subject}": one for one in measured(view) if not _told(state, one)}
    for key, one in now.items():
        if key in state.watched or one.value >= RULES[one.kind].raised_at:
            yield from _raised(state.watched.setdefault(key, Watched()), one, view.t)
    for key in sorted(state.watched):
        watched, rule = state.watched[key], RULES[AlertKind(key.partition(":")[0])]
        if key not in now:
            weighed(watched, rule, 0, view.t)
        if (alert := cleared(watched, rule, view.t)) is not None:
            watched.alert = None
            yield alert
        if watched.alert is None and watched.above_since is None:
            del state.watched[key]


SAME = {AlertKind.AT_RISK: AlertKind.LATE, AlertKind.LATE: AlertKind.AT_RISK}
"""An order that was told to be at risk is late as was told: that is no second alert."""


def _told(state: Watch, one: Measured) -> bool:
    """Whether the same was told by another alert that is open."""
    return one.kind in SAME and not _open(state, one.kind, one.subject) and _open(state, SAME[one.kind], one.subject)


def _open(state: Watch, kind: AlertKind, subject: str) -> bool:
    watched = state.watched.get(f"{kind}:{subject}")
    return watched is not None and watched.alert is not None


def _raised(watched: Watched, one: Measured, t: Instant) -> Iterator[Alert]:
    rule = RULES[one.kind]
    if weighed(watched, rule, one.value, t):
        watched.alert = Alert(one.kind, one.subject, rule.severity, t, words(one), one.value)
        yield watched.alert


def _needs(state: Watch, view: View) -> Iterator[Need | Eased]:
    """Those that changed to the eye: whole minutes, whole per cent."""
    courses, lost = Courses(view.city, view.rules, view.outlook), out_of_touch(view)
    parts = {order: one.id for _, one in sorted(state.incidents.items()) for order in one.orders}
    for order, judged in state.risks.items():
        if not needs_action(judged):
            if order in state.needs:
                yield _eased(state, order)
            continue
        need = needed(courses, view.city.orders[order], state.etas.told[order].latest, judged, lost, parts.get(order))
        if order not in state.needs or as_shown(state.needs[order]) != as_shown(need):
            state.needs[order] = need
            state.queue.put(order, judged.slack_ms)
            yield need
