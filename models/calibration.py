"""how wrong earlier estimates were → here → the range that so many fall in. Adaptive conformal, after Gibbs & Candès 2021.

An error is counted in units of the spread that was expected of its estimate, so that long and short ones teach each other.
A quantile's level moves with each order that fell on the wrong side: a range of 80 % comes to hold 80 %, whatever the errors,
as long as they lie on the scale (3 of 14,400 on recorded days did not).
What estimates are short of on the mean is added to later ones, slowly: so one day's luck is not the next order's.
"""

from itertools import accumulate

import msgspec

from models.ids import Instant
from models.quantiles import place

SHARES = (100, 500, 800, 900)
"""Thousandths: of ten orders so many come before P10, P50, P80 and P90."""
STEP = 20
LEAST, MOST = -4 * STEP, 8 * STEP
"""Errors are counted in twentieths of the spread, from 4 spreads early to 8 late."""
PRIOR = (-22, -16, -11, -7, -3, 1, 6, 12, 20, 34)
"""Ten orders of a usual city, long to the late side: the deciles of recorded days. Each counts for `PRIOR_WEIGHT`."""
PRIOR_WEIGHT = 5
LEAN, FURTHEST_MS = 40, 3_600_000
"""Chosen on the recorded days; an order that was forgotten for two hours counts as one."""
BOUNDS = ((20_000, 250_000), (300_000, 700_000), (600_000, 950_000), (750_000, 985_000))
"""How far the levels of P10, P50, P80 and P90 may move."""


def rate(waiting: int) -> int:
    """By how much (millionths) one order moves a level, while so many others wait for their end.

    Gibbs & Candès move by 0.005. What is told now is heard of when those have ended: moved by 0.01 each, 250 waiting orders
    of a rush drove P50 from 5 to 94 % and back. Together they may move it by a quarter.
    """
    return min(10_000, 250_000 // max(1, waiting))


def moved(level: int, share: int, before: bool, waiting: int) -> int:
    """A level (millionths) whose `share` (thousandths) should come before it, after one that did or did not."""
    return level + rate(waiting) * (share - 1000 * before) // 1000


class Calibration(msgspec.Struct):
    """`counts`: errors by their step; `levels`: where P10, P50, P80 and P90 are read, in millionths; `cuts`: what is read
    there, in thousandths of a step; `short_ms`: Σ of what `seen` estimates were short of before anything was added."""

    counts: list[int] = msgspec.field(
        default_factory=lambda: [PRIOR_WEIGHT * PRIOR.count(s) for s in range(LEAST, MOST + 1)]
    )
    levels: list[int] = msgspec.field(default_factory=lambda: [1000 * share for share in SHARES])
    cuts: list[int] = []
    short_ms: int = 0
    seen: int = 0

    @property
    def shift_ms(self) -> int:
        """What is added to an estimate: the mean it would be short of, leaning on none by `LEAN` orders."""
        return self.short_ms // (self.seen + LEAN)

    def __post_init__(self) -> None:
        self.cuts = self.cuts or self._read()

    def quantiles(self, expected: Instant, spread_ms: int) -> tuple[Instant, ...]:
        """P10, P50, P80 and P90 of an estimate with this expected spread."""
        return tuple(expected + spread_ms * cut // (STEP * 1000) for cut in self.cuts)

    def learn(
        self, told: tuple[Instant, ...], expected: Instant, spread_ms: int, actual: Instant, shift_ms: int, waiting: int
    ) -> None:
        """What came of an estimate: its quantiles were `told`, `shift_ms` had been added, and so many others are `waiting`."""
        self.short_ms += min(max(actual - expected + shift_ms, -FURTHEST_MS), FURTHEST_MS)
        self.seen += 1
        step = (actual - expected) * STEP // max(1, spread_ms)
        self.counts[min(max(step, LEAST), MOST) - LEAST] += 1
        self.levels = [
            min(max(moved(level, share, actual <= one, waiting), least), most)
            for level, share, one, (least, most) in zip(self.levels, SHARES, told, BOUNDS, strict=True)
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
    step, inside, width = place(below, wanted, 1_000_000)
    return 1000 * (step + LEAST) + 1000 * inside // width
