"""When a soak says that memory grows or that lag does, and when it knows too little to say so."""

from collections import Counter
from math import pi, sin
from random import Random
from typing import Any

import pytest

from infra.bench.soak_judge import (
    ALLOWED_MB_PER_HOUR,
    BOUND_SECONDS,
    Lag,
    Letters,
    Point,
    Slope,
    autocorrelation,
    block_means,
    bounded,
    broken,
    grows,
    lag,
    letters,
    slope,
    warm,
)

EVERY = 5.0


def samples(minutes: int, mb_per_hour: float = 0.0, noise: float = 1.0, seed: int = 1) -> list[Point]:
    rng, count = Random(seed), int(minutes * 60 / EVERY) + 1
    return [(n * EVERY, 200 + mb_per_hour * n * EVERY / 3600 + rng.gauss(0, noise)) for n in range(count)]


def found(points: list[Point]) -> Slope:
    one = slope(points)
    assert one is not None
    return one


def test_the_slope_of_a_line_is_its_slope() -> None:
    one = found(samples(30, mb_per_hour=42.0, noise=0.0))

    assert one.mb_per_hour == pytest.approx(42.0)
    assert one.low == pytest.approx(one.high)
    assert one.blocks == 24


def test_the_interval_holds_the_true_slope_in_about_95_of_100_soaks() -> None:
    runs = [found(samples(30, mb_per_hour=5.0, seed=seed)) for seed in range(200)]
    held = sum(one.low <= 5.0 <= one.high for one in runs)

    assert 184 <= held <= 200


def test_memory_that_wanders_is_not_taken_for_memory_that_grows() -> None:
    """A random walk: plain least squares take nearly every one of them for a trend."""
    accused = 0
    for seed in range(100):
        rng, at, walk = Random(seed), 200.0, list[Point]()
        for n in range(361):
            at += rng.gauss(0, 0.3)
            walk.append((n * EVERY, at))
        accused += grows(slope(walk))

    assert accused <= 10


