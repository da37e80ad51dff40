"""infra/bench/dispatch.py: how turns grow with the city, what is too slow, and for how long the event loop is held."""

import time
from itertools import count
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from infra.bench import dispatch
from infra.bench.dispatch import LONGEST_HELD_MS, MOST_CPU_S, Taken, bench, growth, longest_gaps, missed, told
from infra.bench.rush import NOON, Rush, rush
from infra.track import app


def taken(orders: int, cpu_s: float, held_ms: float = 1.0, policy: str = "rolling", worst_ms: float = 900.0) -> Taken:
    return Taken(policy, orders, 1, cpu_s, cpu_s, held_ms, held_ms, worst_ms)


def test_twice_the_orders_in_four_times_the_seconds_grow_with_the_square() -> None:
    assert growth([taken(100, 0.01), taken(200, 0.04), taken(400, 0.16)]) == 2.0


def test_one_size_does_not_grow() -> None:
    assert growth([taken(100, 0.01)]) is None


def test_at_the_bound_nothing_is_missed_and_beyond_it_both_are_named() -> None:
    within, beyond = taken(2000, MOST_CPU_S, LONGEST_HELD_MS), taken(2000, MOST_CPU_S + 0.5, LONGEST_HELD_MS + 7)

    assert missed([within]) == []
    assert missed([beyond]) == [
        "rolling at 2000 × 2000: 1.50 CPU s, 1.0 allowed",
        "rolling at 2000 × 2000: the event loop held for 57.0 ms, 50.0 allowed",
    ]


def test_only_what_cities_run_at_the_size_that_is_promised_is_judged() -> None:
    assert missed([taken(4000, 9.0, 900.0), taken(2000, 9.0, 900.0, policy="batch")]) == []


async def test_a_turn_that_gives_nobody_a_chance_is_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sort in C holds the interpreter for as long as it takes."""
    held = []

    def match(city: object, t: int) -> None:
        numbers = [(n * 7_919) % 1_000_003 for n in range(300_000)]
        began = time.perf_counter()
        numbers.sort()
        held.append(1000 * (time.perf_counter() - began))

    monkeypatch.setattr(dispatch, "match", match)
    gaps = await longest_gaps(Rush(rush(1, "batch").city, NOON), 2)

    assert len(gaps) == len(held) == 2
    assert [gap for gap, ms in zip(gaps, held, strict=True) if gap.pause_ms < ms / 2] == []
    assert [gap for gap in gaps if not gap.held_ms > 0] == []


async def test_what_the_machine_gives_to_others_is_a_pause_and_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the process has no processor its clock stands."""
    seconds = count()
    clocks = SimpleNamespace(perf_counter=lambda: next(seconds), process_time=lambda: 0.0)
    monkeypatch.setattr(dispatch, "time", clocks)
    monkeypatch.setattr(dispatch, "match", lambda city, t: None)
    (gap,) = await longest_gaps(Rush(rush(1, "batch").city, NOON), 1)

    assert gap.pause_ms == pytest.approx(999)
    assert gap.held_ms == 0


def test_the_report_has_every_policy_at_every_size_beside_the_dense_optimum() -> None:
    report = bench([10, 30], runs=1)
    table = told(report)

    assert [(one["policy"], one["orders"]) for one in report["runs"]] == [
        (policy, size) for policy in ("nearest", "batch", "rolling") for size in (10, 30)
    ]
    assert [one["orders"] for one in report["dense"]] == [10, 30]
    assert report["broken"] == []
    assert len(table) == 1 + 6 + 1 + 1 + 2


def test_sizes_that_are_none_are_refused() -> None:
    ran = CliRunner().invoke(app, ["bench", "dispatch", "--sizes", "10,many"])

    assert ran.exit_code == 2
    assert "whole numbers" in ran.output
