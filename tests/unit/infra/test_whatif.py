"""Draws of an hour → ranges; a city's last half hour → what goes on; an incident → its levers."""

from itertools import takewhile

import pytest
import typer

from infra import watching, whatif, whatif_verb
from infra.replay import decided
from infra.whatif import Branch, conditions, effect, levers
from models.alerts import Alert, AlertKind, Watched
from models.city import City
from models.commands import AcceptOrder
from models.eta import Etas
from models.ids import RestaurantId
from models.incidents import Cause
from models.levers import CallDrivers, ExtendPromises, PauseKitchen, Range, ShrinkRadius, SlowKitchen
from models.measures import CITY as ALL
from models.watch import Watch
from models.ways import MINUTE_MS
from simulator.ahead import Hour
from simulator.sources import synthetic
from tests.unit.models.builders import CITY, D1, O1, O2, R1, minute, opened_town, placed, shift
from tests.unit.models.test_watch import watched


def hours(*minutes: float, refused: int = 0) -> list[Hour]:
    return [Hour(round(m / 5), round(m * MINUTE_MS), refused) for m in minutes]


def test_draws_that_agree_leave_the_doubt_that_no_draw_knows() -> None:
    found = effect(hours(100, 100, 100), hours(60, 60, 60, refused=4), 60)

    assert found.late_minutes == Range(55.0, 100.0, 145.0)
    assert found.late_orders == Range(17.0, 20.0, 23.0)
    assert found.minutes_change == Range(-40.0, -40.0, -40.0)
    assert (found.refused, found.minutes) == (4.0, 60)


def test_draws_that_stray_widen_the_interval_by_student_s_t() -> None:
    """-10, -20, -30: mean -20, deviation 10; 1.89 · 10 · √(1 + 1/3) = 21.8."""
    found = effect(hours(100, 100, 100), hours(90, 80, 70), 60)

    assert found.minutes_change == Range(-41.8, -20.0, 1.8)


def test_nobody_is_less_than_not_late() -> None:
    assert effect(hours(0, 0, 90), hours(0, 0, 90), 60).late_minutes.low == 0.0


def test_a_quiet_city_goes_on_as_in_its_last_half_hour() -> None:
    town = opened_town().do(shift(), placed(O1)).tick(20).do(placed(O2)).tick(40)
    state, _ = watched(town)
    going = conditions(state)

    assert (going.orders_an_hour, going.joining, going.ways, going.declines, going.kitchens) == (2, 0.0, 1.0, 0.0, {})


def test_drivers_go_on_coming_as_they_came_of_late_unless_that_ebbs_away() -> None:
    assert whatif._joining([minute(10)] * 2 + [minute(25)] * 3, minute(30)) == 12.0
    assert whatif._joining([minute(10)] * 3 + [minute(25)] * 2, minute(30)) == 1.0


def test_an_overloaded_kitchen_takes_as_much_longer_as_what_it_has_in_hand_is_late() -> None:
    town = opened_town().do(placed(O1), placed(O2), AcceptOrder(O1)).tick(30)
    state = Watch(Etas(town.city))
    alert = Alert(AlertKind.RESTAURANT_OVERLOADED, R1, "critical", minute(29), "why", 30)
    state.watched[f"restaurant_overloaded:{R1}"] = Watched(alert=alert)
    usual = town.city.kitchens.mean_ms(R1)

    assert conditions(state).kitchens == {R1: 30 * MINUTE_MS - usual}


@pytest.mark.parametrize(("cause", "kinds"), [
    (Cause.KITCHEN, [PauseKitchen, SlowKitchen, ExtendPromises]),
    (Cause.WEATHER, [CallDrivers, ExtendPromises, ShrinkRadius]),
])  # fmt: skip
def test_an_incident_has_the_levers_of_its_cause(cause: Cause, kinds: list[type]) -> None:
    found = levers(cause, R1 if cause is Cause.KITCHEN else ALL, opened_town().do(shift(D1)).city)

    assert [type(branch.levers[0]) for branch in found.values()] == kinds


def test_drivers_are_called_to_the_zone_that_is_short_of_them() -> None:
    found = levers(Cause.DRIVERS_SHORT, "z1", City(CITY))

    assert CallDrivers(2, "z1") in [branch.levers[0] for branch in found.values()]


@pytest.fixture(scope="module")
def rush() -> Watch:
    scenario = synthetic.build(3, 30, 45, tick_seconds=60)
    ends = scenario.opens_at + 90 * MINUTE_MS
    return watching.of_facts(decided(scenario, lambda engine, _: takewhile(lambda t: t <= ends, engine.ticks())))


def test_branches_are_run_side_by_side_and_told_with_their_intervals(rush: Watch) -> None:
    branches = {"pause": Branch((PauseKitchen(next(iter(rush.city.restaurants))),)), "rain": Branch(ways=2.0)}
    found = whatif.whatif(rush, branches, 30, 2, processes=1)
    lines = whatif_verb.page(rush, found, 2)

    assert list(found) == ["", "pause", "rain"]
    assert found[""].minutes_change == Range(0.0, 0.0, 0.0)
    assert lines[0].startswith("Port Merrin at 18:44:00, the next 30 min; 2 paired draws")
    assert [line.partition(":")[0] for line in lines[1:]] == ["if nothing is done", "pause", "rain"]
    assert set(whatif_verb.report(rush, found, 2)["branches"]) == {"nothing", "pause", "rain"}


def test_a_watch_of_a_log_stops_at_a_moment() -> None:
    town = opened_town().tick(1).tick(2).tick(3)

    assert watching.of_facts(town.log, "2").city.now == minute(2)
    with pytest.raises(watching.NoTickYet, match="had not ticked by then"):
        watching.of_facts(town.log[:3])


@pytest.mark.parametrize(("said", "lever"), [
    ({"drivers": ["3@z1"]}, CallDrivers(3, "z1")),
    ({"drivers": ["3"]}, CallDrivers(3)),
    ({"pause": ["R1"]}, PauseKitchen(RestaurantId("R1"))),
    ({"slow": ["R:1:10"]}, SlowKitchen(RestaurantId("R:1"), 10)),
    ({"extend": ["10@R1"]}, ExtendPromises(10, RestaurantId("R1"))),
    ({"radius": ["2500"]}, ShrinkRadius(2500)),
])  # fmt: skip
def test_a_lever_is_said_in_a_word(said: dict[str, list[str]], lever: object) -> None:
    options = dict.fromkeys(("drivers", "pause", "slow", "extend", "radius")) | said

    assert whatif_verb._levers(**options) == [lever]  # type: ignore[arg-type]


@pytest.mark.parametrize("said", [{"drivers": ["many"]}, {"slow": ["R1"]}, {"extend": ["0"]}, {"radius": ["60000"]}])
def test_a_number_that_is_none_is_named(said: dict[str, list[str]]) -> None:
    options = dict.fromkeys(("drivers", "pause", "slow", "extend", "radius")) | said
    with pytest.raises(typer.BadParameter, match="is no whole number from 1 to"):
        whatif_verb._levers(**options)  # type: ignore[arg-type]


def test_the_levers_of_an_incident_that_is_not_open_are_not_asked_for(rush: Watch) -> None:
    with pytest.raises(typer.BadParameter, match="it is not open then; open are"):
        whatif_verb._of_incident(rush, "kitchen:nowhere:1")
