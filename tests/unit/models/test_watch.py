"""A city's facts → what is raised, clears, begins, ends and needs action; the same wherever a checkpoint was cut."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.alerts import Alert, AlertKind
from models.chance import Belief
from models.city import City
from models.commands import (
    AcceptOrder,
    ArriveAtRestaurant,
    CancelOrder,
    CloseCity,
    Deliver,
    EndShift,
    MarkReady,
    PickUp,
)
from models.eta import Etas
from models.events import Fact
from models.forecast import Since
from models.geo import Point
from models.ids import OrderId
from models.incidents import Cause, Incident
from models.needs import Eased, Need
from models.next_step import Act
from models.prep import Kitchens
from models.watch import Made, Watch, watch
from tests.unit.models.builders import (
    CENTRE,
    CITY,
    D1,
    D2,
    D3,
    DOOR,
    FAR,
    O1,
    O2,
    O3,
    R1,
    Town,
    minute,
    opened_town,
    placed,
    position,
    shift,
    steady_kitchens,
)  # fmt: skip
from tests.unit.models.steps import DAYS, Step, asks

STEADY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Day = list[tuple[Step, int | None, int | None]]


def watched(town: Town, kitchens: Kitchens | None = None) -> tuple[Watch, list[Made]]:
    state = Watch(Etas(City(CITY, kitchens=kitchens or Kitchens())))
    return state, [made for fact in town.log for made in watch(state, fact)]


def alerts(town: Town) -> list[tuple[str, str, bool]]:
    """Kind, subject, and whether it was raised or cleared."""
    return [(a.kind.value, a.subject, a.cleared_at is None) for a in watched(town)[1] if isinstance(a, Alert)]


def forgotten(until: int, *more: OrderId) -> Town:
    """A kitchen that forgets its two orders, or more; d1 waits there for one of them, and is heard of each minute."""
    town = opened_town(ping_seconds=60).do(shift(), placed(promise=30), placed(O2, promise=30), AcceptOrder(O1))
    town.do(AcceptOrder(O2), *(placed(one, promise=30) for one in more), *map(AcceptOrder, more)).assign(D1, O1)
    town.do(ArriveAtRestaurant(D1))
    for n in range(2, until):
        town.tick(n, position(D1, minute(n), CENTRE))
    return town


def test_a_kitchen_that_forgets_its_orders_is_an_alert_an_incident_and_a_call() -> None:
    state, made = watched(forgotten(60, O3), steady_kitchens())
    kinds = sorted(one.kind.value for one in made if isinstance(one, Alert))
    [incident] = state.incidents.values()

    assert kinds == [*2 * ["at_risk"], *3 * ["kitchen_overdue"], "late", "restaurant_overloaded"]
    assert (incident.cause, incident.subject, incident.orders) == (Cause.KITCHEN, R1, (O1, O2, O3))
    assert state.needs[O1].incident == incident.id
    assert state.needs[O1].step is not None
    assert state.needs[O1].step.act is Act.CALL_KITCHEN
    assert state.queue.orders[-1] == O1, "the others have no driver: they will be later still"


def test_an_order_is_told_once_to_be_at_risk_or_late() -> None:
    """Nor one that was late first: o1 was expected to be less than 40 minutes late until it was 25 late."""
    told = [(kind, subject) for kind, subject, _ in alerts(forgotten(90)) if kind in ("at_risk", "late")]

    assert sorted(told) == [("at_risk", O2), ("late", O1)]


def test_what_is_over_clears_ends_and_needs_nothing() -> None:
    town = forgotten(60, O3).do(MarkReady(O1), PickUp(O1, D1), Deliver(O1, D1))
    town.do(CancelOrder(O2, "customer"), CancelOrder(O3, "customer"))
    for n in range(60, 74):
        town.tick(n, position(D1, minute(n), DOOR))
    state, made = watched(town, steady_kitchens())

    assert {one.kind for one in made if isinstance(one, Alert) and one.cleared_at is not None} == {
        AlertKind.RESTAURANT_OVERLOADED, AlertKind.LATE, AlertKind.KITCHEN_OVERDUE, AlertKind.AT_RISK,
    }  # fmt: skip
    assert isinstance(made[-1], Incident)
    assert made[-1].ended_at is not None
    assert Eased(O1) in made
    assert (state.alerts, state.incidents, state.needs, state.queue.orders, state.watched) == ([], {}, {}, (), {})


def test_in_a_city_that_closes_everything_ends_and_nothing_is_raised_any_more() -> None:
    """Its kitchen is an incident, its phones are never heard of again, and ticks go on for an hour."""
    town = forgotten(60, O3).do(CloseCity())
    closed_at = town.log[-1].at
    for n in range(60, 120):
        town.tick(n)
    state, made = watched(town, steady_kitchens())
    last = {one.id: one for one in made if isinstance(one, Alert | Incident)}

    assert [one.ended_at for one in last.values() if isinstance(one, Incident)] == [closed_at]
    assert {one.kind for one in last.values() if isinstance(one, Alert) and one.cleared_at == closed_at} >= {
        AlertKind.RESTAURANT_OVERLOADED, AlertKind.LATE,
    }  # fmt: skip
    assert all(one.cleared_at is not None for one in last.values() if isinstance(one, Alert))
    assert (state.alerts, state.incidents, state.needs, state.queue.orders, state.watched) == ([], {}, {}, (), {})


def test_what_was_not_bad_for_long_enough_when_its_city_closes_is_never_an_alert() -> None:
    """The order is past its limit since the last tick; it would be told at the next."""
    key, open_town = f"{AlertKind.AT_RISK}:{O2}", forgotten(43, O3)
    before, _ = watched(open_town, steady_kitchens())
    state, made = watched(open_town.do(CloseCity()), steady_kitchens())

    assert before.watched[key].alert is None
    assert (AlertKind.AT_RISK, O2) not in {(one.kind, one.subject) for one in made if isinstance(one, Alert)}
    assert state.watched == {}


def test_an_order_that_is_in_time_again_needs_no_action_any_more() -> None:
    """The kitchen hands over at last, and the door is near."""
    town = forgotten(18).do(MarkReady(O1), PickUp(O1, D1)).tick(18, position(D1, minute(18), CENTRE))
    _, made = watched(town)
    told = [type(one) for one in made if isinstance(one, Need | Eased) and one.order == O1]

    assert told[0] is Need
    assert told[-1] is Eased


def test_a_phone_is_silent_once_and_is_heard_of_again() -> None:
    town = (
        opened_town().do(shift()).tick(0.25).tick(0.5).tick(0.75).tick(1).tick(1.25, position(D1, minute(1.25), CENTRE))
    )

    assert alerts(town) == [("driver_silent", D1, True), ("driver_silent", D1, False)]


def test_three_silent_phones_are_one_incident() -> None:
    state, _ = watched(opened_town().do(shift(D1), shift(D2), shift(D3)).tick(1))

    assert [one.cause for one in state.incidents.values()] == [Cause.PHONES_SILENT]


def test_a_driver_who_stands_on_his_way_is_told_from_one_who_is_silent() -> None:
    town = opened_town(ping_seconds=60).do(shift(point=FAR), placed(), AcceptOrder(O1), MarkReady(O1)).assign(D1, O1)
    for n in range(2, 8):
        town.tick(n, position(D1, minute(n), FAR))

    assert ("driver_stopped", D1, True) in alerts(town)
    assert ("driver_silent", D1, True) not in alerts(town)


def test_a_way_of_yesterday_makes_nobody_stand_today() -> None:
    """His shift ended after the door, before another position said so."""
    town = opened_town(ping_seconds=60).do(shift(point=FAR, until=12), placed(), AcceptOrder(O1), MarkReady(O1))
    town.assign(D1, O1).tick(2, position(D1, minute(2), FAR)).do(EndShift(D1), at=minute(3))
    town.do(shift(point=FAR, until=999), at=minute(600)).tick(601)

    assert "driver_stopped" not in {kind for kind, _, _ in alerts(town)}


def test_a_position_of_before_the_last_one_moves_nobody() -> None:
    """It stands in the tick, and the driver is where he was seen last."""
    town = opened_town().do(shift(point=FAR), placed(), AcceptOrder(O1)).assign(D1, O1)
    town.tick(3, position(D1, minute(3), FAR)).tick(4, position(D1, minute(2), CENTRE))

    assert watched(town)[0].motions[D1].point == FAR


def test_a_way_that_takes_twice_as_long_as_the_map_says_is_known() -> None:
    """Ten minutes are said of it; half of it is gone after ten."""
    town = opened_town().do(shift(point=FAR), placed(), AcceptOrder(O1)).assign(D1, O1)
    town.tick(2, position(D1, minute(2), FAR)).tick(12, position(D1, minute(12), Point(0.0, 1600.0)))

    assert watched(town)[0].lately.ways_percent(1) == 200


def test_what_came_of_a_chance_is_learnt_once() -> None:
    """Asked at the first look within ten minutes of the promise; one that is cancelled then was late."""
    on_time = opened_town().do(shift(), placed(promise=40), AcceptOrder(O1), MarkReady(O1)).assign(D1, O1)
    on_time.do(ArriveAtRestaurant(D1), PickUp(O1, D1)).tick(29).tick(31).do(Deliver(O1, D1), at=minute(32))
    lost = opened_town().do(placed(O2, promise=20), AcceptOrder(O2)).tick(12).tick(13).do(CancelOrder(O2, "customer"))
    early = opened_town().do(placed(O2, promise=40), AcceptOrder(O2)).tick(12).do(CancelOrder(O2, "customer"))

    def counted(town: Town) -> dict[str, tuple[int, int]]:
        beliefs = watched(town)[0].beliefs
        return {kind.value: (sum(one.told), sum(one.late)) for kind, one in beliefs.items() if sum(one.told)}

    assert counted(on_time) == {"picked_up": (1, 0)}
    assert counted(lost) == {"placed": (1, 1)}
    assert counted(early) == {}
    assert watched(early)[0].beliefs == {kind: Belief() for kind in Since}


def test_a_city_is_looked_at_once_in_five_seconds() -> None:
    """Where it ticks each second, an alert that is due is told at the next look."""
    town = opened_town().do(shift())
    for n in range(1, 45):
        town.tick(n / 60)
    [raised] = [one for one in watched(town)[1] if isinstance(one, Alert)]

    assert raised.raised_at == minute(35 / 60)
    assert raised.evidence == "not heard of for 5 s longer than usual"


def test_before_it_was_opened_nothing_of_a_city_is_watched() -> None:
    town = Town()
    town.ask(placed())

    assert watched(town)[1] == []


def _lived(day: Day) -> list[Fact]:
    town = opened_town(offer_seconds=90).do(shift(D1), shift(D2))
    for step, at, version in day:
        for ask in asks(town.city, step):
            town.at = at
            town.ask(ask, version)
    return town.log


@STEADY
@given(DAYS, st.data())
def test_of_any_day_what_is_made_does_not_depend_on_where_a_checkpoint_was_cut(day: Day, data: st.DataObject) -> None:
    log = _lived(day)
    cut = data.draw(st.integers(0, len(log)))
    whole, early = Watch(Etas(City(CITY))), Watch(Etas(City(CITY)))
    made = [one for fact in log for one in watch(whole, fact)]
    parts = [one for fact in log[:cut] for one in watch(early, fact)]
    late = msgspec.msgpack.decode(msgspec.msgpack.encode(early), type=Watch)
    parts += [one for fact in log[cut:] for one in watch(late, fact)]

    assert parts == made
    assert late == whole


@STEADY
@given(DAYS)
def test_of_any_day_only_open_orders_need_action_and_each_alert_is_raised_once(day: Day) -> None:
    state, made = Watch(Etas(City(CITY))), list[Made]()
    for fact in _lived(day):
        made += watch(state, fact)

        assert state.queue.places.keys() == state.needs.keys() <= state.etas.told.keys()
    ids = [one.id for one in made if isinstance(one, Alert) and one.cleared_at is None]
    assert len(ids) == len(set(ids))
