"""infra/foresee.py on real Postgres and Redis: a stored city's next hour is foretold once a tick, and the board reads it."""

import asyncio
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from dashboard.tables import Tables
from infra.foresee import KEPT_SECONDS, once
from infra.inprocess import InProcess, replay
from infra.replay import DECIDING
from models.ids import CityId, Instant
from models.settings import Settings
from models.views import Key, key
from models.ways import MINUTE_MS
from simulator.engine import Engine
from simulator.sources import synthetic
from tests.real.stored_city import database, store

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
CITY = CityId("foreseen")


@pytest.fixture
def stored(postgres_and_valkey: "Servers") -> Iterator[Settings]:
    """Forty minutes of a city's evening, and it is still open."""
    scenario = synthetic.build(3, 20, 30, tick_seconds=60)
    engine, until = Engine(scenario, CITY), scenario.opens_at + 40 * MINUTE_MS
    ticks = takewhile(lambda t: t <= until, engine.ticks())
    log = asyncio.run(replay(engine, InProcess(DECIDING), ticks=ticks)).log
    with database(postgres_and_valkey.postgres_url) as settings:
        store(settings, log)
        yield settings.model_copy(update={"redis_url": postgres_and_valkey.redis_url})


def test_an_open_city_is_foretold_once_for_each_tick_and_the_board_has_it(stored: Settings) -> None:
    told: dict[CityId, Instant] = {}
    with Redis.from_url(str(stored.redis_url)) as live:
        lines = [list(once(stored, live, told)), list(once(stored, live, told))]
        left = live.ttl(key(CITY, Key.FORETOLD))
    shown = Tables.open(stored).snapshot(CITY).foretold

    assert lines == [[f"{CITY}: foretold, with levers for 0 of 0 incidents"], []]
    assert 0 < left <= KEPT_SECONDS
    assert shown is not None
    assert shown.at == told[CITY]
    assert shown.nothing.late_minutes.high >= shown.nothing.late_minutes.mean
