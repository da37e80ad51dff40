"""Snapshot, rows → here → the JSON of “Needs action”: incidents, levers of none, orders with stage and step, alerts."""

import msgspec

from dashboard import wording
from dashboard.actions import against, asleep, on_their_own, tending
from dashboard.frames import Row, freshness, named, restaurant_name
from dashboard.offers import OfferLine, ahead, offers
from dashboard.order_list import slack_minutes, stale_words
from dashboard.snapshot import Snapshot
from models.alert_rules import RULES
from models.alerts import Alert, AlertKind
from models.forecast import Stage
from models.ids import DriverId, OrderId
from models.incidents import Cause, Incident
from models.kpi_registry import tooltip
from models.needs import Need
from models.next_step import Act, NextStep
from models.slack import Risk, risk_of
from models.ways import MINUTE_MS

AGENT = "alerts"
MOST_ROWS, MOST_ALERTS = 60, 12
"""More than anybody reads: the rest is in the list below, by the same order."""
STAGES = {
    Stage.PREPARE: "kitchen", Stage.ASSIGN: "assign", Stage.APPROACH: "approach", Stage.WAIT: "wait", Stage.RIDE: "ride",
    Stage.HAND_OVER: "hand over",
}  # fmt: skip
ALERTS = {
    AlertKind.AT_RISK: "at risk", AlertKind.LATE: "late", AlertKind.UNASSIGNED: "without a driver",
    AlertKind.KITCHEN_OVERDUE: "overdue in the kitchen", AlertKind.RESTAURANT_OVERLOADED: "overloaded",
    AlertKind.DRIVER_SILENT: "silent", AlertKind.DRIVER_STOPPED: "stopped", AlertKind.OFF_ROUTE: "off route",
    AlertKind.ZONE_SHORT: "Zone short of drivers", AlertKind.WAYS_SLOW: "Ways are slow",
    AlertKind.OFFERS_DECLINED: "Offers are declined", AlertKind.DRIVERS_LEAVE: "Drivers leave early",
    AlertKind.STREET_CLOSED: "closed",
}  # fmt: skip
OF_THE_CITY = (AlertKind.ZONE_SHORT, AlertKind.WAYS_SLOW, AlertKind.OFFERS_DECLINED, AlertKind.DRIVERS_LEAVE)
OF_AN_ORDER = (AlertKind.AT_RISK, AlertKind.LATE, AlertKind.UNASSIGNED, AlertKind.KITCHEN_OVERDUE)


class Entry(msgspec.Struct, frozen=True):
    """An order in the queue; `step` is a verb and whom, `gain` what it brings, `part` the incident it is folded into."""

    id: str
    name: str
    risk: str
    slack: str
    restaurant: str
    stage: str
    promise: str
    step: str
    gain: str
    part: str = ""


class Trouble(msgspec.Struct, frozen=True):
    """An incident: what, how much it may cost, for how long, who tends it, what was done against it, and what could be."""

    id: str
    title: str
    orders: str
    minutes: str
    since: str
    tending: str
    levers: tuple[str, ...]
    offers: tuple[OfferLine, ...]


class Bell(msgspec.Struct, frozen=True):
    """An open alert."""

    id: str
    title: str
    evidence: str
    since: str
    severity: str


