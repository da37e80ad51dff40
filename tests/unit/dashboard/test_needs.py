"""“Needs action”: incidents, then orders with stage and next step in the queue's own order, then what is alarming."""

import msgspec
import pytest

from dashboard.frames import marks, rows
from dashboard.needs import ALERTS, MOST_ROWS, STAGES, Panel, panel
from dashboard.snapshot import Progress, Snapshot
from models.alerts import AlertKind
from models.forecast import Stage
from models.ids import OrderId
from models.incidents import Cause
from models.kpi_registry import tooltip
from models.next_step import Act, NextStep
from models.ways import MINUTE_MS
from tests.unit.dashboard.snapshots import NOW, WALL, alert, incident, need, order, snapshot


def shown(s: Snapshot | None = None) -> Panel:
    s = s or snapshot()
    return panel(s, rows(s, marks(s)))


def stepped(step: NextStep | None) -> tuple[str, str]:
    [entry] = shown(snapshot(needs={OrderId("3"): need("3", -2, step)}, ranked=(OrderId("3"),))).entries
    return entry.step, entry.gain


def test_an_order_says_its_slack_the_stage_that_eats_it_and_the_next_step() -> None:
    first = shown().entries[0]

    assert (first.name, first.risk, first.slack, first.restaurant) == ("#4", "late", "−5", "Lantern 52")
    assert (first.stage, first.step, first.gain) == ("approach +5", "Reassign to D-1", "620 m, saves 7 min")


def test_the_order_is_the_queue_s_and_the_head_counts_it() -> None:
    assert [entry.id for entry in shown().entries] == ["4", "3"]
    assert shown().count == "2 orders, least slack first"


def test_whoever_points_at_the_head_reads_what_needs_action_means() -> None:
    assert "chance of missing the promise ≥ 40 %" in shown().meaning.lower()
    assert shown(snapshot(view=None)).meaning == shown().meaning != tooltip("at_risk")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (None, ("No step would help now", "")),
        (NextStep(Act.ASSIGN, "D-1", 3 * MINUTE_MS, 1100), ("Assign D-1", "1.1 km, saves 3 min")),
        (NextStep(Act.CALL_KITCHEN, "r2", 4 * MINUTE_MS), ("Call Oru <Bowls>", "4 min left there")),
        (NextStep(Act.CALL_KITCHEN, "r9"), ("Call r9", "")),
        (NextStep(Act.CALL_DRIVER, "D-3"), ("Call D-3", "")),
        (NextStep(Act.TELL_CUSTOMER, "3"), ("Tell the customer", "")),
    ],
)
def test_a_step_is_a_verb_and_whom(step: NextStep | None, words: tuple[str, str]) -> None:
    assert stepped(step) == words


def test_where_every_stage_is_within_its_plan_the_promise_was_too_soon() -> None:
    one = need("3", -2)
    within = msgspec.structs.replace(one, judged=msgspec.structs.replace(one.judged, stage=None, over_ms=0))

    assert shown(snapshot(needs={OrderId("3"): within}, ranked=(OrderId("3"),))).entries[0].stage == "promise"


def test_the_orders_of_an_open_incident_are_folded_into_it() -> None:
    one = incident(Cause.KITCHEN, "r1", "3")
    needs = {OrderId("3"): msgspec.structs.replace(need("3", -5), incident=one.id), OrderId("4"): need("4", -2)}
    s = snapshot(needs=needs, ranked=(OrderId("3"), OrderId("4")), incidents={one.id: one})

    assert [(entry.id, entry.part) for entry in shown(s).entries] == [("4", ""), ("3", one.id)]
    assert shown(s).count == "2 orders, 1 in incidents"
    assert shown(msgspec.structs.replace(s, incidents={})).entries[0].part == "", (
        "it is over: its orders stand by themselves"
    )


def test_an_order_that_ended_since_the_last_look_is_left_out() -> None:
    s = snapshot(needs={OrderId("9"): need("9", -2)}, ranked=(OrderId("9"), OrderId("3")))

    assert shown(s).entries == ()
    assert shown(s).nothing == "Every open order is expected in time."


def test_more_than_anybody_reads_is_left_to_the_list() -> None:
    many = {OrderId(str(i)): order(str(i), promise_in=3) for i in range(MOST_ROWS + 7)}
    s = snapshot(orders=many, needs={o: need(o, -3) for o in many}, ranked=tuple(many))

    assert (len(shown(s).entries), shown(s).more) == (MOST_ROWS, "7 more in the list below")


