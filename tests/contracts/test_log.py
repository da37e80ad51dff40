"""What two workers, many cities and odd words come to in a log, in Postgres and in memory."""

import asyncio
from typing import Any

import msgspec
import psycopg
import pytest

from models import codec
from models.events import Fact, Ticked
from models.ids import CityId, CommandId
from models.letters import DeadLetter
from pipelines.adapters.entries import CHECKPOINTS_KEPT
from pipelines.adapters.memory import MemoryLog
from pipelines.adapters.postgres_log import Postgres, PostgresLog
from pipelines.ports import Checkpoint, Fenced, Holding, Log, Outcome, Span
from tests.contracts.morning import AGENT, ODD, driver, driver_position, facts, hold, outcomes, stored, write
from tests.unit.models.builders import T0, minute

AnyLog = MemoryLog | PostgresLog
"""The port, and what `reconcile` asks besides."""


def other(city: CityId) -> CityId:
    return CityId(f"{city}-2")


def ticks(city: CityId, count: int, every_minutes: int) -> list[Fact]:
    times = [minute(n * every_minutes) for n in range(1, count + 1)]
    return [Fact(city, seq, CommandId(f"tick:{t}"), t, Ticked(t, ())) for seq, t in enumerate(times, start=1)]


async def test_a_city_that_nobody_held_begins_at_nothing(log: Log, city: CityId) -> None:
    assert await log.begin(AGENT, city, None) == Holding(AGENT, city, 1, 0)
    assert await log.facts(city, 1) == []


async def test_a_city_that_was_never_held_is_nobody_s(log: Log, city: CityId) -> None:
    with pytest.raises(Fenced):
        await log.begin(AGENT, city, 1)
    with pytest.raises(Fenced):
        async with log.unit_of_work(Holding(AGENT, city, 1, 0)):
            """The fence is asked before."""

    assert await log.begin(AGENT, city, None) == Holding(AGENT, city, 1, 0)


async def test_the_next_worker_begins_where_the_last_one_stopped(log: Log, another: Log, city: CityId) -> None:
    made = await stored(log, city)

    assert await another.begin(AGENT, city, None) == Holding(AGENT, city, 2, len(made))
    with pytest.raises(Fenced):
        await log.begin(AGENT, city, 1)


async def test_who_takes_a_city_from_an_open_transaction_sees_what_it_stored_or_it_stores_nothing(
    log: Log, another: Log, city: CityId
) -> None:
    """Else two workers go on from the same fact: one log, two truths."""
    made = facts(city)
    held = await hold(log, city, seq=len(made))
    try:
        async with log.unit_of_work(held) as work:
            taking = asyncio.create_task(another.begin(AGENT, city, None))
            await asyncio.sleep(0)
            await work.append(made, outcomes(made))
    except Fenced:
        """The second was quicker."""
    taken = await taking

    assert taken.epoch == held.epoch + 1
    assert len(await log.facts(city, 1)) == taken.seq
    assert await another.begin(AGENT, city, taken.epoch) == taken


async def test_facts_of_many_days_come_back_in_order_and_byte_for_byte(log: Log, city: CityId) -> None:
    """Each day is a partition of its own."""
    made = ticks(city, 12, every_minutes=600)
    async with log.unit_of_work(await hold(log, city, seq=12)) as work:
        await work.append(made, [])

    assert await log.facts(city, 1) == made
    assert await log.facts(city, 4, 6) == made[3:6]
    assert await log.facts(city, 13) == []
    assert await log.stored(city, [Span(1, 12)]) == [codec.encode(fact) for fact in made]


async def test_what_came_of_each_command_is_recalled(log: Log, city: CityId) -> None:
    made = await stored(log, city)
    done, refused = made[0], made[-1]
    rows = {row["command_id"]: row for row in await log.recall(city, "commands")}

    assert rows.keys() == {fact.command_id for fact in made}
    assert (rows[done.command_id]["reason"], rows[refused.command_id]["reason"]) == (None, "unknown order")
    assert (rows[done.command_id]["first_seq"], rows[done.command_id]["issued_at"]) == (1, T0)


async def test_the_log_itself_is_recalled_as_it_was_written(log: Log, city: CityId) -> None:
    made = await stored(log, city)
    rows = await log.recall(city, "city_events")

    assert [codec.decode_fact(row["fact"]) for row in rows] == made
    assert [(row["seq"], row["kind"], row["at"]) for row in rows] == [
        (f.seq, type(f.body).__name__, f.at) for f in made
    ]


async def test_cities_do_not_see_one_another(log: Log, city: CityId) -> None:
    made = await stored(log, city)
    await write(log, other(city), {"drivers": [driver(other(city), name="Eve")]})
    known = [made[0].command_id]

    assert await log.facts(other(city), 1) == []
    assert await log.told(other(city), known) == {}
    assert await log.recall(city, "drivers") == []
    assert (await log.told(city, known)).keys() == set(known)


async def test_nothing_asked_is_nothing_told(log: Log, city: CityId) -> None:
    await stored(log, city)

    assert await log.told(city, []) == {}
    assert await log.stored(city, []) == []


