"""A day with one fault → was it told in time, did it clear, and was it given its cause?"""

from typing import Any

from infra.bench.alert_days import CASES, MELTDOWN, Case, Seen, judged
from infra.bench.alerts import _row as row
from infra.bench.alerts import broken, told
from models.alerts import Alert, AlertKind
from models.ids import DriverId, OrderId, RestaurantId
from models.incidents import Cause, Incident
from simulator.faults.kinds import KINDS, Fault
from simulator.truth import Begun, Entry, ReadyMoved, Stood
from tests.unit.models.builders import CENTRE, CITY, minute, opened_town, placed

SILENT = next(case for case in CASES if case.fault == "silent-phone")
STOPPED = next(case for case in CASES if case.fault == "stopped-driver")
GARBAGE = next(case for case in CASES if case.fault == "garbage")
KITCHEN = next(case for case in CASES if case.fault == MELTDOWN and case.ready == "known")


def begun(case: Case, *whom: str) -> list[Entry]:
    """From minute 10 to minute 20."""
    fault = Fault(f"{case.fault}#1", case.fault, minute(10), minute(20))
    return [Begun(fault.id, CITY, fault, whom)]


def alert(kind: AlertKind, subject: str, at: float, until: float | None) -> list[Alert]:
    raised = Alert(kind, subject, "warning", minute(at), "why", 1)
    gone = Alert(kind, subject, "warning", minute(at), "why", 1, None if until is None else minute(until))
    return [raised] if until is None else [raised, gone]


def incident(cause: Cause, subject: str, since: float) -> Incident:
    return Incident(cause, subject, minute(since), (), 0, 0)


def seen(case: Case | None, truth: list[Entry], *made: Any) -> Seen:
    return judged(case, 1, opened_town().do(placed(promise=20)).tick(51).log, truth, list(made))


def test_a_fault_is_told_so_long_after_it_began_and_clears_so_long_after_it_ended() -> None:
    one = seen(SILENT, begun(SILENT, "d1"), *alert(SILENT.alert, "d1", 10.5, 21), incident(SILENT.cause, "city", 10.5))

    assert (one.raised_s, one.cleared_s, one.right, one.orders, one.alerts) == (30, 60, True, 1, 1)


def test_what_was_raised_before_the_fault_is_not_its_alert() -> None:
    one = seen(SILENT, begun(SILENT, "d1"), *alert(SILENT.alert, "d1", 9, None))

    assert (one.raised_s, one.cleared_s, one.right) == (None, None, False)


def test_an_alert_that_stays_open_does_not_clear() -> None:
    both = [*alert(SILENT.alert, "d1", 11, 12), *alert(SILENT.alert, "d2", 11, None)]

    assert seen(SILENT, begun(SILENT, "d1"), *both).cleared_s is None


def test_a_kitchen_is_counted_from_the_second_order_it_missed_and_another_kitchen_is_not_meant() -> None:
    missed = [ReadyMoved("f", OrderId(f"o{n}"), RestaurantId("r1"), minute(n), minute(n + 20)) for n in (12, 14, 18)]
    truth = [*begun(KITCHEN, "r1"), *missed]
    wrong = seen(KITCHEN, truth, *alert(KITCHEN.alert, "r2", 15, 30), incident(KITCHEN.cause, "r2", 15))
    right = seen(KITCHEN, truth, *alert(KITCHEN.alert, "r1", 16, 30), incident(KITCHEN.cause, "r1", 16))

    assert (wrong.raised_s, wrong.right) == (None, False)
    assert (right.raised_s, right.right) == (120, True)


def test_a_driver_is_counted_from_when_the_first_one_stands() -> None:
    """Nobody had anywhere to go when they were struck."""
    stood = [
        Stood("f", DriverId(f"d{n}"), minute(n), minute(n), minute(20), CENTRE, minute(n), minute(20)) for n in (15, 13)
    ]
    one = seen(STOPPED, [*begun(STOPPED, "d13", "d15"), *stood], *alert(STOPPED.alert, "d13", 17, 21))

    assert one.raised_s == 240


def test_a_kitchen_whose_orders_are_hardly_late_by_it_is_harmless_and_counted_apart() -> None:
    """o1 was promised at minute 20 and is not there at 51; of o2 nobody knows."""
    late = [ReadyMoved("f", OrderId(o), RestaurantId("r1"), minute(12), minute(32)) for o in ("o1", "o2")]
    some = [seen(KITCHEN, [*begun(KITCHEN, "r1"), *moved]) for moved in (late, late[1:])]

    assert [one.harmless for one in some] == [False, True]
    assert (row(KITCHEN, some)["days"], row(KITCHEN, some)["harmless"]) == (1, 1)


def test_on_a_calm_day_a_kitchen_whose_orders_come_late_is_no_false_alarm_and_any_other_is() -> None:
    """o1 was promised at minute 20 and is not there at 51: 31 minutes."""
    late, other = incident(Cause.KITCHEN, "r1", 30), incident(Cause.KITCHEN, "r2", 30)
    days = [seen(None, [], one) for one in (late, other, incident(Cause.DRIVERS_SHORT, "r1", 30))]

    assert [(one.own, one.causes) for one in days] == [(1, ()), (0, ("kitchen",)), (0, ("drivers_short",))]


def test_what_else_was_told_beside_the_right_cause_is_shown() -> None:
    both = Seen(SILENT, 1, 100, 30.0, 60.0, True, ("drivers_short", "phones_silent"), 1)
    calm = {"days": 1, "alerts_per_100_orders": 0.0, "incidents": [], "behind_by_themselves": 0}
    report = {"faults": [row(SILENT, [both])], "calm": calm, "right_cause_share": 1.0, "broken": []}

    assert told(report)[1].endswith("1 of 1, beside it drivers_short")


def test_what_does_not_hold_is_named() -> None:
    late = row(SILENT, [Seen(SILENT, 1, 100, 90.0, None, False, ("weather",), 1)])
    loud = row(GARBAGE, [Seen(GARBAGE, 1, 100, None, None, True, ("drivers_stopped",), 1)])
    calm = {"days": 1, "alerts_per_100_orders": 2.0, "incidents": ["kitchen"], "behind_by_themselves": 0}
    report = {"faults": [late, loud], "calm": calm, "right_cause_share": 0.0}
    named = broken(report)

    assert named == [
        "silent-phone: driver_silent too late",
        "silent-phone: driver_silent does not clear",
        "2.0 alerts in 100 calm orders",
        "incidents on calm days: kitchen",
        "garbage, which touches no order: drivers_stopped",
        "right cause in 0.0",
    ]
    assert told({**report, "broken": named})[-6:] == [f"BROKEN {one}" for one in named]


def test_every_fault_of_the_simulator_is_staged() -> None:
    assert {case.fault for case in CASES} == set(KINDS)
