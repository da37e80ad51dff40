"""No stored or decided value depends on where a batch was cut: a stream cut at random places, against one by one."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import codec
from models.events import Position
from models.topics import DRIVER_POSITIONS
from pipelines.agents import city_commands, city_kpis, driver_pings, order_etas, position_history
from pipelines.ports import Agent
from tests.agents.little_day import LittleDay
from tests.agents.stage import Stage, cut, cut_at

LONGEST = 362
FEW = settings(max_examples=settings.default.max_examples // 2)
PLACES = st.lists(st.integers(1, LONGEST), max_size=40)
STREAMS: list[tuple[Agent, Callable[[LittleDay], list[bytes]]]] = [
    (city_commands.AGENT, lambda day: day.commands),
    (order_etas.AGENT, lambda day: day.facts),
    (city_kpis.AGENT, lambda day: day.facts),
    (driver_pings.AGENT, lambda day: day.pings),
    (position_history.AGENT, lambda day: day.positions),
]


@pytest.mark.parametrize(("agent", "stream"), STREAMS, ids=lambda one: getattr(one, "name", ""))
@FEW
@given(end=st.integers(1, LONGEST), places=PLACES)
async def test_any_cut_of_a_stream_comes_to_the_same(
    agent: Agent, stream: Callable[[LittleDay], list[bytes]], little_day: LittleDay, end: int, places: list[int]
) -> None:
    heard = stream(little_day)[:end]
    one_by_one, in_pieces = _stage(agent, little_day), _stage(agent, little_day)
    await one_by_one.through(cut(heard, 1))
    await in_pieces.through(cut_at(heard, places))

    assert _all(in_pieces) == _all(one_by_one)


async def test_a_piece_ends_at_every_place_once() -> None:
    stream = [b"1", b"2", b"3", b"4"]

    assert cut_at(stream, [9, 3, 1, 3]) == [[b"1"], [b"2", b"3"], [b"4"]]
    assert cut_at(stream, []) == [stream]


def _stage(agent: Agent, day: LittleDay) -> Stage:
    """The agent where the city is open, and its log there already for those who do not write it."""
    stage = Stage(agent)
    if agent is not city_commands.AGENT:
        stage.log.tables["cities"] = dict(day.pipeline.log.tables["cities"])
        stage.log.raw[day.city] = list(day.facts)
    return stage


def _all(stage: Stage) -> dict[str, Any]:
    told = {"facts": stage.facts(), "commands": stage.commands(), "positions": _positions(stage)}
    return {**stage.stored(), **stage.shown(), **told}


def _positions(stage: Stage) -> list[Position]:
    """One after the other: how many travel in a frame is no value."""
    frames = [
        codec.decode(DRIVER_POSITIONS.name, raw, codec.HEADERS).message for raw in stage.published(DRIVER_POSITIONS)
    ]
    return [position for frame in frames for position in frame.positions]  # type: ignore[union-attr]
