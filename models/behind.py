"""a kitchen's orders, in hand and done → here → how much likelier it is that it is behind than that it works as it always has.

A sequential change point test (Page, "Continuous inspection schemes", Biometrika 1954): whatever was not done at some moment,
and came after, takes 20 minutes longer than it would. An order that came out in time speaks against it, so one slow dish is
no slow kitchen. Shares of the mean are taken as lognormal.
"""

from collections.abc import Sequence
from itertools import product
from math import erfc, exp, log, pi, sqrt
from typing import NamedTuple

from models.ids import Instant
from models.prep import STEP
from models.ways import MINUTE_MS

BEHIND = {20 * MINUTE_MS: 0.0, 60 * MINUTE_MS: 3.0}
"""By how much, and how much rarer that is (in logarithms): a kitchen that stands still is not merely slow."""
RECENT_MS = 60 * MINUTE_MS
"""What was done longer ago says nothing of now."""
ANNOUNCED = 0.92
"""A minute over a time that the kitchen itself named makes it two and a half times likelier (ln 2.5)."""
FLOOR, FORGOTTEN = 1e-4, 0.01
"""No chance is below the first: no single order says more. What cooks for ever is by a hundredth a sign of being behind too."""
MOST_TIMES = 9_999


class Usual(NamedTuple):
    """Mean and standard deviation of the logarithm of a share of the mean."""

    centre: float
    width: float

    @classmethod
    def of(cls, shares: Sequence[int]) -> "Usual":
        """Of orders counted by the steps of their share (`models/prep`), each in the middle of its step."""
        total, logs = sum(shares), [log((step + 0.5) / STEP) for step in range(len(shares))]
        centre = sum(count * one for count, one in zip(shares, logs, strict=True)) / total
        wide = sum(count * (one - centre) ** 2 for count, one in zip(shares, logs, strict=True)) / total
        return cls(centre, sqrt(wide))

    def density(self, share: float) -> float:
        if share <= 0:
            return FLOOR
        z = (log(share) - self.centre) / self.width
        return max(FLOOR, exp(-z * z / 2) / (share * self.width * sqrt(2 * pi)))

    def beyond(self, share: float) -> float:
        """The chance of a larger one."""
        if share <= 0:
            return 1.0
        return max(FLOOR, erfc((log(share) - self.centre) / self.width / sqrt(2)) / 2)


class Work(NamedTuple):
    """An order of a kitchen that named no time: until it was done, or until now."""

    placed_at: Instant
    until: Instant
    done: bool


def times_likelier(works: Sequence[Work], mean_ms: int, usual: Usual, announced_over_ms: int = 0) -> int:
    """Than as usual, at the moment since which it is likeliest: 1 means nothing is known, `MOST_TIMES` is the most told."""
    starts = sorted({one.placed_at for one in works} | {one.until for one in works if one.done})
    sums = [
        sum(_log_odds(one, ms, max(0, start - one.placed_at), mean_ms, usual) for one in works if one.until > start)
        - rare
        for start, (ms, rare) in product(starts, BEHIND.items())
    ]
    odds = max(sums, default=0.0) + ANNOUNCED * announced_over_ms / MINUTE_MS
    return int(min(exp(min(max(odds, 0.0), log(MOST_TIMES))), MOST_TIMES))


def _log_odds(one: Work, delay_ms: int, before_ms: int, mean_ms: int, usual: Usual) -> float:
    """`before_ms`: what it had taken when the delay began, of which none is due to it."""
    took_ms = one.until - one.placed_at
    own_ms = took_ms - delay_ms
    if not one.done:
        behind = max(FORGOTTEN, usual.beyond(max(before_ms, own_ms) / mean_ms))
        return max(0.0, log(behind / usual.beyond(took_ms / mean_ms)))
    density = usual.density(own_ms / mean_ms) if own_ms >= before_ms else FLOOR
    return log(density / usual.density(took_ms / mean_ms))
