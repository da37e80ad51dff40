"""Draws of an hour → ranges; options → branches, and what they change."""

from itertools import takewhile

import pytest
import typer

from infra import watching, whatif, whatif_verb
from infra.replay import decided
from infra.whatif import Branch, effect
from models.ids import RestaurantId
from models.levers import CallDrivers, ExtendPromises, PauseKitchen, Range, ShrinkRadius, SlowKitchen
from models.moment import NotReached
from models.watch import Watch
from models.ways import MINUTE_MS
from simulator.ahead import Hour
from simulator.sources import synthetic
from tests.unit.models.builders import minute, opened_town


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
    assert lines[0].startswith("Port Merrin at 2026-11-20 18:44:00, the next 30 min; 2 paired draws")
    assert [line.partition(":")[0] for line in lines[1:]] == ["if nothing is done", "pause", "rain"]
    assert set(whatif_verb.report(rush, found, 2)["branches"]) == {"nothing", "pause", "rain"}


def test_a_watch_of_a_log_stops_at_a_moment() -> None:
    town = opened_town().tick(1).tick(2).tick(3)

    assert watching.of_facts(town.log, "2").city.now == minute(2)
    with pytest.raises(watching.NoTickYet, match="had not ticked by then"):
        watching.of_facts(town.log[:3])
    with pytest.raises(NotReached, match="Small City: 18:04 is not in its log"):
        watching.of_facts(town.log, "18:04")


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
