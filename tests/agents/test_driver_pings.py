"""driver-pings → driver-positions, live positions; each tick goes on with the positions since the last. Its memory stays."""

import msgspec
import pytest

from models import codec
from models.commands import Command, Frame, Ping, Tick, TickAsked
from models.decide import FURTHEST_AHEAD_MS
from models.driver import Ignored
from models.events import Position
from models.geo import Point
from models.ids import CityId, DriverId
from models.topics import CITY_COMMANDS, DRIVER_POSITIONS
from models.views import Key
from pipelines import metrics
from pipelines.agents.driver_pings import AGENT
from pipelines.ports import Fenced, StoreAway
from tests.agents.little_day import LittleDay
from tests.agents.stage import Killed, Stage, Weather, cut, strikes
from tests.unit.models.builders import CENTRE, CITY, D1, D2, DOOR, HOUR, T0, minute, ping, position, rules

CLOSED = CityId("closed")


def stage_of(city: CityId = CITY, weather: Weather | None = None, stores: Stage | None = None) -> Stage:
    """The agent where this city is open."""
    stage = Stage(AGENT, weather, stores)
    stage.log.tables["cities"][city,] = {"city_id": city, "rules": msgspec.to_builtins(rules()), "opened_at": T0}
    return stage


def frame(*pings: Ping, city: CityId = CITY) -> Frame:
    return Frame(city, pings)


def tick(n: float, city: CityId = CITY) -> TickAsked:
    return TickAsked(city, minute(n))


def ticks(stage: Stage) -> list[Tick]:
    sent = [codec.decode(CITY_COMMANDS.name, raw, codec.HEADERS).message for raw in stage.published(CITY_COMMANDS)]
    assert all(isinstance(command, Command) for command in sent)
    return [command.body for command in sent]  # type: ignore[union-attr, misc]


def live(stage: Stage) -> dict[str, Position]:
    fields = stage.live.hashes.get((CITY, Key.POSITIONS), {})
    return {driver: msgspec.json.decode(raw, type=Position) for driver, raw in fields.items()}


def pings_of(fate: str) -> float:
    return metrics.PINGS.labels(fate)._value.get()


async def test_an_accepted_ping_is_told_and_shown() -> None:
    stage = stage_of()
    await stage.take(frame(ping(minute(0.5), DOOR)))
    (told,) = stage.published(DRIVER_POSITIONS)

    assert live(stage) == {D1: position(D1, minute(0.5), DOOR)}
    assert codec.decode(DRIVER_POSITIONS.name, told, codec.HEADERS).message.positions == (*live(stage).values(),)  # type: ignore[union-attr]


async def test_a_tick_goes_on_with_the_newest_position_of_each_driver_since_the_last() -> None:
    stage = stage_of()
    await stage.take(frame(ping(minute(0.5), CENTRE), ping(minute(0.7), CENTRE, D2), ping(minute(0.9), DOOR)), tick(1))
    await stage.take(frame(ping(minute(1.5), CENTRE)), tick(2))

    assert ticks(stage) == [
        Tick(minute(1), (position(D1, minute(0.9), DOOR), position(D2, minute(0.7), CENTRE))),
        Tick(minute(2), (position(D1, minute(1.5), CENTRE),)),
    ]


async def test_a_ping_from_after_the_tick_waits_for_the_next_one() -> None:
    stage = stage_of()
    await stage.take(frame(ping(minute(1.5), CENTRE)), tick(1), tick(2))

    assert [len(one.positions) for one in ticks(stage)] == [0, 1]


async def test_positions_reach_redis_before_the_tick_goes_on_and_its_time_only_after_the_ack() -> None:
    """Killed at any place between, nothing is skipped: what a tick says must outlive this process."""
    stage = stage_of()
    await stage.take(tick(1))
    stage.weather.calls.clear()
    await stage.take(frame(ping(minute(1.5), CENTRE)), tick(2))

    assert stage.weather.calls == ["send", "put", "send", "put"]
    assert [topic for topic, _ in stage.sent[-2:]] == [DRIVER_POSITIONS.name, CITY_COMMANDS.name]


