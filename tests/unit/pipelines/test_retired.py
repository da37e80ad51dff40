"""reconcile and rebuild-live of a city that closed and whose live views are gone, as `pipelines/retirement.py` does it."""

import asyncio
from typing import Any

import pytest

from infra.inprocess import InProcess, replay
from models.views import Key
from pipelines import rebuild
from pipelines.adapters.memory import MemoryLive
from pipelines.proof_ports import Sides
from pipelines.reconcile import reconcile
from simulator.engine import Engine
from tests.agents.little_day import CITY, scenario
from tests.unit.pipelines.test_reconcile import Morning


@pytest.fixture
def evening() -> InProcess:
    return asyncio.run(replay(Engine(scenario(), CITY)))


def look(pipeline: InProcess, live: MemoryLive, repair: bool = False) -> dict[str, Any]:
    return asyncio.run(reconcile(CITY, Sides(pipeline.log, live, pipeline.clock), repair))


def test_a_closed_city_that_is_shown_nowhere_has_no_drift_and_its_rows_are_compared(evening: InProcess) -> None:
    report = look(evening, MemoryLive())

    assert report["drift"] == []
    assert "rebuild-live" in report["retired"]
    assert report["compared"]["orders"] == 12
    assert not [name for name in report["compared"] if name.startswith("redis/")]


def test_a_repair_leaves_it_away(evening: InProcess) -> None:
    live = MemoryLive()
    look(evening, live, repair=True)

    assert live.hashes == {}


def test_a_closed_city_that_is_shown_in_part_has_lost_the_rest(evening: InProcess) -> None:
    """All of its keys go in one transaction: what stands alone is no retired city's."""
    for name in (Key.POSITIONS, Key.KPIS, Key.DELTAS, "card"):
        live = MemoryLive()
        if name == "card":
            live.cards[CITY] = evening.live.cards[CITY]
        elif name is Key.DELTAS:
            live.deltas[CITY] = evening.live.deltas[CITY]
        else:
            live.hashes[CITY, name] = evening.live.hashes[CITY, name]
        report = look(evening, live)

        assert "retired" not in report, name
        assert report["drift"], name


def test_an_open_city_that_is_shown_nowhere_has_lost_its_views() -> None:
    noon = asyncio.run(replay(Morning(scenario(), CITY)))
    report = look(noon, MemoryLive())

    assert "retired" not in report
    assert {one["what"] for one in report["drift"]} >= {"missing"}


def test_a_wrong_row_of_it_is_named_and_healed_all_the_same(evening: InProcess) -> None:
    order = min(key for key in evening.log.tables["orders"])
    evening.log.tables["orders"][order]["status"] = "pending"
    report = look(evening, MemoryLive(), repair=True)

    assert [one["what"] for one in report["drift"]] == ["status"]
    assert report["left"] == []


def test_rebuild_live_brings_it_back(evening: InProcess) -> None:
    live = MemoryLive()
    asyncio.run(rebuild.rebuild(CITY, Sides(evening.log, live, evening.clock)))
    report = look(evening, live)

    assert report["drift"] == []
    assert "retired" not in report
    assert report["compared"]["redis/orders"] > 0
