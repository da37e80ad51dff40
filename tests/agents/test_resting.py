"""An agent that forgets a city whenever nobody speaks of it does what one does that remembers all of them."""

from typing import Any

import pytest

from models.ids import CityId
from pipelines.agents import city_commands, dispatch, driver_pings
from pipelines.agents.driver_pings import Positions
from pipelines.cities import Cities
from pipelines.ports import Agent
from tests.agents.little_day import LittleDay
from tests.agents.stage import Stage, cut
from tests.agents.test_cuts import STREAMS, _stage

AGENTS = [*STREAMS, (dispatch.AGENT, lambda day: day.facts)]
REMADE_AT_A_LOAD = "available"
"""Who is free is shown as of the last tick, and as of now after a load (decision 0004)."""


@pytest.mark.parametrize(("agent", "stream"), AGENTS, ids=lambda one: getattr(one, "name", ""))
async def test_forgetting_a_city_after_every_batch_changes_nothing(
    agent: Agent, stream: Any, little_day: LittleDay
) -> None:
    remembers, forgets = _stage(agent, little_day), _stage(agent, little_day)
    for batch in cut(stream(little_day), 7):
        await remembers.take(*batch)
        await forgets.take(*batch)
        forgets.guard.ports.memory.drop(little_day.city)

    assert _outside(forgets) == _outside(remembers)


@pytest.mark.parametrize(("agent", "stream"), AGENTS, ids=lambda one: getattr(one, "name", ""))
async def test_nothing_of_a_dropped_city_is_kept_but_its_epoch(
    agent: Agent, stream: Any, little_day: LittleDay
) -> None:
    stage = _stage(agent, little_day)
    await stage.take(*stream(little_day)[:50])
    memory = stage.guard.ports.memory
    held = _held(memory)
    memory.drop(little_day.city)

    assert held, "else there was nothing to forget"
    assert _held(memory) == {}


async def test_a_city_whose_positions_redis_has_not_is_not_forgotten(little_day: LittleDay) -> None:
    """A ping that only the worker has would be lost."""
    stage = _stage(driver_pings.AGENT, little_day)
    await stage.take(*little_day.pings[:5])
    memory: Positions = stage.guard.ports.memory
    known = memory.known[little_day.city]
    known.dirty = set(known.last)
    memory.drop(little_day.city)

    assert memory.known[little_day.city] is known


async def test_a_city_that_speaks_again_is_held_with_the_epoch_it_was_held_with(little_day: LittleDay) -> None:
    """Else a worker that was replaced, and does not know it yet, would take the city back."""
    stage = _stage(city_commands.AGENT, little_day)
    await stage.take(*little_day.commands[:20])
    memory: Cities[Any] = stage.guard.ports.memory
    before = memory.holding(little_day.city, 1).epoch
    memory.drop(little_day.city)
    await stage.take(*little_day.commands[20:40])

    assert memory.holding(little_day.city, 1).epoch == before


def test_a_city_that_was_never_met_is_dropped_without_a_word(little_day: LittleDay) -> None:
    for agent, _ in AGENTS:
        _stage(agent, little_day).guard.ports.memory.drop(CityId("nowhere"))


def _outside(stage: Stage) -> dict[str, Any]:
    shown = {name: what for name, what in stage.shown().items() if name != REMADE_AT_A_LOAD}
    return {**stage.stored(), **shown, "facts": stage.facts(), "commands": stage.commands()}


def _held(memory: Any) -> dict[str, Any]:
    """What is not empty of what is kept by city."""
    kept = {name: what for name, what in vars(memory).items() if isinstance(what, dict)}
    return {name: what for name, what in kept.items() if what and "epochs" not in name}
