"""what is counted, foretold, told and done in a city → here → what must hold of those rows: they say what the orders say."""

from models.alerts import AlertKind
from models.forecast import Stage
from models.incidents import Cause
from models.lateness import Booked
from pipelines.quality.rules import OneOf, Rule, Suite, Within, in_turn, place, there

LOST = tuple(f"{stage}_ms" for stage in Booked.__struct_fields__)
MEASURES = ("click_to_door", "overage", "ready_to_pickup", "ready_to_door", "avoidable_wait")
OF_ITS_ORDER = "(select 1 from orders o where o.city_id = one.city_id and o.order_id = one.order_id and "


def _rising(p10: str, p50: str, p90: str) -> Rule:
    return Rule(f"{p10} ≤ {p50} ≤ {p90}", f"{p10} > {p50} or {p50} > {p90}", (p10, p50, p90))


KPIS = Suite(
    "kpi_minutes", ("city_id", "minute"),
    (
        *(Within(count, 0) for count in ("placed", "delivered", "cancelled", "active", "unassigned", "drivers_available",
                                         "drivers_busy", "window_delivered")),
        Within("on_time_share", 0, 1),
        Within("click_to_door_p50_minutes", 0),
        Rule("Half of the orders are as fast as nine in ten",
             "click_to_door_p50_minutes > click_to_door_p90_minutes",
             ("click_to_door_p50_minutes", "click_to_door_p90_minutes")),
        Rule("There are percentiles exactly when something was delivered",
             "(window_delivered > 0) <> (click_to_door_p50_minutes is not null)"
             " or (window_delivered > 0) <> (click_to_door_p90_minutes is not null)",
             ("window_delivered", "click_to_door_p50_minutes", "click_to_door_p90_minutes")),
        Rule("No more orders wait for a driver than are open", "unassigned > active", ("unassigned", "active")),
        Rule("A minute is whole, and follows the one before it",
             "minute <> date_trunc('minute', minute) or minute <> before_it + interval '1 min'", ("before_it",)),
    ),
    rows="select *, lag(minute) over (partition by city_id order by minute) as before_it from kpi_minutes {cities}",
)  # fmt: skip

HOURS = Suite(
    "kpi_hours", ("city_id", "minute"),
    (
        Within("window_minutes", 0, 60),
        *(Within(count, 0) for count in ("delivered", "cancelled", "due", "kept", "picked_up", "late_food", "engaged_ms",
                                         "on_duty_ms", "oldest_unassigned_minutes")),
        Rule("No more promises are kept than fell due", "kept > due", ("kept", "due")),
        Rule("No more food is late than was picked up", "late_food > picked_up", ("late_food", "picked_up")),
        *(_rising(f"{name}_p10_minutes", f"{name}_p50_minutes", f"{name}_p90_minutes") for name in MEASURES),
        there("kpi_minutes", "An hour ends with a minute that was counted", "minute"),
    ),
)  # fmt: skip

ETAS = Suite(
    "eta_predictions", ("city_id", "order_id", "seq"),
    (
        OneOf("stage", tuple(Stage)),
        Rule("P10 ≤ P50 ≤ P80 ≤ P90", "p10 > p50 or p50 > p80 or p80 > p90", ("p10", "p50", "p80", "p90")),
        Rule("What is told lies within its range and not in the past", "expected not between p10 and p90 or p10 < made_at",
             ("made_at", "p10", "expected", "p90")),
        there("orders", "The order of an estimate exists", "order_id"),
        Rule("Nothing is estimated before its order is placed",
             f"exists {OF_ITS_ORDER} one.made_at < o.created_at)", ("made_at",)),
    ),
)  # fmt: skip

ETA_SCORES = Suite(
    "eta_scores", ("city_id", "order_id", "since"),
    (
        Within("width_ms", 0),
        Within("jump_ms", 0),
        in_turn("made_at", "ended_at"),
        Rule("A score is of a delivered order, and of the time it came",
             f"not exists {OF_ITS_ORDER} o.status = 'delivered' and o.actual_delivery = one.ended_at)", ("ended_at",)),
        Rule("What is scored was told",
             "not exists (select 1 from eta_predictions p where p.city_id = one.city_id and p.order_id = one.order_id"
             " and p.made_at = one.made_at)", ("made_at",)),
    ),
)  # fmt: skip

LEDGER = Suite(
    "lateness_ledger", ("city_id", "order_id"),
    (
        Within("late_ms", 1),
        *(Within(stage, 0) for stage in LOST),
        Rule("The stages sum to what the order was late, to the millisecond", f"{' + '.join(LOST)} <> late_ms",
             ("late_ms", f"{' + '.join(LOST)} as stages_ms")),
        Rule("Late is delivered − promised", "late_ms <> round(extract(epoch from ended_at - promised_at) * 1000)",
             ("late_ms", "promised_at", "ended_at")),
        Rule("A booking is of a delivered order, with its promise and its delivery",
             f"not exists {OF_ITS_ORDER} o.status = 'delivered' and o.actual_delivery = one.ended_at"
             " and o.estimated_delivery = one.promised_at)", ("promised_at", "ended_at")),
        Rule("A booking names its order's restaurant and driver",
             f"exists {OF_ITS_ORDER} (o.restaurant_id <> one.restaurant_id or o.driver_id <> one.driver_id))",
             ("restaurant_id", "driver_id")),
    ),
)  # fmt: skip

ALERTS = Suite(
    "alerts", ("city_id", "alert_id"),
    (
        OneOf("kind", tuple(AlertKind)),
        OneOf("severity", ("notice", "warning", "critical")),
        in_turn("raised_at", "cleared_at"),
        Rule("Of one thing one alert is open",
             "cleared_at is null and exists (select 1 from alerts a where a.city_id = one.city_id and a.kind = one.kind"
             " and a.subject = one.subject and a.cleared_at is null and a.alert_id <> one.alert_id)", ("raised_at",)),
    ),
)  # fmt: skip

INCIDENTS = Suite(
    "incidents", ("city_id", "incident_id"),
    (
        OneOf("cause", tuple(Cause)),
        Within("late_ms", 0),
        Within("worst_ms", 0),
        in_turn("since", "ended_at"),
        Rule("The most minutes of an incident are no less than those of now", "worst_ms < late_ms",
             ("late_ms", "worst_ms")),
        Rule("The orders of an incident exist",
             "exists (select 1 from jsonb_array_elements_text(one.orders) as w(id) where not exists"
             " (select 1 from orders o where o.city_id = one.city_id and o.order_id = w.id))", ("orders",)),
    ),
)  # fmt: skip

LEVERS = Suite(
    "levers", ("city_id", "lever_id"),
    (
        *(Within(count, 0) for count in ("refused", "late_orders", "late_ms")),
        in_turn("since", "until"),
        in_turn("since", "ended_at"),
        Rule("What came is told as orders and as minutes, or not yet",
             "(late_orders is null) <> (late_ms is null)", ("late_orders", "late_ms")),
        Rule("The incident that a lever was pulled against is known",
             "incident is not null and not exists (select 1 from incidents i where i.city_id = one.city_id"
             " and i.incident_id = one.incident)", ("incident",)),
    ),
)  # fmt: skip

POSITIONS = Suite(
    "driver_positions", ("city_id", "driver_id", "slot"),
    (
        *place("lat", "lon"),
        there("drivers", "The driver of a position exists", "driver_id"),
        Rule("A position lies in the five seconds of its slot", "at < slot or at >= slot + interval '5 s'", ("at",)),
    ),
)  # fmt: skip
