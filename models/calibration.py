"""how wrong earlier estimates were → here → the range that so many fall in. Adaptive conformal, after Gibbs & Candès 2021.

An error is counted in units of the spread that was expected of its estimate, so that long and short ones teach each other.
A quantile's level moves with each order that fell on the wrong side: a range of 80 % comes to hold 80 %, whatever the errors,
as long as they lie on the scale (3 of 14,400 on recorded days did not).
"""

from bisect import bisect_right
from itertools import accumulate

import msgspec

from models.ids import Instant

SHARES = (100, 500, 800, 900)
"""Thousandths: of ten orders so many come before P10, P50, P80 and P90."""
STEP = 20
LEAST, MOST = -4 * STEP, 8 * STEP
"""Errors are counted in twentieths of the spread, from 4 spreads early to 8 late."""
PRIOR = (-22, -16, -11, -7, -3, 1, 6, 12, 20, 34)
"""Ten orders of a usual city, long to the late side: the deciles of recorded days."""
RATE = 10
"""Thousandths by which one order moves a level. Gibbs & Candès use 5; a day of 250 orders has less time."""


class Calibration(msgspec.Struct):
    """`counts`: errors by their step; `levels`: where P10, P50, P80 and P90 are read, in millionths; `cuts`: what is read
    there, in thousandths of a step."""

    counts: list[int] = msgspec.field(default_factory=lambda: [PRIOR.count(s) for s in range(LEAST, MOST + 1)])
    levels: list[int] = msgspec.field(default_factory=lambda: [1000 * share for share in SHARES])
    cuts: list[int] = []

    def __post_init__(self) -> None:
        self.cuts = self.cuts or self._read()

    def quantiles(self, expected: Instant, spread_ms: int) -> tuple[Instant, ...]:
        """P10, P50, P80 and P90 of an estimate with this expected spread."""
        return tuple(expected + spread_ms * cut // (STEP * 1000) for cut in self.cuts)

    def learn(self, told: tuple[Instant, ...], expected: Instant, spread_ms: int, actual: Instant) -> None:
        """What came of an estimate whose quantiles were `told`."""
        step = (actual - expected) * STEP // max(1, spread_ms)
        self.counts[min(max(step, LEAST), MOST) - LEAST] += 1
        self.levels = [
            min(max(level + RATE * (share - 1000 * (actual <= one)), 5_000), 995_000)
            for level, share, one in zip(self.levels, SHARES, told, strict=True)
        ]
        self.cuts = self._read()

    def _read(self) -> list[int]:
        """The range ends at whole steps, outwards: where all arrive exactly as told, as simulated riders do, a range inside
        of their step missed every one by milliseconds."""
        below = [0, *accumulate(self.counts)]
        p10, p50, *late = (_at(below, below[-1] * level) for level in self.levels)
        cuts = [p10 - p10 % 1000, p50, *(one + -one % 1000 for one in late)]
        return [max(cuts[: n + 1]) for n in range(len(cuts))]


def _at(below: list[int], wanted: int) -> int:
    """The step, in thousandths, that so many errors (in millionths) lie below."""
    step = bisect_right(below, wanted // 1_000_000, 0, len(below) - 1) - 1
    inside = (wanted - below[step] * 1_000_000) // (below[step + 1] - below[step])
    return 1000 * (step + LEAST) + inside // 1000
