"""city-events → what is made of them. What ETAs and KPIs share: a fact counts once, whatever was killed or came twice."""

import pytest

from pipelines import metrics
from pipelines.agents import alerts, city_kpis, order_etas
from pipelines.ports import Agent, Fenced
from tests.agents.little_day import OPENS, LittleDay
from tests.agents.stage import Stage, cut, strikes
from tests.unit.models.builders import MINUTE

FOLLOWERS = pytest.mark.parametrize(
    "agent", [order_etas.AGENT, city_kpis.AGENT, alerts.AGENT], ids=lambda agent: agent.name
)
TABLE = {order_etas.AGENT: ("eta_predictions", 50), city_kpis.AGENT: ("kpi_minutes", 50), alerts.AGENT: ("alerts", 3)}


def stage_of(agent: Agent, day: LittleDay, stores: Stage | None = None) -> Stage:
    """The agent beside the day's whole log."""
    stage = Stage(agent, stores=stores)
    stage.log.raw[day.city] = list(day.facts)
    return stage


@FOLLOWERS
async def test_it_makes_of_a_day_what_one_process_made_of_it(agent: Agent, little_day: LittleDay) -> None:
    stage, (table, least) = stage_of(agent, little_day), TABLE[agent]
    await stage.through(cut(little_day.facts, 30))

    assert stage.log.tables[table] == little_day.pipeline.log.tables[table]
    assert len(stage.log.tables[table]) >= least


@FOLLOWERS
async def test_its_fold_is_kept_every_five_minutes_of_event_time(agent: Agent, little_day: LittleDay) -> None:
    """A load from the day's beginning would take longer with every hour."""
    stage = stage_of(agent, little_day)
    await stage.through(cut(little_day.facts, 30))
    (kept,) = stage.log.checkpoints.values()
    facts = {fact.seq: fact for fact in little_day.log}

    assert len(kept) == 25
    assert {(facts[one.seq].at - OPENS) % (5 * MINUTE) for one in kept} == {0}


@FOLLOWERS
async def test_facts_that_come_again_count_once(agent: Agent, little_day: LittleDay) -> None:
    once, again = stage_of(agent, little_day), stage_of(agent, little_day)
    for batch in cut(little_day.facts, 30):
        await once.take(*batch)
        await again.take(*batch)
        await again.take(*batch[:7])
        await again.take(*batch)

    assert (again.stored(), again.shown()) == (once.stored(), once.shown())


@FOLLOWERS
async def test_a_repeated_fact_is_only_counted_as_stale(agent: Agent, little_day: LittleDay) -> None:
    stage, stale = stage_of(agent, little_day), metrics.STALE_FACTS.labels(agent.name)
    await stage.take(*little_day.facts[:40])
    stage.weather.calls.clear()
    before = stale._value.get()
    await stage.take(*little_day.facts[:40])

    assert stale._value.get() - before == 40
    assert stage.weather.calls == [], "what is known costs no store a call"


@FOLLOWERS
async def test_a_gap_is_filled_from_the_log(agent: Agent, little_day: LittleDay) -> None:
    whole, gaps = stage_of(agent, little_day), stage_of(agent, little_day)
    await whole.through(cut(little_day.facts, 10))
    await gaps.through(cut(little_day.facts, 10)[::3])
    await gaps.take(little_day.facts[-1])

    assert (gaps.stored(), gaps.shown()) == (whole.stored(), whole.shown())


@FOLLOWERS
async def test_whatever_call_is_struck_it_comes_out_as_if_nothing_had_been(agent: Agent, little_day: LittleDay) -> None:
    facts = little_day.facts[:120]
    calm = stage_of(agent, little_day)
    await calm.through(cut(facts, 20))
    for weather in strikes(len(calm.weather.calls)):
        struck = Stage(agent, weather)
        struck.log.raw[little_day.city] = list(little_day.facts)
        await struck.through(cut(facts, 20))

        where = f"{weather.calls[weather.at - 1]} ({weather.at}), {weather.error.__name__}, after: {weather.after}"
        assert (struck.stored(), struck.shown()) == (calm.stored(), calm.shown()), where


@FOLLOWERS
async def test_a_load_fills_a_flushed_redis_and_clears_what_is_not_there_any_more(
    agent: Agent, little_day: LittleDay
) -> None:
    stage = stage_of(agent, little_day)
    await stage.through(cut(little_day.facts[:100], 50))
    shown = {key: dict(fields) for key, fields in stage.live.hashes.items()}
    for name in shown:
        stage.live.hashes[name] = {"stray": b"{}"}
    stage.start()
    await stage.take(little_day.facts[99])

    assert stage.live.hashes == shown


@FOLLOWERS
async def test_a_worker_that_was_replaced_stores_nothing_more(agent: Agent, little_day: LittleDay) -> None:
    first = stage_of(agent, little_day)
    await first.take(*little_day.facts[:50])
    await stage_of(agent, little_day, stores=first).take(*little_day.facts[50:60])
    rows = dict(first.log.tables[TABLE[agent][0]])
    with pytest.raises(Fenced):
        await first.take(*little_day.facts[50:100])

    assert first.log.tables[TABLE[agent][0]] == rows


@FOLLOWERS
async def test_it_publishes_nothing(agent: Agent, little_day: LittleDay) -> None:
    stage = stage_of(agent, little_day)
    await stage.take(*little_day.facts[:50])

    assert stage.sent == []
