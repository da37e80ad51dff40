"""city-commands → the log, its rows, city-events, the live views: decided once, stored before told, told before shown."""

from pathlib import Path
from signal import SIGCONT
from typing import Any

import msgspec
import pytest

from models import codec
from models.commands import AcceptOrder, AddRestaurant, CancelOrder, EndShift, MarkReady, OpenCity, Tick
from models.events import CommandRejected, Fact, OrderAccepted, OrderPlaced, Ticked
from models.topics import CITY_COMMANDS, CITY_EVENTS
from models.views import Key, OrderView
from pipelines import failpoints
from pipelines.agents.city_commands import AGENT
from pipelines.ports import Fenced
from tests.agents.little_day import LittleDay
from tests.agents.stage import Stage, Weather, asked, cut, strikes
from tests.unit.models.builders import CENTRE, CITY, D1, D2, O1, O2, R1, minute, placed, position, rules, shift

OPENING = (asked("open", OpenCity(rules())), asked("add", AddRestaurant(R1, "Roma", CENTRE)), asked("on", shift()))
ACCEPT = asked("accept", AcceptOrder(O1))
HANDLED = ["told", "fence", "commit", "send", "put"]


async def opened(*more: Any) -> Stage:
    """A city with a restaurant, a driver and an order that waits for its kitchen; its worker has loaded it."""
    stage = Stage(AGENT)
    await stage.take(*OPENING, asked("place", placed()), *more)
    stage.weather.calls.clear()
    return stage


def said(stage: Stage) -> list[type]:
    return [type(fact.body) for fact in logged(stage)]


def logged(stage: Stage) -> list[Fact]:
    return [codec.decode_fact(raw) for raw in stage.log.raw[CITY]]


def status(stage: Stage) -> str:
    return msgspec.json.decode(stage.live.hashes[CITY, Key.ORDERS][O1], type=OrderView).status


async def test_a_known_command_is_told_again_byte_for_byte_and_not_decided_anew() -> None:
    stage = await opened()
    await stage.take(ACCEPT)
    told, log = stage.published(CITY_EVENTS)[-1], list(stage.log.raw[CITY])
    await stage.take(ACCEPT)

    assert stage.published(CITY_EVENTS)[-2:] == [told, told]
    assert stage.log.raw[CITY] == log


async def test_a_refused_command_stays_refused_though_it_would_be_legal_now() -> None:
    stage = await opened()
    too_early = asked("ready", MarkReady(O1))
    await stage.take(too_early)
    await stage.take(ACCEPT)
    await stage.take(too_early)

    assert said(stage)[-2:] == [CommandRejected, OrderAccepted]
    assert [type(f.body) for f in map(codec.decode_fact, stage.published(CITY_EVENTS)[-1:])] == [CommandRejected]


async def test_the_same_command_twice_in_one_batch_is_decided_once() -> None:
    stage = await opened()
    await stage.take(ACCEPT, ACCEPT)

    assert said(stage).count(OrderAccepted) == 1
    assert CommandRejected not in said(stage)


async def test_a_known_command_between_new_ones_tells_its_own_facts_only() -> None:
    stage = await opened(ACCEPT)
    already = len(stage.sent)
    await stage.take(ACCEPT, asked("second", placed(O2)))

    assert [type(codec.decode_fact(raw).body) for _, raw in stage.sent[already:]] == [OrderAccepted, OrderPlaced]


async def test_many_commands_redelivered_at_once_cost_one_read_of_their_facts() -> None:
    stage = await opened()
    stage.weather.calls.clear()
    await stage.take(*OPENING, asked("place", placed()))

    assert stage.weather.calls == ["told", "stored", "send"]


async def test_it_is_stored_before_it_is_told_and_told_before_it_is_shown() -> None:
    """Else a follower knows what the log does not, or a screen what nobody was told."""
    stage = await opened()
    await stage.take(ACCEPT)

    assert stage.weather.calls == HANDLED
    assert status(stage) == "preparing"


async def test_a_refusal_is_a_fact_that_answers_whoever_asked() -> None:
    stage = await opened()
    await stage.take(asked("early", MarkReady(O1)))

    assert logged(stage)[-1].body == CommandRejected("MarkReady", "illegal move", "pending")
    assert stage.facts()[-1] == logged(stage)[-1]


async def test_a_city_nobody_opened_refuses_by_rule() -> None:
    stage = Stage(AGENT)
    await stage.take(ACCEPT)

    assert [fact.body for fact in stage.facts()] == [CommandRejected("AcceptOrder", "unknown city", "")]
    assert stage.live.hashes.get((CITY, Key.ORDERS), {}) == {}


async def test_a_tick_drops_the_positions_of_unknown_drivers() -> None:
    stage = await opened()
    ours, theirs = position(D1, minute(1), CENTRE), position(D2, minute(1), CENTRE)
    await stage.take(asked("tick", Tick(minute(1), (ours, theirs)), minute(1)))

    assert logged(stage)[-1].body == Ticked(minute(1), (ours,))


