"""city-events → what a board is shown of a lever, from when it is pulled until people have seen what came of it."""

import msgspec

from models.levers import PauseKitchen, PullLever
from models.pulled import PulledLever
from models.views import Key
from pipelines.agents import alerts
from tests.agents.stage import Stage
from tests.unit.models.builders import CITY, R1, Town, minute, opened_town


async def shown(town: Town) -> PulledLever | None:
    """The lever as Redis has it after all that the town has lived through, told fact by fact."""
    stage = Stage(alerts.AGENT)
    for fact in town.log:
        await stage.take(fact)
    raw = stage.live.hashes.get((CITY, Key.LEVERS), {}).get("l1")
    return None if raw is None else msgspec.json.decode(raw, type=PulledLever)


async def test_what_came_of_a_lever_is_on_the_board_for_an_hour_after_it_is_known() -> None:
    town = opened_town().do(PullLever("l1", PauseKitchen(R1), minute(30))).tick(30)
    ended = await shown(town)
    judged = await shown(town.tick(60))
    assert (ended and ended.ended_at, ended and ended.late_ms) == (minute(30), None)
    assert judged
    assert (judged.ended_at, judged.late_ms) == (minute(30), 0)

    assert await shown(town.tick(119)) == judged
    assert await shown(town.tick(120)) is None
