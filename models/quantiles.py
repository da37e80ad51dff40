"""ordered numbers → here → the one at a percentage. Nearest rank everywhere, so that a percentile is a value that occurred."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

Number = TypeVar("Number", int, float)


def quantile(ordered: Sequence[Number], percent: int) -> Number:
    """The nearest-rank quantile of an ordered sequence that is not empty."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def place(below: Sequence[int], wanted: int, per: int) -> tuple[int, int, int]:
    """Of things counted by steps: the step that holds the `wanted` / `per`-th of them, and how far in, as a fraction.

    `below`: how many lie below each step, and in the end how many there are, more than were asked for. The fraction is
    given as its two terms, so that whoever asks rounds once.
    """
    step = bisect_right(below, wanted // per) - 1
    return step, wanted - below[step] * per, (below[step + 1] - below[step]) * per
