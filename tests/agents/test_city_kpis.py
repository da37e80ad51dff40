"""city-events → kpi_minutes, the live tiles: a minute is written when a tick closes it."""

import msgspec

from models import codec
from models.kpis import KpiMinute
from models.views import Key
from pipelines.agents.city_kpis import AGENT
from tests.agents.stage import Stage
from tests.unit.models.builders import CITY, O1, Town, minute, opened_town, placed, shift


async def after(town: Town) -> Stage:
    stage = Stage(AGENT)
    stage.log.raw[CITY] = [codec.encode(fact) for fact in town.log]
    await stage.through([[raw] for raw in stage.log.raw[CITY]])
    return stage


def minutes(stage: Stage) -> list[int]:
    return [row["minute"] for row in stage.log.tables["kpi_minutes"].values()]


async def test_nothing_is_written_before_a_tick_closes_a_minute() -> None:
    stage = await after(opened_town().do(shift(), placed(O1)))

    assert minutes(stage) == []
    assert stage.live.hashes.get((CITY, Key.KPIS), {}) == {}


async def test_a_tick_closes_the_minutes_it_skipped_too() -> None:
    stage = await after(opened_town().do(placed(O1)).tick(1).tick(4))

    assert minutes(stage) == [minute(1), minute(2), minute(3), minute(4)]


async def test_the_tiles_show_the_minute_that_was_written_last() -> None:
    stage = await after(opened_town().do(placed(O1)).tick(1).tick(4).do(shift()))
    shown = msgspec.json.decode(stage.live.hashes[CITY, Key.KPIS]["now"], type=KpiMinute)

    assert (shown.minute, shown.active) == (minute(4), 1)
