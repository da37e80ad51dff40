"""With `dispatch` stopped a day does not go on: nothing else sends a driver."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from infra import kafka_connection, replay, stack
from models.events import Dispatched, DriverAssigned, Ticked
from models.settings import Settings
from simulator.engine import Engine
from simulator.publisher import Feeder, NothingDecides
from tests.real.short_day import short_day

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

WITHOUT_DISPATCH = """
from models.settings import Settings
from pipelines import roles, worker
roles.ROLES["city"] = tuple(agent for agent in roles.ROLES["city"] if agent.name != "dispatch")
worker.run("city", Settings())
"""
PATIENCE_SECONDS = 15.0


def test_a_day_without_dispatch_does_not_finish(tmp_path: Path) -> None:
    day = short_day()
    city = replay.new_city(day)
    with stack.running(Settings(), tmp_path, ("positions", "insights")) as running, _city_alone(running.settings):
        engine = Engine(day, city)
        feeder = Feeder(engine, kafka_connection.options(running.settings), PATIENCE_SECONDS)
        feeder.open()
        with pytest.raises(NothingDecides, match="track worker city"):
            feeder.lockstep(engine.ticks())
        feeder.close()
        kinds = _kinds(running.settings, city)

    assert Ticked.__name__ in kinds
    assert kinds.isdisjoint({Dispatched.__name__, DriverAssigned.__name__})


@contextmanager
def _city_alone(settings: Settings) -> Iterator[None]:
    names = ("postgres_url", "redis_url", "kafka_bootstrap", "state_dir")
    env = {f"TRACK_{name.upper()}": str(getattr(settings, name)) for name in names}
    worker = subprocess.Popen([sys.executable, "-c", WITHOUT_DISPATCH], env={**os.environ, **env})
    try:
        yield
    finally:
        worker.kill()
        worker.wait()


def _kinds(settings: Settings, city: str) -> set[str]:
    with psycopg.connect(str(settings.postgres_url)) as connection:
        found = connection.execute("select distinct kind from city_events where city_id = %s", (city,)).fetchall()
    return {kind for (kind,) in found}
