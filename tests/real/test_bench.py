"""`track bench pings` on real servers and workers, small: the benchmark itself must not rot."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from infra.bench import pings
from models.settings import Settings

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _plain_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spawned process runs its parent's main module again; that of a pytest-xdist worker cannot be."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


def test_every_ping_is_accounted_for_and_the_reference_has_done_the_same(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    report = pings.bench(Settings(state_dir=tmp_path), [1000], seconds=3, tick_seconds=1)
    (run,) = report["runs"]
    record_property("figure", f"p50 {run['track']['latency_ms'].p50} ms, p99 {run['track']['latency_ms'].p99} ms")

    assert report["broken"] == []
    assert run["track"]["counted"] == {"accepted": 3000, "late": 3}
    assert run["track"]["tick"]["n"] == 3
    assert run["track"]["latency_ms"].n >= 3 * 40
    assert run["bare"]["latency_ms"].n >= 3 * 40
    assert run["track"]["cpu_s_per_million_pings"] > 0
    assert "1000 pings/s for 3 s" in pings.told(report)[0]
    assert list(tmp_path.iterdir()) == []
