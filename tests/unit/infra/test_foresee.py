"""A watched city with incidents → what its next hour brings, and each lever of the costliest, the best one first."""

from itertools import takewhile

import pytest
from msgspec.structs import replace

from infra import foresee, watching
from infra.foresee import MOST_INCIDENTS, foretold, pause
from infra.replay import decided
from models.incidents import Cause, Incident
from models.levers import ExtendPromises, PauseKitchen, SlowKitchen
from models.watch import Watch
from models.ways import MINUTE_MS
from simulator.sources import synthetic


@pytest.fixture(scope="module")
def rush() -> Watch:
    scenario = synthetic.build(3, 30, 45, tick_seconds=60)
    ends = scenario.opens_at + 60 * MINUTE_MS
    return watching.of_facts(decided(scenario, lambda engine, _: takewhile(lambda t: t <= ends, engine.ticks())))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many branches each what-if ran."""
    counts: list[int] = []
    real = foresee.whatif.whatif
    monkeypatch.setattr(foresee.whatif, "whatif", lambda *a, **k: counts.append(len(a[1])) or real(*a, **k))
    return counts


def troubled(state: Watch, *incidents: Incident) -> Watch:
    return replace(state, incidents={f"{one.cause}:{one.subject}": one for one in incidents})


def kitchen(state: Watch, place: int, late: int, **said: int) -> Incident:
    which = sorted(state.city.restaurants)[place]
    now = state.city.now or 0
    return replace(Incident(Cause.KITCHEN, which, now, (), late * MINUTE_MS, 0), **said)


def test_a_city_without_incidents_is_told_its_next_hour_alone(rush: Watch) -> None:
    found = foretold(rush, draws=2)

    assert (found.at, found.offers) == (rush.city.now, {})
    assert found.nothing.minutes == 60
    assert found.nothing.late_orders.low <= found.nothing.late_orders.mean <= found.nothing.late_orders.high


def test_each_lever_of_an_incident_is_offered_the_one_that_saves_most_first(rush: Watch) -> None:
    one = kitchen(rush, 0, 40)
    found = foretold(troubled(rush, one), draws=2)
    offers = found.offers[one.id]
    changes = [offer.expected.minutes_change.mean for offer in offers]

    assert {type(offer.lever) for offer in offers} == {PauseKitchen, SlowKitchen, ExtendPromises}
    assert changes == sorted(changes)


def test_the_costliest_that_nobody_put_to_sleep_are_the_ones(rush: Watch, asked: list[int]) -> None:
    some = [kitchen(rush, n, 10 * n) for n in range(MOST_INCIDENTS + 2)]
    asleep = replace(some[-1], snoozed_until=(rush.city.now or 0) + 1)
    over = replace(some[-2], snoozed_until=rush.city.now)
    found = foretold(troubled(rush, *some[:-2], over, asleep), draws=2)

    assert list(found.offers) == [over.id, some[2].id, some[1].id]
    assert asked == [3 * MOST_INCIDENTS]


def test_levers_that_two_incidents_share_are_run_once(rush: Watch, asked: list[int]) -> None:
    now = rush.city.now or 0
    found = foretold(
        troubled(rush, *(Incident(c, "city", now, (), 1, 1) for c in (Cause.WEATHER, Cause.DECLINES))), draws=2
    )

    assert len(found.offers) == 2
    assert asked == [3]


def test_a_round_is_begun_every_two_minutes_and_takes_half_of_the_time_at_most() -> None:
    assert [pause(took) for took in (0, 30, 60, 97)] == [120, 90, 60, 97]
