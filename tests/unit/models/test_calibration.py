"""A range of 80 % comes to hold 80 %, whatever the errors; a quantile is a level of the errors so far."""

import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibration import BOUNDS, LEAST, MOST, SHARES, STEP, Calibration, rate
from tests.unit.models.builders import MINUTE, T0

LONG, SETTLED = 1_200, 250
"""Orders of a long run, and those after which its share is taken: a day of a small city."""
BEAM = st.tuples(st.floats(-3, 7), st.floats(0.3, 1), st.integers(1, 5))
"""Errors about a middle, so far to either side (both in spreads, and on the scale), and how often."""
SHAPES = st.lists(BEAM, min_size=1, max_size=4)


def _errors(shape: list[tuple[float, float, int]], count: int) -> list[tuple[int, int]]:
    """(spread in ms, error in ms): long and short estimates of one shape, the same in every run."""
    dice = random.Random(7)
    weights = [weight for _, _, weight in shape]
    found = []
    for _ in range(count):
        middle, half, _ = dice.choices(shape, weights)[0]
        spread = dice.randint(MINUTE // 2, 40 * MINUTE)
        found.append((spread, round(spread * dice.uniform(middle - half, middle + half))))
    return found


def _covered(one: Calibration, errors: list[tuple[int, int]]) -> list[bool]:
    """Whether each lay inside P10 to P90, as told before it was known."""
    held = []
    for spread, error in errors:
        told = one.quantiles(T0, spread)
        held.append(told[0] <= T0 + error <= told[-1])
        one.learn(told, T0, spread, T0 + error, 0, 25)
    return held


@settings(max_examples=5, deadline=None, derandomize=True)
@given(SHAPES)
def test_of_any_errors_eight_in_ten_come_to_lie_in_the_range(shape: list[tuple[float, float, int]]) -> None:
    held = _covered(Calibration(), _errors(shape, LONG))[SETTLED:]

    assert sum(held) / len(held) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("error", [0, -1, 500, -30_000])
def test_where_all_arrive_exactly_as_told_or_so_much_off_the_range_is_narrow_and_holds_them(error: int) -> None:
    """Simulated riders do. A range that was read inside of their step held none of them from the 1,500th order on."""
    dice = random.Random(3)
    errors = [(dice.randint(80_000, 200_000), error) for _ in range(LONG)]
    one = Calibration()
    held = _covered(one, errors)[SETTLED:]
    told = one.quantiles(T0, 100_000)

    assert sum(held) / len(held) > 0.77
    assert told[-1] - told[0] <= 25_000


@given(st.lists(st.tuples(st.integers(1, 90 * MINUTE), st.integers(-90 * MINUTE, 90 * MINUTE)), max_size=60))
def test_a_range_never_turns_over_and_never_leaves_the_scale(errors: list[tuple[int, int]]) -> None:
    """4 spreads early to 8 late, and one step: an error beyond counts at the end."""
    one = Calibration()
    _covered(one, errors)
    told = one.quantiles(0, STEP)

    assert all(a <= b for a, b in pairwise(told))
    assert told[0] >= LEAST
    assert told[-1] <= MOST + 1


def test_a_city_without_orders_has_the_range_of_the_recorded_days() -> None:
    """Twentieths of a spread: P10 0.8 spreads early, P90 1.7 late."""
    assert Calibration().quantiles(0, STEP) == (-16, 1, 20, 34)


def test_a_range_grows_with_the_spread_of_its_estimate() -> None:
    one = Calibration()
    narrow, wide = (one.quantiles(0, spread) for spread in (MINUTE, 10 * MINUTE))

    assert wide == tuple(10 * cut for cut in narrow)


def test_a_level_moves_up_after_a_late_order_and_down_after_an_early_one() -> None:
    """By the share of its side: P90 by 9 of 1,000 up when one came after it, and by 1 down when none did."""
    late, early = Calibration(), Calibration()
    late.learn(late.quantiles(T0, MINUTE), T0, MINUTE, T0 + 60 * MINUTE, 0, 25)
    early.learn(early.quantiles(T0, MINUTE), T0, MINUTE, T0 - 60 * MINUTE, 0, 25)

    assert late.levels == [rate(25) * share // 1000 + 1000 * share for share in SHARES]
    assert early.levels == [1000 * share - rate(25) * (1000 - share) // 1000 for share in SHARES]


def test_no_level_leaves_its_bounds() -> None:
    one = Calibration()
    for _ in range(1_000):
        one.learn((T0 + 90 * MINUTE,) * 4, T0, MINUTE, T0, 0, 25)

    assert one.levels == [least for least, _ in BOUNDS]

    for _ in range(1_000):
        one.learn((T0 - 90 * MINUTE,) * 4, T0, MINUTE, T0, 0, 25)

    assert one.levels == [most for _, most in BOUNDS]


def test_an_estimate_that_was_certain_is_counted_too() -> None:
    one = Calibration()
    one.learn(one.quantiles(T0, 0), T0, 0, T0 + 8, 0, 25)

    assert one.counts[-1] == 1


def test_what_was_learnt_is_the_same_after_a_checkpoint() -> None:
    one = Calibration()
    _covered(one, _errors([(1, 1, 1)], 30))

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Calibration) == one


def test_the_more_orders_wait_for_their_end_the_less_each_moves_a_level() -> None:
    """All that wait together move it by a quarter at most."""
    assert [rate(waiting) for waiting in (0, 1, 25, 250, 2_500)] == [10_000, 10_000, 10_000, 1_000, 100]


def test_what_estimates_were_short_of_is_added_to_later_ones_and_counts_for_an_hour_at_most() -> None:
    one = Calibration()
    one.learn(one.quantiles(T0, MINUTE), T0, MINUTE, T0 + 120 * MINUTE, 0, 25)

    assert one.shift_ms == 60 * MINUTE // (1 + 40)
