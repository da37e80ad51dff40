"""city-events → one turn a tick → city-commands. It has no table: whatever it forgets it reads in the log again."""

from collections.abc import Iterator

from models import codec
from models.changes import Desk
from models.commands import DispatchTurn, EndShift, HoldOrder
from models.events import Fact, Ticked
from models.topics import CITY_COMMANDS
from pipelines.agents.dispatch import AGENT
from pipelines.cities import WRITER, checkpoint_of
from tests.agents.little_day import LittleDay
from tests.agents.stage import Stage, strikes
from tests.unit.models.builders import CENTRE, CITY, D1, D2, O1, O2, Town, minute, opened_town, placed, refold, shift


def waiting_town() -> Town:
    """One driver is free, one order waits, and nobody has said what time it is."""
    return opened_town().do(shift(), placed())


async def hears(stage: Stage, town: Town) -> None:
    """What the town's log has more than the stage's, stored and published."""
    await stage.take(*stores(stage, town))


def stores(stage: Stage, town: Town) -> list[Fact]:
    known = stage.log.raw.setdefault(CITY, [])
    news = town.log[len(known) :]
    known += map(codec.encode, news)
    return news


def turns(stage: Stage) -> list[DispatchTurn]:
    sent = [codec.decode(CITY_COMMANDS.name, raw, codec.HEADERS).message for raw in stage.published(CITY_COMMANDS)]
    return [command.body for command in sent]  # type: ignore[union-attr, misc]


async def test_a_tick_is_answered_by_one_turn_whose_id_is_made_of_its_time() -> None:
    stage = Stage(AGENT)
    await hears(stage, waiting_town().tick(1))

    assert list(stage.commands()) == [f"turn:{minute(1)}"]
    assert [(a.driver, a.orders) for a in turns(stage)[0].assignments] == [(D1, (O1,))]


async def test_no_other_fact_is_acted_on() -> None:
    stage = Stage(AGENT)
    await hears(stage, waiting_town())

    assert stage.sent == []


async def test_waiting_ticks_are_acted_on_once_for_the_newest() -> None:
    stage, town = Stage(AGENT), waiting_town()
    await hears(stage, town)
    await hears(stage, town.tick(1).tick(2).tick(3))

    assert [turn.t for turn in turns(stage)] == [minute(3)]


async def test_a_tick_that_the_log_has_answered_is_left_alone() -> None:
    stage, town = Stage(AGENT), waiting_town()
    await hears(stage, town)
    await hears(stage, town.assign(D1, O1))

    assert stage.sent == []


async def test_an_offer_that_ran_out_at_a_tick_is_given_to_another_driver_in_the_turn_of_that_tick() -> None:
    """The turn is taken where `Ticked` is met: what the same command says must stand before it."""
    stage, town = Stage(AGENT), opened_town(offer_seconds=60).do(shift(), placed()).assign(D1, O1).do(shift(D2))
    await hears(stage, town)
    await hears(stage, town.tick(2))

    assert [[(a.driver, a.orders) for a in turn.assignments] for turn in turns(stage)] == [[(D2, (O1,))]]


async def test_a_hold_that_ends_at_a_tick_is_over_in_the_turn_of_that_tick() -> None:
    stage, town = Stage(AGENT), waiting_town().do(HoldOrder(O1, minute(2)))
    await hears(stage, town)
    await hears(stage, town.tick(1))
    await hears(stage, town.tick(2))

    assert [[a.orders for a in turn.assignments] for turn in turns(stage)] == [[], [(O1,)]]


async def test_the_next_tick_is_answered_though_the_last_turn_is_open_still() -> None:
    """It waits for nothing: a turn that is lost must not stop a city."""
    stage, town = Stage(AGENT), waiting_town()
    await hears(stage, town.tick(1))
    await hears(stage, town.tick(2))

    assert [turn.t for turn in turns(stage)] == [minute(1), minute(2)]


