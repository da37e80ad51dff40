"""What agents may count on when they ask for the log, whatever holds it."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from models import codec, events
from models.events import CityId, CommandId, Fact
from models.geo import LatLon
from models.rows import Row
from models.travel import PlaneTravel
from pipelines.adapters.postgres_log import Postgres, PostgresLog
from pipelines.ports import Checkpoint, Fenced, Holding, Log, Outcome, Span, StoreAway
from tests.agents.little_day import LittleDay

T0 = 1_795_132_800_000
RULES = events.Rules(
    "town", "nearest", "known", 60, 60, PlaneTravel(320, 60, LatLon(0, 0)), events.Services(240, 240), "UTC"
)
TABLES = (
    "cities",
    "restaurants",
    "orders",
    "order_items",
    "drivers",
    "driver_assignments",
    "eta_predictions",
    "kpi_minutes",
    "driver_positions",
)


def fact(city: CityId, seq: int, command: str = "") -> Fact:
    return Fact(city, seq, CommandId(command or f"c{seq}"), T0 + seq, events.Ticked(T0 + seq, ()))


def outcome(command: str, first: int, last: int, reason: str | None = None) -> Outcome:
    return Outcome(CommandId(command), "Tick", reason, first, last, "test", T0)


async def written(log: Log, city: CityId, facts: list[Fact], outcomes: Sequence[Outcome] = ()) -> Holding:
    holding = await log.begin("city_commands", city, None)
    async with log.unit_of_work(holding._replace(seq=facts[-1].seq)) as work:
        await work.append(facts, outcomes)
    return holding


def driver(city: CityId, version: int, name: str = "D-118") -> Row:
    return {
        "city_id": city,
        "driver_id": "d1",
        "name": name,
        "vehicle_type": "car",
        "status": "available",
        "version": version,
        "current_lat": 43.2,
        "current_lon": -9.9,
        "located_at": T0,
        "shift_until": T0 + 1,
    }


async def test_a_second_holder_fences_the_first_off(log: Log, city: CityId) -> None:
    first = await log.begin("dispatch", city, None)
    second = await log.begin("dispatch", city, None)

    assert (first.epoch, second.epoch) == (1, 2)
    with pytest.raises(Fenced):
        await log.begin("dispatch", city, first.epoch)
    with pytest.raises(Fenced):
        async with log.unit_of_work(first) as work:
            await work.append([fact(city, 1)], [])


async def test_an_epoch_that_is_held_is_only_checked(log: Log, city: CityId) -> None:
    first = await log.begin("dispatch", city, None)

    assert await log.begin("dispatch", city, first.epoch) == first


async def test_agents_hold_a_city_apart(log: Log, city: CityId) -> None:
    await log.begin("dispatch", city, None)

    assert (await log.begin("order_etas", city, None)).epoch == 1


async def test_progress_is_stored_with_what_it_is_the_progress_of(log: Log, city: CityId) -> None:
    holding = await written(log, city, [fact(city, 1), fact(city, 2)])

    assert (await log.begin("city_commands", city, holding.epoch)).seq == 2


async def test_nothing_of_a_refused_unit_of_work_is_stored(log: Log, city: CityId) -> None:
    first = await log.begin("city_commands", city, None)
    await log.begin("city_commands", city, None)
    with pytest.raises(Fenced):
        async with log.unit_of_work(first._replace(seq=1)) as work:
            await work.append([fact(city, 1)], [outcome("c1", 1, 1)])

    assert await log.facts(city, 1) == []
    assert await log.told(city, [CommandId("c1")]) == {}


async def test_an_error_inside_stores_nothing(log: Log, city: CityId) -> None:
    holding = await log.begin("city_commands", city, None)

    async def broken_off() -> None:
        async with log.unit_of_work(holding._replace(seq=1)) as work:
            await work.append([fact(city, 1)], [outcome("c1", 1, 1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await broken_off()

    assert await log.facts(city, 1) == []
    assert (await log.begin("city_commands", city, holding.epoch)).seq == 0


async def test_facts_come_back_in_order_and_as_they_were(log: Log, city: CityId) -> None:
    facts = [fact(city, seq) for seq in range(1, 6)]
    await written(log, city, facts)

    assert await log.facts(city, 1) == facts
    assert await log.facts(city, 2, 4) == facts[1:4]


async def test_stored_spans_are_the_bytes_that_were_published_in_order(log: Log, city: CityId) -> None:
    facts = [fact(city, seq) for seq in range(1, 8)]
    await written(log, city, facts)
    told = await log.stored(city, [Span(5, 6), Span(1, 2), Span(2, 2)])

    assert told == [codec.encode(facts[seq - 1]) for seq in (1, 2, 5, 6)]


async def test_known_commands_are_told_with_their_spans_the_refused_among_them(log: Log, city: CityId) -> None:
    facts = [fact(city, 1, "a"), fact(city, 2, "a"), fact(city, 3, "b")]
    await written(log, city, facts, [outcome("a", 1, 2), outcome("b", 3, 3, "illegal move")])

    assert await log.told(city, [CommandId("b"), CommandId("x"), CommandId("a")]) == {"a": Span(1, 2), "b": Span(3, 3)}


async def test_the_nearest_checkpoint_at_or_below_a_seq_is_found(log: Log, city: CityId) -> None:
    holding = await log.begin("order_etas", city, None)
    for seq in (10, 20):
        async with log.unit_of_work(holding._replace(seq=seq)) as work:
            await work.keep(Checkpoint(seq, b"state %d" % seq))

    assert await log.checkpoint("order_etas", city, 9) is None
    assert await log.checkpoint("order_etas", city, 10) == Checkpoint(10, b"state 10")
    assert await log.checkpoint("order_etas", city, 10**9) == Checkpoint(20, b"state 20")
    assert await log.checkpoint("city_kpis", city, 10**9) is None


async def test_an_older_version_never_replaces_a_newer_row(log: Log, city: CityId) -> None:
    holding = await log.begin("city_commands", city, None)
    for version, name in ((2, "new"), (1, "old"), (3, "newest")):
        async with log.unit_of_work(holding) as work:
            await work.write({"drivers": [driver(city, version, name)]})

    assert [(row["version"], row["name"]) for row in await log.recall(city, "drivers")] == [(3, "newest")]


async def test_rules_are_there_once_the_city_s_row_is(log: Log, city: CityId) -> None:
    assert await log.rules(city) is None

    holding = await log.begin("city_commands", city, None)
    row = {"city_id": city, "name": "town", "rules": msgspec.to_builtins(RULES), "opened_at": T0, "closed": False}
    async with log.unit_of_work(holding) as work:
        await work.write({"cities": [row]})

    assert await log.rules(city) == RULES


async def test_adding_a_row_twice_keeps_the_first(log: Log, city: CityId) -> None:
    row = {"city_id": city, "driver_id": "d1", "slot": T0, "at": T0 + 1, "lat": 1.0, "lon": 2.0}
    await log.add({"driver_positions": [row]})
    await log.add({"driver_positions": [{**row, "at": T0 + 9}]})

    assert await log.recall(city, "driver_positions") == [row]


@pytest.mark.parametrize("table", TABLES)
async def test_the_rows_of_a_day_come_back_as_they_were_made(
    table: str, log: Log, city: CityId, little_day: LittleDay
) -> None:
    made = [{**row, "city_id": city} for row in little_day.pipeline.log.tables[table].values()]
    holding = await log.begin("city_commands", city, None)
    async with log.unit_of_work(holding) as work:
        await work.write({table: made})

    assert _sorted(await log.recall(city, table)) == _sorted(made)


async def test_five_thousand_rows_go_in_one_call(log: Log, city: CityId) -> None:
    holding = await log.begin("city_commands", city, None)
    many = [{**driver(city, 1, "Zoë “Zed” D'Arc, 5 %"), "driver_id": f"d{n}"} for n in range(5_000)]
    async with log.unit_of_work(holding) as work:
        await work.write({"drivers": many})

    assert len(await log.recall(city, "drivers")) == 5_000


async def test_a_log_that_does_not_answer_says_so(city: CityId) -> None:
    nobody = PostgresLog(Postgres("postgresql://nobody@127.0.0.1:1/none"))
    with pytest.raises(StoreAway, match="Postgres is away"):
        await nobody.begin("dispatch", city, None)


def _sorted(rows: list[Any]) -> list[str]:
    """As text, so that rows with empty columns have an order; jsonb keeps no order of its own."""
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)