def test_a_leak_of_three_megabytes_a_closed_city_is_seen_in_half_an_hour() -> None:
    """A city every six minutes, and a sawtooth of 15 MB while each is open."""
    points = [(n * EVERY, 200 + 3 * (n * EVERY // 360) + 15 * sin(pi * (n * EVERY % 360) / 360)) for n in range(360)]

    assert found(points).mb_per_hour == pytest.approx(30, abs=8)
    assert grows(found(samples(30, mb_per_hour=30.0)))


def test_a_sawtooth_that_comes_back_every_city_does_not_grow() -> None:
    points = [(n * EVERY, 200 + 40 * (n * EVERY % 360) / 360) for n in range(361)]

    assert not grows(slope(points))


def test_warming_up_is_not_growing() -> None:
    """200 MB come in the first five minutes of thirty, then no more."""
    points = [(n * EVERY, min(400.0, 200 + n * EVERY / 300 * 200)) for n in range(361)]

    assert found(points).mb_per_hour == pytest.approx(0.0, abs=1e-6)


def test_what_lies_before_the_first_city_that_left_does_not_count() -> None:
    """Cities add up for fifteen of thirty minutes; from then on one leaves for each that comes."""
    points = [(n * EVERY, min(220.0, 200 + n * EVERY / 900 * 20)) for n in range(361)]
    settled = slope(points, settled=900.0)

    assert found(points).mb_per_hour > 20
    assert settled is not None
    assert settled.mb_per_hour == pytest.approx(0.0, abs=1e-6)
    assert settled.blocks == 15


def test_a_soak_in_which_no_city_left_judges_no_memory() -> None:
    growing = {"city": Slope(50.0, 40.0, 60.0, 24, 0.0)}

    assert broken({**healthy(), "memory": growing, "settled_s": None}, ["city"]) == []
    assert len(broken({**healthy(), "memory": growing}, ["city"])) == 1


def test_a_soak_of_a_few_minutes_knows_no_slope_and_accuses_nobody() -> None:
    assert slope(samples(4, mb_per_hour=500.0)) is None
    assert slope([]) is None
    assert not grows(None)


def test_a_slope_is_too_much_only_when_its_whole_interval_is() -> None:
    much = ALLOWED_MB_PER_HOUR

    assert grows(Slope(much + 2, much + 1, much + 3, 20, 0.0))
    assert not grows(Slope(much + 2, much - 1, much + 5, 20, 0.0))
    assert not grows(Slope(-5.0, -6.0, -4.0, 20, 0.0))


def test_the_first_fifth_is_left_out_and_only_whole_minutes_count() -> None:
    points = samples(10, noise=0.0)

    assert warm(points)[0][0] == 120.0
    assert [at for at, _ in block_means(points)] == [27.5 + 60 * n for n in range(10)]
    assert len(block_means(points[:-6])) == 9
    assert (warm([]), block_means([])) == ([], [])


def test_residuals_that_follow_one_another_are_known_from_those_that_do_not() -> None:
    assert autocorrelation([1.0, -1.0] * 10) == 0.0
    assert autocorrelation([1.0] * 10 + [-1.0] * 10) > 0.8
    assert autocorrelation([0.0] * 10) == 0.0


def test_lag_that_stays_is_bounded_however_large() -> None:
    one = lag([30.0] * 30)

    assert one == Lag(30.0, 30.0, 30.0, 30.0)
    assert bounded(one, BOUND_SECONDS)


def test_lag_that_doubles_is_not_bounded_once_it_matters() -> None:
    small, large = lag([0.1] * 10 + [0.5] * 10 + [3.0] * 10), lag([1.0] * 10 + [5.0] * 10 + [9.0] * 10)

    assert bounded(small, BOUND_SECONDS)
    assert not bounded(large, BOUND_SECONDS)


def test_one_hiccup_at_the_end_is_no_trend() -> None:
    assert bounded(lag([0.1] * 99 + [60.0]), BOUND_SECONDS)
    assert lag([0.1, 0.2]) is None
    assert bounded(None, BOUND_SECONDS)


def test_letters_are_held_against_the_garbage_that_was_sent_by_city_topic_and_bytes() -> None:
    sent = Counter({("a", "pings", b"x"): 2, ("a", "pings", b""): 1, ("b", "commands", b"y"): 1})
    written = Counter({("a", "pings", b"x"): 1, ("a", "pings", b""): 1, ("b", "commands", b"x"): 1})

    assert letters(sent, written) == Letters(expected=4, written=3, unexpected=1, missing=2)
    assert letters(sent, sent) == Letters(4, 4, 0, 0)


def healthy() -> dict[str, Any]:
    level = Slope(0.0, -1.0, 1.0, 24, 0.0)
    return {
        "asked": {"minutes": 29},
        "board": {"runs": 1_700},
        "settled_s": 700.0,
        "memory": {"city": level, "kafka": Slope(900.0, 800.0, 1000.0, 24, 0.0)},
        "lag_records": {"city": Lag(10, 100, 10, 10)},
        "lag_seconds": {"city_commands": Lag(0.1, 1.0, 0.1, 0.1), "dispatch": None},
        "starts": {"city": 1, "kafka": 1},
        "letters": Letters(5, 5, 0, 0),
        "drift": {},
        "ended_badly": [],
    }


def test_a_healthy_soak_breaks_nothing_and_a_server_s_own_caches_are_not_judged() -> None:
    assert broken(healthy(), ["city", "dashboard"]) == []


def test_half_an_hour_that_judged_no_memory_is_no_proof() -> None:
    long = {**healthy(), "asked": {"minutes": 30}}

    assert broken(long, ["city"]) == []
    assert broken(long, ["city", "dashboard"]) == ["memory was not judged: dashboard"]
    assert broken({**long, "settled_s": None}, ["city"]) == ["memory was not judged: city"]


@pytest.mark.parametrize(
    ("part", "what", "says"),
    [
        ("memory", {"city": Slope(50.0, 40.0, 60.0, 24, 0.0)}, "city: memory grows 50.0 MB/h, at least 40.0"),
        ("lag_records", {"city": Lag(9, 9, 100, 900)}, "city: lag in records is not bounded: p95 was 100.0"),
        ("lag_seconds", {"dispatch": Lag(9, 9, 1, 20)}, "dispatch: lag in seconds is not bounded"),
        ("starts", {"city": 2}, "city: started 2 times"),
        ("letters", Letters(5, 6, 1, 0), "1 dead letters that no garbage explains"),
        ("letters", Letters(6, 5, 0, 1), "1 pieces of garbage without a dead letter"),
        ("drift", {"town": ["orders/7 status"]}, "town: reconcile finds drift: orders/7 status"),
        ("board", {"runs": 0}, "no session looked at the board"),
        ("ended_badly", ["simulator 3 ended with 1"], "simulator 3 ended with 1"),
    ],
)
def test_whatever_is_wrong_is_said_in_one_line(part: str, what: Any, says: str) -> None:
    (line,) = broken({**healthy(), part: what}, ["city"])

    assert line.startswith(says)
