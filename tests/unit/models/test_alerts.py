"""A measure, tick by tick → one alert, which clears by itself; a rule that could not is refused."""

import pytest

from models.alert_rules import RULES
from models.alerts import Alert, AlertKind, BadRule, Rule, Watched, checked, cleared, weighed
from tests.unit.models.builders import minute

SWAYING = Rule(AlertKind.LATE, "critical", 10, 5, 60, 120)


def course(rule: Rule, *measures: int) -> list[str]:
    """What is told at each minute of such measures."""
    watched, told = Watched(), list[str]()
    for n, measure in enumerate(measures):
        said = "-"
        if weighed(watched, rule, measure, minute(n)):
            watched.alert = Alert(rule.kind, "o1", rule.severity, minute(n), "why", measure)
            said = "raised"
        if (one := cleared(watched, rule, minute(n))) is not None:
            watched.alert, said = None, f"cleared, worst {one.worst}"
        told.append(said)
    return told


def test_an_alert_is_raised_once_when_its_measure_has_been_high_for_a_while() -> None:
    assert course(SWAYING, 9, 10, 12, 30, 30) == ["-", "-", "raised", "-", "-"]


def test_a_measure_that_dips_in_between_begins_anew() -> None:
    assert course(SWAYING, 10, 9, 10, 11) == ["-", "-", "-", "raised"]


def test_it_clears_when_its_measure_has_been_low_for_a_while_and_not_between_the_limits() -> None:
    assert course(SWAYING, 10, 10, 7, 7, 4, 4, 4) == ["-", "raised", "-", "-", "-", "-", "cleared, worst 10"]


def test_what_sways_about_a_limit_is_told_once() -> None:
    assert course(SWAYING, 10, 11, 9, 11, 9, 11).count("raised") == 1


def test_a_rule_without_a_while_acts_at_once() -> None:
    at_once = Rule(AlertKind.LATE, "critical", 10, 10)

    assert course(at_once, 10, 9, 10) == ["raised", "cleared, worst 10", "raised"]


def test_an_alert_is_named_by_kind_subject_and_time() -> None:
    assert Alert(AlertKind.LATE, "o1", "critical", 7, "why", 1).id == "late:o1:7"


def test_a_rule_that_clears_above_where_it_is_raised_is_refused_by_name() -> None:
    with pytest.raises(BadRule, match=r"late: clears below 11 and is raised at 10: cleared_at may be at most 10"):
        checked((Rule(AlertKind.LATE, "critical", 10, 11),))


def test_two_rules_of_a_kind_are_refused() -> None:
    with pytest.raises(BadRule, match="late: there are two rules"):
        checked((SWAYING, SWAYING))


def test_every_kind_has_its_rule() -> None:
    assert RULES.keys() == set(AlertKind)
