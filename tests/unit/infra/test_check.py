"""`track check` of a stack that somebody else started: its parts are known by their addresses."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NOBODY = "127.0.0.1:1"
STORES = {
    "TRACK_POSTGRES_URL": f"postgresql://{NOBODY}/track",
    "TRACK_REDIS_URL": f"redis://{NOBODY}/0",
    "TRACK_KAFKA_BOOTSTRAP": NOBODY,
}
PARTS = {
    "TRACK_WORKER_URLS": json.dumps({"city": f"http://{NOBODY}/healthz"}),
    "TRACK_DASHBOARD_URL": f"http://{NOBODY}",
}


@pytest.fixture(scope="module")
def checked(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple["subprocess.CompletedProcess[str]", list[dict[str, Any]]]:
    """In a process of its own: kafka-python leaks its sockets when nobody answers."""
    report = tmp_path_factory.mktemp("check") / "report.json"
    done = _check(STORES | PARTS, "--json", str(report))
    return done, json.loads(report.read_text())


def test_every_part_that_the_settings_name_is_asked_and_named_when_silent(checked: Any) -> None:
    done, parts = checked

    assert done.returncode == 1
    assert [part["name"] for part in parts] == ["postgres", "valkey", "kafka", "city", "simulator", "dashboard"]
    assert all(part["trouble"] for part in parts)
    assert f"city       NOT WELL  does not answer at http://{NOBODY}/healthz" in done.stdout


def test_no_cost_is_told_of_processes_that_are_not_ours(checked: Any) -> None:
    done, parts = checked

    assert {(part["cpu_percent"], part["memory_mb"]) for part in parts} == {(None, None)}
    assert "CPU" not in done.stdout


def test_workers_without_their_stores_are_not_enough() -> None:
    done = _check(PARTS)

    assert done.returncode == 2
    assert "set TRACK_POSTGRES_URL and TRACK_REDIS_URL and TRACK_KAFKA_BOOTSTRAP" in " ".join(done.stderr.split())


def _check(variables: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    own = {name: value for name, value in os.environ.items() if not name.startswith("TRACK_")}
    argv = [sys.executable, "-m", "infra.track", "check", *words]
    root = Path(__file__).parents[3]
    return subprocess.run(argv, env=own | variables | {"COLUMNS": "200"}, cwd=root, capture_output=True, text=True)
