"""When a role calls itself healthy."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from models.settings import Settings
from pipelines import health
from pipelines.ports import Budget


def app(lag: int = 0, idle: float = 0.0, paused: str | None = None, trouble: str | None = None, **more: Any) -> Any:
    """A stand-in for a running role with one agent and two partitions."""
    guard = SimpleNamespace(
        agent=SimpleNamespace(name="dispatch"), budget=Budget(3, 100, paused), trouble=trouble, handled=7
    )
    assigned = [SimpleNamespace(partition=5), SimpleNamespace(partition=1)]
    return SimpleNamespace(
        role="city",
        settings=Settings(),
        assignor=SimpleNamespace(assigned_actives=lambda: assigned),
        guards=[guard],
        lag=lambda: lag,
        moved_at=time.monotonic() - idle,
        assigned=more.get("assigned", True),
        rebalancing=more.get("rebalancing", False),
    )


def test_a_role_that_keeps_up_is_healthy() -> None:
    report = health.of(app(lag=3))

    assert report["healthy"]
    assert (report["partitions"], report["lag"], report["handled"]) == ([1, 5], 3, {"dispatch": 7})


def test_an_idle_role_with_nothing_to_do_is_healthy() -> None:
    assert health.of(app(lag=0, idle=3600.0))["healthy"]


@pytest.mark.parametrize(
    ("unwell", "reason"),
    [
        (app(lag=5, idle=31.0), "5 records wait"),
        (app(paused="100 dead letters in a row"), "paused: 100 dead letters in a row"),
        (app(trouble="Postgres is away"), "dispatch: Postgres is away"),
        (app(assigned=False), "no partitions were assigned yet"),
        (app(rebalancing=True), "rebalancing"),
    ],
)
def test_an_unhealthy_role_says_why(unwell: Any, reason: str) -> None:
    report = health.of(unwell)

    assert not report["healthy"]
    assert reason in report["reasons"][0]
