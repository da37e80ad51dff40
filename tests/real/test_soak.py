"""`track bench soak` on a real stack, small: the soak itself must not rot, and it must see what is broken."""

import json
from pathlib import Path

import pytest

from infra.bench import soak
from infra.bench.soak_watch import REDIS
from models.settings import Settings
from pipelines.roles import ROLES

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_a_soak_of_a_minute_accounts_for_every_process_letter_and_city(tmp_path: Path) -> None:
    report = soak.bench(Settings(state_dir=tmp_path), minutes=0.6, drivers=15, orders_per_hour=30)
    (city,) = report["cities"]
    agents = {agent.name for some in ROLES.values() for agent in some}

    assert report["broken"] == []
    assert set(report["starts"]) == {*ROLES, "postgres", "valkey", "kafka", "dashboard"}
    assert set(report["levels"]) >= {*report["starts"], REDIS}
    assert report["levels"]["city"]["last"] > 50
    assert {"city_commands", "driver_pings"} <= set(report["lag_seconds"]) <= agents
    assert (city["drift"], city["retired"], city["facts"] > 300) == (0, False, True)
    assert report["letters"].written == report["letters"].expected
    assert report["board"]["runs"] > 3, "the open session makes the board work"
    assert json.loads(json.dumps(soak.plain(report)))["letters"]["unexpected"] == 0
    assert "1 cities" in soak.told(report)[0]
    assert list((tmp_path / "soak").iterdir()) == []
