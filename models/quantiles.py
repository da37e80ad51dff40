"""ordered numbers → here → the one at a percentage. Nearest rank everywhere, so that a percentile is a value that occurred."""

from collections.abc import Sequence
from typing import TypeVar

Number = TypeVar("Number", int, float)


def quantile(ordered: Sequence[Number], percent: int) -> Number:
    """The nearest-rank quantile of an ordered sequence that is not empty."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
