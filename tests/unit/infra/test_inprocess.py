"""infra/inprocess.py: a run in one process has nobody who would look at a dead letter or resume a role, so it ends loudly."""

import pytest

from infra.inprocess import ALLOWANCE, AgentFailed, InProcess, replay
from models.ids import CityId
from models.topics import CITY_COMMANDS, CITY_EVENTS
from pipelines.guard import Guard
from simulator.engine import Engine
from tests.agents.little_day import scenario


def guard_of(pipeline: InProcess, name: str) -> Guard:
    return next(one for guards in pipeline.guards.values() for one in guards if one.agent.name == name)


@pytest.mark.expects_dead_letters
@pytest.mark.timeout(20)
async def test_a_day_whose_agent_keeps_raising_ends_and_names_the_agent_and_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would have gone on without the record, or waited for ever once the budget was spent."""
    pipeline = InProcess()
    guard = guard_of(pipeline, "order_etas")

    async def raising(batch: object, ports: object) -> None:
        raise KeyError("o01")

    monkeypatch.setattr(guard, "agent", guard.agent._replace(handle=raising))
    with pytest.raises(AgentFailed, match=rf"^order_etas crashed on {CITY_EVENTS.name}@0: KeyError: 'o01'$"):
        await replay(Engine(scenario(), CityId("little")), pipeline)


@pytest.mark.expects_dead_letters
@pytest.mark.timeout(20)
async def test_garbage_is_a_letter_until_the_budget_is_spent_and_then_the_run_ends() -> None:
    pipeline = InProcess()
    await pipeline.send(CITY_COMMANDS.name, "little", [b"garbage"] * (ALLOWANCE - 1))
    await pipeline.settle()

    assert len(pipeline.log.tables["dead_letters"]) == ALLOWANCE - 1

    await pipeline.send(CITY_COMMANDS.name, "little", [b"garbage"])
    with pytest.raises(
        AgentFailed, match=rf"^city_commands paused: {ALLOWANCE} dead letters in a row, the last unreadable"
    ):
        await pipeline.settle()
