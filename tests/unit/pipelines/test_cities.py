"""What an agent remembers of its cities, and how it comes by it."""

from itertools import pairwise
from typing import Any

import pytest

from models import events
from models.changes import Changes, Desk, change
from models.city import City
from models.events import Fact
from models.geo import LatLon, Point
from models.ids import CityId, CommandId, RestaurantId
from models.rules import Rules, Services
from models.travel import PlaneTravel
from pipelines.adapters.memory import MemoryLog
from pipelines.cities import Cities, Folding, checkpoint_due, checkpoint_of, fresh
from pipelines.ports import Fenced, Holding

TOWN, T0, MINUTE = CityId("town"), 1_795_132_800_000, 60_000
RULES = Rules("town", "nearest", "known", 60, 60, PlaneTravel(320, 60, LatLon(0, 0)), Services(240, 240), "UTC")


def _step(desk: Desk, fact: Fact) -> int:
    change(desk, Changes(), fact)
    return fact.seq


FOLDING = Folding("city_commands", lambda city: Desk(City(city)), _step)


def facts(ticks: int = 12) -> list[Fact]:
    """A city that opens, gets a restaurant and ticks every minute."""
    opened: list[events.Happened] = [
        events.CityOpened(RULES),
        events.RestaurantAdded(RestaurantId("r"), "R", Point(0, 0)),
    ]
    ticked = [events.Ticked(T0 + n * MINUTE, ()) for n in range(1, ticks + 1)]
    return [
        Fact(TOWN, seq, CommandId(f"c{seq}"), getattr(body, "t", T0), body)
        for seq, body in enumerate([*opened, *ticked], start=1)
    ]


async def log_of(some: list[Fact], checkpoints: bool = True) -> MemoryLog:
    """A log that `city_commands` has written to the end, with a checkpoint at each fifth minute."""
    log, desk = MemoryLog(), Desk(City(TOWN))
    holding = await log.begin("city_commands", TOWN, None)
    for fact in some:
        due = checkpoint_due(desk.city.now, fact)
        _step(desk, fact)
        async with log.unit_of_work(holding._replace(seq=fact.seq)) as work:
            await work.append([fact], [])
            if due and checkpoints:
                await work.keep(checkpoint_of(desk))
    return log


async def test_a_load_from_a_checkpoint_is_a_load_from_the_start() -> None:
    near = await Cities(await log_of(facts()), FOLDING).get(TOWN)
    far = await Cities(await log_of(facts(), checkpoints=False), FOLDING).get(TOWN)

    assert near == far
    assert near.seq == 14


async def test_a_load_folds_only_what_lies_behind_the_checkpoint_and_tells_of_it() -> None:
    told: list[Any] = []

    async def loaded(holding: Holding, desk: Desk, passed: list[Any]) -> None:
        told.extend(passed)

    await Cities(await log_of(facts()), FOLDING, loaded=loaded).get(TOWN)

    assert told == [13, 14]


async def test_a_load_begins_early_enough_for_what_is_shown_outside() -> None:
    """Redis stopped at fact 8: the load must pass what came after, though a checkpoint lies at 12."""
    told: list[Any] = []

    async def loaded(holding: Holding, desk: Desk, passed: list[Any]) -> None:
        told.extend(passed)

    async def known(city: CityId) -> int:
        return 8

    await Cities(await log_of(facts()), FOLDING, loaded=loaded, known=known).get(TOWN)

    assert told == [8, 9, 10, 11, 12, 13, 14]


@pytest.mark.parametrize("left", [8, 13])
async def test_a_flushed_redis_asks_for_no_more_of_the_log_than_retention_has_left(left: int) -> None:
    """Folded from nothing, every command after it would have been a dead letter."""
    told: list[Any] = []

    async def loaded(holding: Holding, desk: Desk, passed: list[Any]) -> None:
        told.extend(passed)

    async def flushed(city: CityId) -> int:
        return 0

    log = await log_of(facts())
    kept = [fact for fact in await log.facts(TOWN, 1) if fact.seq >= left]
    log.facts = lambda city, first, last=None: _some(kept, first)  # type: ignore[method-assign, assignment]
    desk = await Cities(log, FOLDING, loaded=loaded, known=flushed).get(TOWN)

    assert desk == await Cities(await log_of(facts()), FOLDING).get(TOWN)
    assert told == [13, 14]


async def _some(kept: list[Fact], first: int) -> list[Fact]:
    return [fact for fact in kept if fact.seq >= first]


async def test_the_first_load_takes_the_city_and_a_load_after_an_error_only_checks() -> None:
    log = await log_of(facts())
    cities = Cities(log, FOLDING)
    await cities.get(TOWN)
    epoch = cities.holding(TOWN, 14).epoch
    cities.forget()
    await cities.get(TOWN)

    assert cities.holding(TOWN, 14).epoch == epoch

    cities.revoke()
    await cities.get(TOWN)

    assert cities.holding(TOWN, 14).epoch == epoch + 1


async def test_who_was_replaced_cannot_load_again() -> None:
    log = await log_of(facts())
    first, second = Cities(log, FOLDING), Cities(log, FOLDING)
    await first.get(TOWN)
    await second.get(TOWN)
    first.forget()
    with pytest.raises(Fenced):
        await first.get(TOWN)

    assert (await second.get(TOWN)).seq == 14


async def test_a_heal_that_fails_leaves_nothing_in_memory() -> None:
    """Else the next batch would be decided on a city whose views nobody has healed."""
    tries: list[int] = []

    async def loaded(holding: Holding, desk: Desk, passed: list[Any]) -> None:
        tries.append(desk.seq)
        if len(tries) == 1:
            raise ConnectionError("Redis is away")

    cities = Cities(await log_of(facts()), FOLDING, loaded=loaded)
    with pytest.raises(ConnectionError):
        await cities.get(TOWN)
    await cities.get(TOWN)

    assert tries == [14, 14]


async def test_older_facts_are_dropped_and_a_gap_is_filled_from_the_log() -> None:
    some = facts()
    found = await fresh(await log_of(some), "test", TOWN, 3, [some[1], some[2], some[6], some[5], some[7]])

    assert [fact.seq for fact in found] == [4, 5, 6, 7, 8]


def test_a_checkpoint_is_due_at_a_tick_that_enters_another_five_minutes() -> None:
    ticks = [fact for fact in facts() if isinstance(fact.body, events.Ticked)]
    due = [fact.body.t for before, fact in pairwise(ticks) if checkpoint_due(before.body.t, fact)]  # type: ignore[union-attr]

    assert [(t - T0) // MINUTE for t in due] == [5, 10]