class Panel(msgspec.Struct, frozen=True):
    """`meaning`: what is counted here, for whoever points at the head; another thing than the tile's “at risk”."""

    entries: tuple[Entry, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    levers: tuple[str, ...] = ()
    bells: tuple[Bell, ...] = ()
    count: str = ""
    more: str = ""
    ahead: str = ""
    age: str = wording.MISSING
    stale: str | None = None
    nothing: str | None = None
    meaning: str = tooltip("needs_action")


def panel(s: Snapshot, found: tuple[Row, ...]) -> Panel:
    """Without a view of the city, or before its first look, there is nothing to say yet."""
    fresh = freshness(s, AGENT)
    if s.view is None or fresh.age_ms is None:
        return Panel(nothing="Waiting for the city's first tick." if s.answered else "Redis does not answer.")
    known = {row.id: row for row in found}
    ranked = [(known[o], s.needs[o]) for o in s.ranked if o in known and o in s.needs]
    lines = [_entry(s, row, need) for row, need in ranked]
    loose, folded = [one for one in lines if not one.part], [one for one in lines if one.part]
    left = len(loose) - MOST_ROWS
    return Panel(
        entries=(*loose[:MOST_ROWS], *folded[:MOST_ROWS]),
        troubles=tuple(
            _trouble(s, one)
            for one in sorted(s.incidents.values(), key=lambda one: (asleep(s, one), -one.late_ms, one.id))
        ),
        levers=on_their_own(s),
        bells=tuple(_bell(s, _as_it_stands(s, one), one.id) for one in newest(s)[:MOST_ALERTS]),
        count=_count_words(len(ranked), len(folded)),
        more=f"{wording.whole(left)} more in the list below" if left > 0 else "",
        ahead=ahead(s),
        age=wording.age(fresh.age_ms),
        stale=stale_words(s, AGENT),
        nothing=None if ranked or s.incidents else "Every open order is expected in time.",
    )


def _count_words(orders: int, folded: int) -> str:
    how = f"{folded} in incidents" if folded else "least slack first"
    return f"{wording.plural(orders, 'order')}, {how}" if orders else ""


def newest(s: Snapshot) -> list[Alert]:
    """The open alerts, the newest first; ties by id."""
    return sorted(s.alerts.values(), key=lambda one: (-one.raised_at, one.id))


def _entry(s: Snapshot, row: Row, need: Need) -> Entry:
    assert s.view is not None  # without it there are no rows
    judged, now = need.judged, s.view.now
    stage = f"{STAGES[judged.stage]} +{judged.over_ms // MINUTE_MS}" if judged.stage else "promise"
    late = now > row.order.promised_at
    return Entry(
        id=row.id,
        name=named(row.id),
        risk=Risk.LATE if late else risk_of(row.order.promised_at, row.order.promised_at - judged.slack_ms, now),
        slack=wording.signed(slack_minutes(judged.slack_ms)),
        restaurant=row.restaurant,
        stage=stage,
        promise=wording.clock(row.order.promised_at, s.view.rules.time_zone),
        step=step_words(s, need.step),
        gain=gain_words(need.step),
        part=need.incident if need.incident in s.incidents else "",
    )


def need_words(s: Snapshot, need: Need) -> tuple[str, str]:
    """Kitchen ate 11 min, chance late 93 %; and what would help."""
    judged, step, gain = need.judged, step_words(s, need.step), gain_words(need.step)
    over = judged.over_ms // MINUTE_MS
    ate = f"{STAGES[judged.stage].capitalize()} ate {over} min" if judged.stage else "Promised too soon"
    return f"{ate}, chance late {judged.chance // 10} %", f"{step}, {gain}" if gain else step


def step_words(s: Snapshot, step: NextStep | None) -> str:
    """A verb and whom; what would not help is not offered."""
    if step is None:
        return "No step would help now"
    words = {
        Act.ASSIGN: f"Assign {step.whom}",
        Act.REASSIGN: f"Reassign to {step.whom}",
        Act.CALL_KITCHEN: f"Call {restaurant_name(s, step.whom)}",
        Act.CALL_DRIVER: f"Call {step.whom}",
        Act.TELL_CUSTOMER: "Tell the customer",
    }
    return words[step.act]


def gain_words(step: NextStep | None) -> str:
    """How far the driver is, and what sending him saves."""
    if step is None or step.gain_ms < MINUTE_MS:
        return ""
    saves = f"saves {step.gain_ms // MINUTE_MS} min"
    if step.act in (Act.ASSIGN, Act.REASSIGN):
        return f"{wording.metres(step.metres)}, {saves}"
    return f"{step.gain_ms // MINUTE_MS} min left there"


def _trouble(s: Snapshot, one: Incident) -> Trouble:
    assert s.view is not None  # without it there are no incidents
    return Trouble(
        id=one.id,
        title=trouble_words(s, one),
        orders=wording.plural(len(one.orders), "order"),
        minutes=f"{wording.whole(one.late_ms // MINUTE_MS)} late min",
        since=wording.span(s.view.now - one.since),
        tending=tending(s, one),
        levers=against(s, one),
        offers=offers(s, one),
    )


def trouble_words(s: Snapshot, one: Incident) -> str:
    """What is the matter, thing first."""
    words = {
        Cause.KITCHEN: f"{restaurant_name(s, one.subject)}: kitchen overloaded",
        Cause.DRIVERS_SHORT: "Short of drivers",
        Cause.PHONES_SILENT: f"{_count(s, AlertKind.DRIVER_SILENT)} silent",
        Cause.DRIVERS_STOPPED: f"{_count(s, AlertKind.DRIVER_STOPPED)} stopped",
        Cause.WEATHER: "Ways are slow all over the city",
        Cause.DECLINES: "Drivers decline what they are offered",
        Cause.STREET: f"{one.subject} closed",
    }
    near = _near(s, one.orders) if one.cause is Cause.DRIVERS_SHORT and one.subject != "city" else ""
    return f"{words[one.cause]}{near}"


def _near(s: Snapshot, orders: tuple[OrderId, ...]) -> str:
    """A zone is a cell without a name: a restaurant in it says where it is."""
    known = [s.orders[o] for o in orders if o in s.orders]
    return f" around {restaurant_name(s, known[0].restaurant)}" if known else ""


def _bell(s: Snapshot, one: Alert, known_as: str) -> Bell:
    assert s.view is not None  # without it there are no alerts
    since = wording.span(s.view.now - one.raised_at)
    return Bell(known_as, alert_words(s, one), one.evidence, since, one.severity)


def _as_it_stands(s: Snapshot, one: Alert) -> Alert:
    """An order is told once: one that was at risk, and is past its promise since, is late."""
    order = s.orders.get(OrderId(one.subject)) if one.kind is AlertKind.AT_RISK else None
    if order is None or s.view is None or s.view.now <= order.promised_at:
        return one
    return msgspec.structs.replace(one, kind=AlertKind.LATE, severity=RULES[AlertKind.LATE].severity)


def alert_words(s: Snapshot, one: Alert) -> str:
    """Whom it is about, and what."""
    if one.kind in OF_THE_CITY:
        return ALERTS[one.kind]
    if one.kind is AlertKind.RESTAURANT_OVERLOADED:
        return f"{restaurant_name(s, one.subject)} {ALERTS[one.kind]}"
    return f"{named(one.subject) if one.kind in OF_AN_ORDER else DriverId(one.subject)} {ALERTS[one.kind]}"


def _count(s: Snapshot, kind: AlertKind) -> str:
    return wording.plural(sum(one.kind is kind for one in s.alerts.values()), "driver")
