"""Ages out of a worker's histograms, and memory out of /proc."""

import os

import pytest

from infra.bench.soak_watch import OVER_THE_TOP, buckets, memory, p95_of

EXPOSITION = """# HELP track_stage_seconds Age
track_stage_seconds_bucket{agent="dispatch",le="0.1"} 10.0
track_stage_seconds_bucket{agent="dispatch",le="1.0"} 20.0
track_stage_seconds_bucket{agent="dispatch",le="+Inf"} 20.0
track_stage_seconds_bucket{agent="city_kpis",le="+Inf"} 3.0
track_stage_seconds_count{agent="dispatch"} 20.0
track_records_total{role="city",topic="city-events"} 7.0
"""


def test_the_buckets_of_each_agent_are_read() -> None:
    assert buckets(EXPOSITION) == {
        "dispatch": {0.1: 10.0, 1.0: 20.0, float("inf"): 20.0},
        "city_kpis": {float("inf"): 3.0},
    }
    assert buckets("") == {}


@pytest.mark.parametrize(
    ("counts", "age"),
    [
        ([100, 100, 100], 0.095),
        ([0, 100, 100], 0.955),
        ([95, 100, 100], 0.1),
        ([0, 0, 100], OVER_THE_TOP),
        ([94, 94, 100], OVER_THE_TOP),
        ([0, 0, 0], None),
    ],
)
def test_the_age_that_95_of_100_batches_stayed_below(counts: list[float], age: float | None) -> None:
    now = dict(zip((0.1, 1.0, float("inf")), counts, strict=True))

    assert p95_of(now, {}) == (None if age is None else pytest.approx(age))


def test_only_what_came_since_the_last_look_counts() -> None:
    """Ten minutes of quick batches must not hide five seconds of slow ones."""
    before = {0.1: 10_000.0, 1.0: 10_000.0, float("inf"): 10_000.0}
    now = {0.1: 10_000.0, 1.0: 10_020.0, float("inf"): 10_020.0}

    assert p95_of(now, before) == pytest.approx(0.955)
    assert p95_of(before, before) is None
    assert p95_of({}, {}) is None


def test_memory_is_that_of_a_process_and_its_children_and_none_of_one_that_is_gone() -> None:
    found = memory(os.getpid())
    assert found is not None

    assert found[0] >= found[1] > 10_000_000
    assert memory(None) is None
    assert memory(2**22 + 1) is None
