"""driver-positions → driver_positions: one position a driver per 5 s of event time, the first one stays."""

import msgspec
import pytest

from models.commands import PositionFrame
from models.events import Position
from models.ids import CityId
from models.rows import Rows
from pipelines.agents.position_history import AGENT
from tests.agents.little_day import LittleDay
from tests.agents.stage import Stage, cut, strikes
from tests.unit.models.builders import CENTRE, CITY, D1, D2, DOOR, FAR, T0, position, rules

OTHER = CityId("other")


def stage_of(*cities: CityId) -> Stage:
    stage = Stage(AGENT)
    for city in cities:
        stage.log.tables["cities"][city,] = {"city_id": city, "rules": msgspec.to_builtins(rules()), "opened_at": T0}
    return stage


def frame(*positions: Position, city: CityId = CITY) -> PositionFrame:
    return PositionFrame(city, positions)


def kept(stage: Stage) -> list[tuple[str, str, int]]:
    return [(row["city_id"], row["driver_id"], row["at"] - T0) for row in stage.log.tables["driver_positions"].values()]


async def test_the_first_position_of_five_seconds_stays() -> None:
    stage = stage_of(CITY)
    await stage.take(
        frame(position(D1, T0 + 1000, CENTRE), position(D1, T0 + 4999, DOOR), position(D1, T0 + 5000, DOOR))
    )
    await stage.take(frame(position(D1, T0 + 2000, FAR), position(D1, T0 + 9000, FAR)))

    assert kept(stage) == [(CITY, D1, 1000), (CITY, D1, 5000)]


async def test_a_position_whose_five_seconds_are_stored_is_not_sent_to_postgres_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = stage_of(CITY)
    sent: list[int] = []
    add = stage.log.add

    async def counted(rows: Rows) -> None:
        sent.append(len(rows["driver_positions"]))
        await add(rows)

    monkeypatch.setattr(stage.log, "add", counted)
    await stage.take(frame(position(D1, T0, CENTRE)))
    await stage.take(frame(position(D1, T0 + 4000, CENTRE), position(D2, T0 + 4000, CENTRE)))
    await stage.take(frame(position(D1, T0 + 5000, CENTRE)))

    assert sent == [1, 1, 1]


async def test_what_was_lost_on_the_way_to_postgres_is_sent_again() -> None:
    stage = stage_of(CITY)
    stage.weather.at = 2
    await stage.take(frame(position(D1, T0, CENTRE)))

    assert kept(stage) == [(CITY, D1, 0)]


async def test_drivers_and_cities_have_positions_of_their_own_and_one_statement() -> None:
    stage = stage_of(CITY, OTHER)
    await stage.take(
        frame(position(D1, T0, CENTRE), position(D2, T0, DOOR)), frame(position(D1, T0 + 1, FAR), city=OTHER)
    )

    assert sorted(kept(stage)) == [(OTHER, D1, 1), (CITY, D1, 0), (CITY, D2, 0)]
    assert stage.weather.calls.count("add") == 1


async def test_a_city_nobody_opened_keeps_nothing() -> None:
    stage = stage_of()
    await stage.take(frame(position(D1, T0, CENTRE)))

    assert kept(stage) == []


async def test_a_city_s_rules_are_asked_for_once() -> None:
    stage = stage_of(CITY)
    await stage.take(frame(position(D1, T0, CENTRE)))
    await stage.take(frame(position(D1, T0 + 5000, CENTRE)))

    assert stage.weather.calls == ["opening", "add", "add"]


async def test_whatever_call_is_struck_the_history_is_that_of_a_calm_day(little_day: LittleDay) -> None:
    calm = stage_of(little_day.city)
    await calm.through(cut(little_day.positions[:20], 3))
    for weather in strikes(len(calm.weather.calls)):
        struck = Stage(AGENT, weather)
        struck.log.tables["cities"] = dict(calm.log.tables["cities"])
        await struck.through(cut(little_day.positions[:20], 3))

        assert struck.log.tables["driver_positions"] == calm.log.tables["driver_positions"]