@pytest.mark.parametrize(
    ("cause", "subject", "title"),
    [
        (Cause.KITCHEN, "r1", "Lantern 52: kitchen overloaded"),
        (Cause.DRIVERS_SHORT, "city", "Short of drivers"),
        (Cause.DRIVERS_SHORT, "8a", "Short of drivers around Lantern 52"),
        (Cause.PHONES_SILENT, "city", "3 drivers silent"),
        (Cause.DRIVERS_STOPPED, "city", "1 driver stopped"),
        (Cause.WEATHER, "city", "Ways are slow all over the city"),
        (Cause.DECLINES, "city", "Drivers decline what they are offered"),
        (Cause.STREET, "Kell Bridge", "Kell Bridge closed"),
    ],
)
def test_an_incident_is_named_by_what_is_the_matter(cause: Cause, subject: str, title: str) -> None:
    silent = [alert(AlertKind.DRIVER_SILENT, f"D-{n}") for n in (1, 2, 3)]
    alerts = {one.id: one for one in (*silent, alert(AlertKind.DRIVER_STOPPED, "D-4"))}
    one = incident(cause, subject, "3", "4")
    [trouble] = shown(snapshot(alerts=alerts, incidents={one.id: one})).troubles

    assert trouble.title == title
    assert (trouble.orders, trouble.minutes, trouble.since) == ("2 orders", "12 late min", "10 min")


def test_a_zone_whose_orders_nobody_knows_any_more_has_no_name() -> None:
    one = incident(Cause.DRIVERS_SHORT, "8a", "77")

    assert shown(snapshot(incidents={one.id: one})).troubles[0].title == "Short of drivers"


def test_the_incident_that_costs_most_comes_first() -> None:
    some = incident(Cause.WEATHER, "city", "3", late=2), incident(Cause.KITCHEN, "r1", "4", late=40)

    assert shown(snapshot(incidents={one.id: one for one in some})).troubles[0].title.startswith("Lantern")


@pytest.mark.parametrize(
    ("kind", "subject", "title"),
    [
        (AlertKind.LATE, "4", "#4 late"),
        (AlertKind.DRIVER_SILENT, "D-3", "D-3 silent"),
        (AlertKind.RESTAURANT_OVERLOADED, "r1", "Lantern 52 overloaded"),
        (AlertKind.ZONE_SHORT, "8a", "Zone short of drivers"),
        (AlertKind.STREET_CLOSED, "Kell Bridge", "Kell Bridge closed"),
    ],
)
def test_an_alert_says_whom_it_is_about_and_what_was_seen(kind: AlertKind, subject: str, title: str) -> None:
    one = alert(kind, subject)
    [bell] = shown(snapshot(alerts={one.id: one})).bells

    assert (bell.title, bell.evidence, bell.since, bell.severity) == (title, "seen to be so", "4 min", "critical")


def test_an_order_that_was_at_risk_is_called_late_once_its_promise_is_past() -> None:
    """#4 is five minutes past it, #3 is not; neither is told again."""
    raised = alert(AlertKind.AT_RISK, "4", ago=9), alert(AlertKind.AT_RISK, "3", ago=10)
    some = [msgspec.structs.replace(one, severity="warning") for one in raised]
    bells = shown(snapshot(alerts={one.id: one for one in some})).bells

    assert [(bell.title, bell.severity) for bell in bells] == [("#4 late", "critical"), ("#3 at risk", "warning")]


def test_the_newest_alert_comes_first() -> None:
    some = alert(AlertKind.LATE, "4", ago=9), alert(AlertKind.LATE, "3", ago=1)

    assert [bell.title for bell in shown(snapshot(alerts={one.id: one for one in some})).bells] == [
        "#3 late",
        "#4 late",
    ]


def test_every_stage_and_every_kind_of_alert_has_its_words() -> None:
    assert STAGES.keys() == set(Stage)
    assert ALERTS.keys() == set(AlertKind)


def test_before_the_first_look_and_without_redis_it_says_why_it_is_empty() -> None:
    nobody = snapshot(progress={})

    assert shown(nobody).nothing == "Waiting for the city's first tick."
    assert shown(msgspec.structs.replace(nobody, answered=False)).nothing == "Redis does not answer."


def test_an_old_panel_says_as_of_when() -> None:
    old = shown(snapshot(progress={"alerts": Progress(NOW, WALL - 43_000)}))

    assert old.stale is not None
    assert old.stale.startswith("As of ")
    assert old.age == "43 s"
