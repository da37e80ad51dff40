"""Alerts and orders at risk → what has a shared cause is one thing, with the minutes it may cost, until it is over."""

import msgspec
import pytest

from models.alerts import Alert, AlertKind
from models.commands import AcceptOrder, AnnounceReady, ArriveAtRestaurant, MarkReady, PickUp
from models.events import Dispatched, Fact
from models.forecast import Stage
from models.ids import CommandId
from models.incidents import ENDS_AFTER_MS, Cause, Incident, causes, incidents, tended
from models.lately import Lately
from models.levers import IncidentAcknowledged, IncidentOwned, IncidentSnoozed
from models.measures import CITY as ALL
from models.measures import View
from models.prep import Outlook
from models.risk import Judged
from tests.unit.models.builders import (
    CITY,
    D1,
    D2,
    D3,
    MINUTE,
    O1,
    O2,
    O3,
    R1,
    R2,
    Town,
    minute,
    opened_town,
    placed,
    shift,
    steady_kitchens,
)  # fmt: skip


def alert(kind: AlertKind, subject: str) -> Alert:
    return Alert(kind, subject, "critical", minute(1), "why", 1)


SILENT = [alert(AlertKind.DRIVER_SILENT, d) for d in (D1, D2, D3)]
KITCHEN, SHORT = alert(AlertKind.RESTAURANT_OVERLOADED, R1), alert(AlertKind.ZONE_SHORT, "z1")
RAIN = alert(AlertKind.WAYS_SLOW, ALL)
NOW = 60
"""An hour after they were placed."""


def town(t: float) -> Town:
    """o1 is cooked at r1, twelve minutes over what was announced by NOW; o2 stands ready there, o3 is on its way with d1."""
    here = opened_town().do(shift(), placed(O1), placed(O2), placed(O3, R2))
    here.do(AcceptOrder(O1), AnnounceReady(O1, minute(NOW - 12)), AcceptOrder(O2), MarkReady(O2))
    here.do(AcceptOrder(O3), MarkReady(O3)).assign(D1, O3)
    return here.do(ArriveAtRestaurant(D1), PickUp(O3, D1)).tick(t)


def view(t: float = NOW, **late: float) -> View:
    """Minutes expected late, by order; those not named are in time."""
    here = town(t)
    stages = {O1: Stage.PREPARE, O2: Stage.ASSIGN, O3: Stage.RIDE}
    risks = {
        o: Judged(o, 900 if o in late else 100, int(late.get(o, 0) * MINUTE), 0, stages[o], MINUTE)
        for o in (O1, O2, O3)
    }
    outlook = Outlook(here.city.kitchens, here.city.now)
    return View(here.city, here.city.rules, outlook, risks, {}, {R1: "z1", R2: "z2"}, Lately())


def begun(one: View, *alerts: Alert) -> list[Incident]:
    return list(incidents({}, one, alerts))


@pytest.mark.parametrize(
    ("alerts", "cause", "subject", "orders"),
    [
        ([KITCHEN], Cause.KITCHEN, R1, (O1, O2)),
        ([alert(AlertKind.DRIVERS_LEAVE, ALL)], Cause.DRIVERS_SHORT, ALL, (O2,)),
        ([alert(AlertKind.OFFERS_DECLINED, ALL)], Cause.DECLINES, ALL, (O2,)),
        (SILENT, Cause.PHONES_SILENT, ALL, (O3,)),
        ([alert(AlertKind.DRIVER_STOPPED, d) for d in (D1, D2, D3)], Cause.DRIVERS_STOPPED, ALL, (O3,)),
        ([RAIN], Cause.WEATHER, ALL, (O2, O3)),
        ([alert(AlertKind.STREET_CLOSED, "Bridge")], Cause.STREET, "Bridge", (O2, O3)),
    ],
)
def test_a_cause_has_the_orders_that_are_late_by_it(
    alerts: list[Alert], cause: Cause, subject: str, orders: tuple[str, ...]
) -> None:
    [one] = begun(view(o1=20, o2=30, o3=40), *alerts)

    assert (one.cause, one.subject, one.since, one.orders) == (cause, subject, minute(NOW), orders)
    assert one.late_ms == one.worst_ms == sum({O1: 20, O2: 30, O3: 40}[o] for o in orders) * MINUTE


def test_one_late_order_of_a_kitchen_or_a_zone_shares_its_cause_with_nobody() -> None:
    assert begun(view(o1=60), KITCHEN) == []
    assert begun(view(o2=3), SHORT) == []
    assert [one.orders for one in begun(view(o1=49, o2=1), KITCHEN)] == [(O1, O2)]


def silent_kitchen(one: View, cooking: int = 3) -> View:
    """It named no time, all three are its, and it has so many of them in hand."""
    one.city.kitchens = steady_kitchens()
    for n, order in enumerate((O1, O2, O3)):
        ready = None if n < cooking else one.city.orders[order].ready_at
        one.city.orders[order] = msgspec.structs.replace(
            one.city.orders[order], restaurant=R1, ready_known=None, ready_at=ready, picked_up_at=None
        )
    return one