@pytest.mark.parametrize("after", [False, True])
async def test_killed_at_the_ack_of_a_tick_the_next_worker_sends_the_same(after: bool) -> None:
    calm, struck = stage_of(), stage_of(weather=Weather(7, Killed, after))
    stream = [codec.encode(one) for one in (frame(ping(minute(0.5), CENTRE)), tick(1))]
    await calm.through([stream])
    await struck.through([stream])

    assert struck.weather.calls[6] == "send"
    assert set(struck.published(CITY_COMMANDS)) == set(calm.published(CITY_COMMANDS))


async def test_a_tick_that_comes_again_goes_on_again() -> None:
    """The feeder repeats a tick whose turn it misses; the log knows its id."""
    stage = stage_of()
    await stage.take(frame(ping(minute(0.5), CENTRE)), tick(1))
    await stage.take(tick(1))

    assert [one.t for one in ticks(stage)] == [minute(1), minute(1)]
    assert len(stage.commands()) == 1


async def test_the_tick_s_time_is_kept_though_redis_was_away_just_then() -> None:
    """Else a restart says the positions of the last interval once more: another log than without the outage."""
    stage = stage_of()
    await stage.take(tick(1))
    stage.weather.at, stage.weather.error = len(stage.weather.calls) + 2, StoreAway
    await stage.take(tick(2))

    assert stage.weather.calls[-3] == "put"
    assert stage.live.hashes[CITY, Key.TICKED] == {"t": str(minute(2)).encode()}


async def test_what_redis_has_not_acknowledged_is_written_when_it_is_back() -> None:
    stage = stage_of(weather=Weather(6))
    await stage.take(frame(ping(minute(0.5), CENTRE)))

    assert stage.weather.calls[5] == "put"
    assert list(live(stage)) == [D1]


async def test_a_redis_that_comes_back_empty_costs_no_tick_its_positions() -> None:
    """The memory survives the error: what was acknowledged once and lost is known here still."""
    stage = stage_of()
    await stage.take(frame(ping(minute(0.5), CENTRE)))
    stage.live.hashes.clear()
    stage.weather.at = len(stage.weather.calls) + 2
    await stage.take(frame(ping(minute(0.6), CENTRE, D2)), tick(1))

    assert [p.driver for p in ticks(stage)[0].positions] == [D1, D2]


async def test_a_new_worker_goes_on_from_the_positions_in_redis() -> None:
    stage = stage_of()
    await stage.take(frame(ping(minute(0.5), CENTRE)), tick(1), frame(ping(minute(1.2), DOOR)))
    stage.start()
    await stage.take(frame(ping(minute(1.1), CENTRE), ping(minute(1.3), CENTRE, D2)), tick(2))

    assert [(p.driver, p.at) for p in ticks(stage)[-1].positions] == [(D1, minute(1.2)), (D2, minute(1.3))]


BAD = {
    Ignored.LATE: ping(minute(0.4), DOOR),
    Ignored.TELEPORT: ping(minute(0.5) + 1000, Point(5_000.0, 0.0)),
    Ignored.AHEAD: ping(minute(2) + HOUR, DOOR),
    Ignored.OFF_MAP: ping(minute(0.6), Point(100_001.0, 0.0)),
}


def test_every_reason_not_to_believe_a_ping_is_tried_here() -> None:
    assert BAD.keys() == set(Ignored)


@pytest.mark.parametrize(("fate", "bad"), BAD.items())
async def test_a_ping_that_is_not_believed_moves_nobody_and_is_counted(fate: str, bad: Ping) -> None:
    stage, before = stage_of(), pings_of(fate)
    await stage.take(tick(0), frame(ping(minute(0.5), CENTRE)))
    await stage.take(frame(bad))

    assert live(stage)[D1].point == CENTRE
    assert pings_of(fate) - before == 1


async def test_accepted_pings_are_counted_once_though_redis_was_away() -> None:
    before, stage = pings_of("accepted"), stage_of(weather=Weather(6))
    await stage.take(frame(ping(minute(0.5), CENTRE), ping(minute(0.5), CENTRE, D2)))

    assert pings_of("accepted") - before == 2