async def test_available_drivers_are_shown_as_the_tick_found_them_wherever_the_batch_is_cut() -> None:
    tick, off = asked("tick", Tick(minute(1), ()), minute(1)), asked("off", EndShift(D1), minute(1))
    together, apart = await opened(), await opened()
    await together.take(tick, off)
    await apart.take(tick)
    await apart.take(off)

    assert together.live.available == apart.live.available
    assert [who for _, _, who in apart.live.available[CITY]] == [D1]


async def test_whatever_call_is_struck_the_city_comes_out_as_if_nothing_had_been(little_day: LittleDay) -> None:
    """Store away or process killed, before or after the effect: log, rows, folds, views and facts are those of a calm day."""
    stream = _until_tick(little_day, 70)
    calm = Stage(AGENT)
    await calm.through(cut(stream, 6))
    for weather in strikes(len(calm.weather.calls)):
        struck = Stage(AGENT, weather)
        await struck.through(cut(stream, 6))

        where = f"{weather.calls[weather.at - 1]} ({weather.at}), {weather.error.__name__}, after: {weather.after}"
        assert (struck.stored(), struck.shown()) == (calm.stored(), calm.shown()), where
        assert struck.facts() == calm.facts(), where


async def test_a_commit_whose_answer_was_lost_is_found_and_told() -> None:
    stage = await opened()
    weather = stage.weather
    weather.at, weather.after = 1 + HANDLED.index("commit"), True
    await stage.take(ACCEPT)

    assert said(stage).count(OrderAccepted) == 1
    assert (stage.facts()[-1], status(stage)) == (logged(stage)[-1], "preparing")


async def test_what_was_stored_and_not_shown_is_shown_by_the_next_load() -> None:
    """Killed between commit and Redis, a view stayed wrong all day: the next worker's first command heals it."""
    stage = await opened()
    await stage.take(asked("tick", Tick(minute(1), ()), minute(1)))
    shown = stage.shown()["views"][CITY, Key.ORDERS].copy()
    stage.live.hashes[CITY, Key.ORDERS] |= {"stray": b"{}"}
    del stage.live.hashes[CITY, Key.ORDERS][O1]
    stage.start()
    await stage.take(asked("else", AcceptOrder(O2)))

    assert stage.shown()["views"][CITY, Key.ORDERS] == shown


async def test_a_flushed_redis_is_filled_from_the_log_with_every_delta(little_day: LittleDay) -> None:
    stage = Stage(AGENT)
    await stage.through(cut(little_day.commands, 25))
    before = dict(stage.shown())
    stage.flush()
    await stage.take(little_day.commands[-1])

    assert stage.shown() == before


async def test_a_worker_that_was_replaced_stores_and_tells_nothing_more() -> None:
    stage = await opened()
    other = Stage(AGENT, stores=stage)
    await other.take(ACCEPT)
    log, told = list(stage.log.raw[CITY]), list(stage.sent)
    with pytest.raises(Fenced):
        await stage.take(asked("cancel", CancelOrder(O1, "customer")))

    assert (stage.log.raw[CITY], stage.sent) == (log, told)


async def test_only_the_first_load_takes_the_city_a_reload_is_still_the_same_holder() -> None:
    stage = await opened()
    weather = stage.weather
    weather.at = 1
    await stage.take(ACCEPT)

    assert stage.log.progress[AGENT.name, CITY][0] == 1


async def test_alone_it_makes_of_a_day_what_one_process_made_of_it(little_day: LittleDay) -> None:
    stage = Stage(AGENT)
    await stage.through(cut(little_day.commands, 40))

    assert stage.log.raw[little_day.city] == little_day.facts
    assert stage.shown()["deltas"] == little_day.pipeline.live.deltas


def _until_tick(day: LittleDay, at_least: int) -> list[bytes]:
    """The day's first commands, up to and with a tick."""
    ticks = [n for n, raw in enumerate(day.commands) if isinstance(_body(raw), Tick)]
    return day.commands[: next(n for n in ticks if n >= at_least) + 1]


def _body(raw: bytes) -> Any:
    return codec.decode(CITY_COMMANDS.name, raw, {"schema": b"1"}).message.body  # type: ignore[union-attr]


async def test_a_batch_that_is_to_be_struck_in_its_middle_is_published_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failpoints, "STRIKE", failpoints.Strike("after_first_fact", 1, tmp_path / "hit", SIGCONT))
    stage = await opened()
    await stage.take(ACCEPT, asked("second", placed(O2)))

    assert (tmp_path / "hit").exists()
    assert stage.published(CITY_EVENTS) == stage.log.raw[CITY]


def test_a_struck_call_is_struck_once() -> None:
    weather = Weather(1)
    with pytest.raises(weather.error), weather.over("anything"):
        raise AssertionError("nobody comes here")
    with weather.over("anything"):
        pass

    assert len(weather.calls) == 2