async def test_a_repeated_tick_whose_turn_is_open_is_answered_with_the_same_bytes() -> None:
    """The city has gone on since: another answer under the same id would be another truth."""
    stage, town = Stage(AGENT), waiting_town().tick(1)
    tick = town.log[-1]
    await hears(stage, town)
    await hears(stage, town.do(EndShift(D1), placed(O2), shift(D2)))
    await stage.take(tick)
    first, again = stage.published(CITY_COMMANDS)

    assert again == first


async def test_a_repeated_tick_whose_turn_is_closed_is_not_answered() -> None:
    stage, town = Stage(AGENT), waiting_town()
    await hears(stage, town.tick(1))
    await hears(stage, town.assign(D1, O1))
    sent = len(stage.sent)
    await stage.take(*(fact for fact in town.log if isinstance(fact.body, Ticked)))

    assert len(stage.sent) == sent


async def test_a_new_worker_takes_the_open_turn_at_its_tick_and_not_at_the_log_s_end() -> None:
    first, second, town = Stage(AGENT), Stage(AGENT), waiting_town().tick(1)
    await hears(first, town)
    await hears(second, town.do(placed(O2), shift(D2, CENTRE)))

    assert second.sent == first.sent


async def test_it_takes_an_open_turn_also_from_a_checkpoint() -> None:
    """A checkpoint is taken at a tick: the tick itself is not read again, and its turn may be open still."""
    first, second, town = Stage(AGENT), Stage(AGENT), waiting_town().tick(1)
    await hears(first, town)
    second.log.checkpoints[WRITER, CITY] = [checkpoint_of(Desk(refold(town.log)))]
    await hears(second, town.do(placed(O2), shift(D2, CENTRE)))

    assert second.sent == first.sent


async def test_from_a_checkpoint_whose_turn_was_taken_it_only_folds_on() -> None:
    stage, town = Stage(AGENT), waiting_town().tick(1)
    stage.log.checkpoints[WRITER, CITY] = [checkpoint_of(Desk(refold(town.log)))]
    await hears(stage, town.do(DispatchTurn(minute(1), ())))

    assert stage.sent == []


async def test_from_a_checkpoint_with_a_newer_tick_only_the_newer_is_answered() -> None:
    stage, town = Stage(AGENT), waiting_town().tick(1)
    stage.log.checkpoints[WRITER, CITY] = [checkpoint_of(Desk(refold(town.log)))]
    await hears(stage, town.tick(2))

    assert [turn.t for turn in turns(stage)] == [minute(2)]


async def test_a_gap_is_filled_from_the_log_before_a_turn_is_taken() -> None:
    stage, town = Stage(AGENT), opened_town()
    await hears(stage, town)
    stores(stage, town.do(shift(), placed()))
    await hears(stage, town.tick(1))

    assert [len(turn.assignments) for turn in turns(stage)] == [1]


async def test_who_lost_its_partitions_reads_the_city_anew() -> None:
    stage, town = Stage(AGENT), waiting_town().tick(1)
    await hears(stage, town)
    stage.guard.revoke()
    await hears(stage, town.do(placed(O2)))

    assert stage.sent[0] == stage.sent[1], "the turn is open still: the same answer, made anew"


async def test_whatever_call_is_struck_every_tick_gets_the_answer_of_a_calm_day(little_day: LittleDay) -> None:
    calm = await _lockstep(Stage(AGENT), little_day)
    assert len(calm.commands()) > 20
    for weather in strikes(len(calm.weather.calls)):
        struck = await _lockstep(Stage(AGENT, weather), little_day)

        assert struck.commands() == calm.commands(), (weather.calls[weather.at - 1], weather.error, weather.after)


async def _lockstep(stage: Stage, day: LittleDay) -> Stage:
    """Fact by fact as they are stored, a batch up to each tick, for the first hundred facts."""
    log = stage.log.raw.setdefault(day.city, [])
    for batch in _up_to_ticks(day.facts[:100]):
        log += batch
        await stage.through([batch])
    return stage


def _up_to_ticks(facts: list[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for raw in facts:
        batch.append(raw)
        if isinstance(codec.decode_fact(raw).body, Ticked):
            yield batch
            batch = []
