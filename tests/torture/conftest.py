"""The day of the matrix and where its servers live."""

import os
from pathlib import Path

import pytest

from simulator.scenario import Scenario
from simulator.sources import mdrp
from tests.torture import rig

DATA = Path(os.environ.get("TRACK_DATA_DIR", "../shared/data"))
INSTANCE = "0o50t100s1p100"


@pytest.fixture(scope="session")
def day() -> Scenario:
    folder = DATA / "mdrp" / INSTANCE
    if not folder.exists():
        pytest.skip(f"the recorded day {folder} is not here; set TRACK_DATA_DIR")
    return mdrp.load(folder)


@pytest.fixture(scope="session")
def truth(day: Scenario) -> rig.Run:
    return rig.undisturbed(day)


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("torture")