async def test_a_tick_of_an_unknown_city_goes_on_to_be_refused_and_its_pings_are_counted() -> None:
    stage, before = stage_of(), pings_of("unknown_city")
    lost = frame(*(ping(minute(n), CENTRE, D2) for n in range(5)), city=CLOSED)
    await stage.take(lost, tick(1, CLOSED))

    assert [(one.t, one.positions) for one in ticks(stage)] == [(minute(1), ())]
    assert pings_of("unknown_city") - before == 5


async def test_before_the_first_tick_a_ping_is_held_to_the_time_at_which_the_city_opened() -> None:
    """A phone of 2096 would be the newest for ever: no later ping of its driver could be."""
    stage = stage_of()
    await stage.take(frame(ping(T0 + 600_000 * HOUR, DOOR), ping(minute(0.5), CENTRE)), tick(1))

    assert ticks(stage) == [Tick(minute(1), (position(D1, minute(0.5), CENTRE),))]


async def test_an_absurd_tick_goes_on_to_be_refused_and_the_next_one_is_as_if_it_had_not_been() -> None:
    stage, absurd = stage_of(), T0 + FURTHEST_AHEAD_MS + 1
    await stage.take(frame(ping(minute(0.5), DOOR)), TickAsked(CITY, absurd), tick(1))

    assert ticks(stage) == [Tick(absurd, ()), Tick(minute(1), (position(D1, minute(0.5), DOOR),))]


async def test_pings_from_before_the_city_opened_are_not_kept_for_it() -> None:
    stage = stage_of(CLOSED)
    await stage.take(frame(ping(minute(0.5), CENTRE)))
    stage.log.tables["cities"][CITY,] = {"city_id": CITY, "rules": msgspec.to_builtins(rules()), "opened_at": T0}
    await stage.take(tick(1))

    assert ticks(stage) == [Tick(minute(1), ())]


async def test_cities_do_not_see_one_another_s_drivers() -> None:
    stage = stage_of()
    stage_of(CLOSED, stores=stage)
    await stage.take(frame(ping(minute(0.5), CENTRE)), tick(1, CLOSED), tick(1))

    assert sorted(len(one.positions) for one in ticks(stage)) == [0, 1]
    assert DriverId(D1) in live(stage)


async def test_a_worker_that_was_replaced_shows_nothing_more() -> None:
    first = stage_of()
    await first.take(frame(ping(minute(0.5), CENTRE)))
    await stage_of(stores=first).take(frame(ping(minute(0.9), DOOR)))
    with pytest.raises(Fenced):
        await first.take(frame(ping(minute(1.2), CENTRE)))

    assert live(first)[D1].point == DOOR


async def test_a_first_load_that_met_no_redis_takes_the_city_once() -> None:
    """Each raise fences somebody off: a worker that only waits for Redis must not do it again and again."""
    stage = stage_of(weather=Weather(3))
    await stage.take(frame(ping(minute(0.5), CENTRE)))

    assert stage.weather.calls[2] == "fields"
    assert stage.log.progress[AGENT.name, CITY] == (1, 0)


async def test_who_lost_its_partitions_loads_and_takes_the_city_anew() -> None:
    stage = stage_of()
    await stage.take(frame(ping(minute(0.5), CENTRE)))
    stage.guard.revoke()
    await stage.take(frame(ping(minute(0.6), DOOR)))

    assert stage.log.progress[AGENT.name, CITY] == (2, 0)


async def test_whatever_call_is_struck_ticks_and_views_are_those_of_a_calm_day(little_day: LittleDay) -> None:
    stream = little_day.pings[:60]
    calm = stage_of(little_day.city)
    await calm.through(cut(stream, 7))
    assert len(calm.commands()) > 20
    for weather in strikes(len(calm.weather.calls)):
        struck = stage_of(little_day.city, weather)
        await struck.through(cut(stream, 7))

        where = f"{weather.calls[weather.at - 1]} ({weather.at}), {weather.error.__name__}, after: {weather.after}"
        assert struck.commands() == calm.commands(), where
        assert struck.shown() == calm.shown(), where