async def test_of_an_agent_s_checkpoints_in_a_city_the_last_four_hours_are_kept(log: Log, city: CityId) -> None:
    for seq in range(1, CHECKPOINTS_KEPT + 3):
        for agent, of in ((AGENT, city), ("order_etas", city), (AGENT, other(city)))[: 3 if seq == 1 else 1]:
            held = await log.begin(agent, of, None)
            async with log.unit_of_work(held._replace(seq=seq)) as work:
                await work.keep(Checkpoint(seq, b"fold"))

    assert await log.checkpoint(AGENT, city, 2) is None
    assert await log.checkpoint(AGENT, city, 3) == Checkpoint(3, b"fold")
    assert await log.checkpoint(AGENT, city, 99) == Checkpoint(CHECKPOINTS_KEPT + 2, b"fold")
    assert await log.checkpoint("order_etas", city, 99) == Checkpoint(1, b"fold")
    assert await log.checkpoint(AGENT, other(city), 99) == Checkpoint(1, b"fold")


async def test_a_checkpoint_belongs_to_its_agent_and_its_city(log: Log, city: CityId) -> None:
    async with log.unit_of_work(await hold(log, city, seq=1)) as work:
        await work.keep(Checkpoint(1, bytes(range(256))))

    assert await log.checkpoint(AGENT, city, 1) == Checkpoint(1, bytes(range(256)))
    assert await log.checkpoint("order_etas", city, 1) is None
    assert await log.checkpoint(AGENT, other(city), 1) is None


async def test_nothing_of_a_transaction_that_broke_off_is_stored(log: Log, city: CityId) -> None:
    """Neither facts, outcomes, rows, the fold nor the progress."""
    held, made = await hold(log, city, seq=9), facts(city)
    with pytest.raises(ZeroDivisionError):
        await _broken_off(log, held, made, outcomes(made))

    assert await log.told(city, [made[0].command_id]) == {}
    assert [await log.recall(city, table) for table in ("city_events", "commands", "drivers")] == [[], [], []]
    assert await log.checkpoint(AGENT, city, 9) is None
    assert await log.begin(AGENT, city, held.epoch) == held._replace(seq=0)


async def _broken_off(log: Log, held: Holding, made: list[Fact], told: list[Outcome]) -> None:
    async with log.unit_of_work(held) as work:
        await work.append(made, told)
        await work.write({"drivers": [driver(held.city)]})
        await work.keep(Checkpoint(9, b"fold"))
        raise ZeroDivisionError


async def test_a_row_of_the_same_version_stays_and_one_without_versions_is_replaced(log: Log, city: CityId) -> None:
    await write(log, city, {"drivers": [driver(city, 2, "first")], "driver_positions": [driver_position(city)]})
    later = {**driver_position(city), "lat": 1.5}
    await write(log, city, {"drivers": [driver(city, 2, "second")], "driver_positions": [later]})

    assert [row["name"] for row in await log.recall(city, "drivers")] == ["first"]
    assert await log.recall(city, "driver_positions") == [later]


async def test_text_comes_back_whatever_is_in_it(log: Log, city: CityId) -> None:
    names = [ODD, "{}", "NULL", '"', "\\", "'; drop table drivers; --", "שלום"]
    made = [driver(city, name=name, driver_id=f"{n} {name}") for n, name in enumerate(names)]
    await write(log, city, {"drivers": made})

    assert await log.recall(city, "drivers") == made


async def test_a_dead_letter_is_kept_once_and_whole(log: AnyLog, city: CityId) -> None:
    raw = bytes(range(256))
    first = DeadLetter(city, 3, 7, ODD, raw, "unreadable", ODD, "city", "city_commands", None, raw)
    again = msgspec.structs.replace(first, reason="written again")
    for one in (first, again):
        await log.add({"dead_letters": [msgspec.structs.asdict(one)]})

    assert await _letters(log, city) == [first]


async def _letters(log: AnyLog, topic: str) -> list[DeadLetter]:
    """No port reads letters: the health page asks Postgres itself."""
    fields = DeadLetter.__struct_fields__
    if isinstance(log, MemoryLog):
        kept: list[Any] = [row for row in log.tables["dead_letters"].values() if row["topic"] == topic]
        return [DeadLetter(*(row[name] for name in fields)) for row in kept]
    columns = ", ".join(f'"{name}"' for name in fields)
    found = await log.postgres.all(f"select {columns} from dead_letters where topic = %s", (topic,))
    return [DeadLetter(*row) for row in found]


async def test_it_is_known_who_holds_a_city_and_how_far_each_is(log: AnyLog, city: CityId) -> None:
    made = await stored(log, city)
    await log.begin("order_etas", city, None)

    assert await log.holdings(city) == {
        AGENT: Holding(AGENT, city, 1, len(made)),
        "order_etas": Holding("order_etas", city, 1, 0),
    }
    assert city in await log.cities()


@pytest.mark.real
async def test_a_row_that_cannot_be_stored_is_our_fault_and_no_absence_of_the_store(
    postgres_url: str, city: CityId
) -> None:
    """Taken for an absence it would be tried for ever, and hold the stream: the statements behind it say `aborted`."""
    postgres = Postgres(postgres_url)
    log, odd = PostgresLog(postgres), {**driver(city), "located_at": None}
    held = await hold(log, city, seq=1)
    with pytest.raises(psycopg.IntegrityError):
        await _odd_row(log, held, odd)

    assert await log.begin(AGENT, city, held.epoch) == held._replace(seq=0)
    await postgres.close()


async def _odd_row(log: Log, held: Holding, odd: dict[str, Any]) -> None:
    async with log.unit_of_work(held) as work:
        await work.write({"drivers": [odd]})
        for seq in range(20):
            await work.keep(Checkpoint(seq, b"fold"))