def test_a_kitchen_that_costs_little_or_may_be_slow_by_chance_stays_an_alert() -> None:
    """30 minutes are expected of its orders, and it is 1e9 times likelier that it is behind: by three orders, not by two."""
    assert begun(silent_kitchen(view(60, o1=28, o2=1.9)), KITCHEN) == []
    assert begun(silent_kitchen(view(60, o1=29, o2=1), cooking=2), KITCHEN) == []
    assert len(begun(silent_kitchen(view(60, o1=29, o2=1)), KITCHEN)) == 1


def test_a_kitchen_that_is_over_the_times_it_named_itself_needs_no_cost_to_be_one() -> None:
    assert [one.orders for one in begun(view(o1=2, o2=1), KITCHEN)] == [(O1, O2)]


def test_a_zone_has_those_whose_food_is_ready_there() -> None:
    """Two of them: one at each of its restaurants."""
    one = view(o2=2, o3=2)
    here = one.city.orders[O3]
    one.city.orders[O3] = msgspec.structs.replace(here, picked_up_at=None)
    [short] = begun(one._replace(zones={R1: "z1", R2: "z1"}), SHORT)

    assert (short.cause, short.subject, short.orders) == (Cause.DRIVERS_SHORT, "z1", (O2, O3))


def test_an_order_in_time_is_no_part_of_it() -> None:
    [one] = begun(view(o2=3), RAIN)

    assert one.orders == (O2,)


def test_two_silent_phones_are_two_alerts_and_no_incident() -> None:
    assert begun(view(o3=4), *SILENT[:2]) == []


def test_two_drivers_who_stand_at_once_are_one_incident() -> None:
    stopped = [alert(AlertKind.DRIVER_STOPPED, d) for d in (D1, D2)]

    assert begun(view(o3=4), stopped[0]) == []
    assert [one.cause for one in begun(view(o3=4), *stopped)] == [Cause.DRIVERS_STOPPED]


def test_an_order_at_risk_by_itself_is_no_incident() -> None:
    assert begun(view(o1=9), alert(AlertKind.AT_RISK, O1), alert(AlertKind.LATE, O1)) == []


def test_while_all_of_a_city_has_a_cause_a_zone_has_the_same() -> None:
    assert set(causes([SHORT, RAIN])) == {(Cause.WEATHER, ALL)}
    assert set(causes([SHORT, KITCHEN])) == {(Cause.DRIVERS_SHORT, "z1"), (Cause.KITCHEN, R1)}


def test_it_is_told_again_when_its_orders_or_minutes_are_others_and_not_before() -> None:
    known: dict[str, Incident] = {}

    def told(one: View) -> list[Incident]:
        return list(incidents(known, one, [KITCHEN]))

    assert len(told(view(o1=49, o2=1))) == 1
    assert told(view(o1=49.5, o2=1)) == []
    [more] = told(view(o1=50, o2=1))
    assert more.worst_ms == 51 * MINUTE
    [less] = told(view(o1=1))
    assert (less.orders, less.late_ms, less.worst_ms) == ((O1,), MINUTE, 51 * MINUTE), "begun, it goes on with one"


def test_it_ends_three_minutes_after_its_cause_is_gone() -> None:
    known: dict[str, Incident] = {}
    [begun_] = incidents(known, view(o1=30, o2=30), [KITCHEN])
    [quiet] = incidents(known, view(NOW + 1, o1=30, o2=30), [])
    nothing = list(incidents(known, view(NOW + 3.9, o1=30, o2=30), []))
    [ended] = incidents(known, view(NOW + 4, o1=30, o2=30), [])

    assert (quiet.quiet_since, quiet.ended_at, nothing) == (minute(NOW + 1), None, [])
    assert ended == msgspec.structs.replace(quiet, ended_at=minute(NOW + 1) + ENDS_AFTER_MS)
    assert known == {}
    assert begun_.id == ended.id == f"kitchen:{R1}:{minute(NOW)}"


def test_a_cause_that_comes_back_in_time_goes_on() -> None:
    known: dict[str, Incident] = {}
    list(incidents(known, view(o1=30, o2=30), [KITCHEN]))
    list(incidents(known, view(NOW + 1, o1=30, o2=30), []))
    [back] = incidents(known, view(NOW + 2, o1=30, o2=30), [KITCHEN])

    assert (back.since, back.quiet_since) == (minute(NOW), None)


def test_a_person_s_word_stands_on_the_incident_it_names_while_that_is_open() -> None:
    known: dict[str, Incident] = {}
    (begun,) = incidents(known, view(o1=30, o2=30), [KITCHEN])
    for n, body in enumerate(
        (IncidentOwned(begun.id, "ann"), IncidentAcknowledged(begun.id, "bob"), IncidentSnoozed(begun.id, minute(20)))
    ):
        assert len(list(tended(known, Fact(CITY, 1, CommandId("c"), minute(3 + n), body)))) == 1
    (one,) = known.values()

    assert (one.owner, one.acknowledged_by, one.acknowledged_at) == ("ann", "bob", minute(4))
    assert one.snoozed_until == minute(20)


def test_a_word_on_an_incident_that_is_not_open_changes_nothing() -> None:
    known: dict[str, Incident] = {}
    list(incidents(known, view(o1=30, o2=30), [KITCHEN]))
    facts = [
        Fact(CITY, 1, CommandId("c"), minute(3), body)
        for body in (IncidentOwned("other", "ann"), Dispatched(minute(3)))
    ]

    assert [one for fact in facts for one in tended(known, fact)] == []
