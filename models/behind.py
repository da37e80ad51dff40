"""a kitchen's orders, in hand and done → here → how much likelier it is that it is behind than that it works as it always has.

A sequential change point test (Page, "Continuous inspection schemes", Biometrika 1954): whatever was not done at some moment,
and came after, takes 20 minutes longer than it would. An order that came out in time speaks against it, so one slow dish is
no slow kitchen. What came out after that moment is no measure of what is usual. Shares of the mean are taken as lognormal.
"""

from collections.abc import Sequence
from math import erfc, exp, log, pi, sqrt
from typing import NamedTuple

from models.ids import Instant
from models.prep import LEAN, STEP, Prep
from models.ways import MINUTE_MS

BEHIND = {20 * MINUTE_MS: 0.0, 60 * MINUTE_MS: 3.0}
"""By how much, and how much rarer that is (in logarithms): a kitchen that stands still is not merely slow."""
RECENT_MS = 60 * MINUTE_MS
"""What was done longer ago says nothing of now."""
ANNOUNCED = 0.92
"""A minute over a time that the kitchen itself named makes it two and a half times likelier (ln 2.5)."""
FLOOR, FORGOTTEN = 1e-4, 0.01
"""No chance is below the first: no single order says more. What cooks for ever is by a hundredth a sign of being behind too."""
KNOWN = 3
"""So many orders before that moment are a measure; of a kitchen that had done fewer, all it did is, slow or not."""
MOST_TIMES = 10**12
"""No more is told. Five of five staged meltdowns came beyond it; of other kitchens of ten days the surest had 130 million."""


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

    def known_by(self, orders: int) -> "Usual":
        """As wide as it is of a kitchen whose mean is known by so many of its orders: the predictive deviation of a normal
        variable whose mean has a prior worth `LEAN` orders (Gelman et al., Bayesian Data Analysis, 2.5).
        """
        return Usual(self.centre, self.width * sqrt(1 + 1 / (LEAN + orders)))

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


def times_likelier(works: Sequence[Work], so_far: Prep, city_ms: int, usual: Usual, announced_over_ms: int = 0) -> int:
    """Than as usual, at the moment since which it is likeliest: 1 means nothing is known, `MOST_TIMES` is the most told.

    `so_far`: all orders that the kitchen ever had ready, of which `works` has the last; `city_ms`: the mean of all kitchens.
    """
    starts = sorted({one.placed_at for one in works} | {one.until for one in works if one.done})
    odds = max((_since(start, works, so_far, city_ms, usual) for start in starts), default=0.0)
    odds += ANNOUNCED * announced_over_ms / MINUTE_MS
    return int(exp(max(odds, 0.0))) if odds < log(MOST_TIMES) else MOST_TIMES


def _since(start: Instant, works: Sequence[Work], so_far: Prep, city_ms: int, usual: Usual) -> float:
    """The logarithm of how much likelier it is that it has been behind since then, by the delay that is likeliest."""
    after = [one for one in works if one.until > start]
    before = _before(so_far, after)
    mean_ms, usual = max(1, before.mean_ms(city_ms)), usual.known_by(before.count)
    return max(
        sum(_log_odds(one, ms, max(0, start - one.placed_at), mean_ms, usual) for one in after) - rare
        for ms, rare in BEHIND.items()
    )


def _before(so_far: Prep, after: Sequence[Work]) -> Prep:
    """What a kitchen behind takes soon is its mean: of 22 meltdowns one was told after an hour, and is after 20 minutes now."""
    took = [one.until - one.placed_at for one in after if one.done]
    before = Prep(so_far.total_ms - sum(took), so_far.count - len(took))
    return before if before.count >= KNOWN else so_far


def _log_odds(one: Work, delay_ms: int, before_ms: int, mean_ms: int, usual: Usual) -> float:
    """`before_ms`: what it had taken when the delay began, of which none is due to it."""
    took_ms = one.until - one.placed_at
    own_ms = took_ms - delay_ms
    if not one.done:
        behind = max(FORGOTTEN, usual.beyond(max(before_ms, own_ms) / mean_ms))
        return max(0.0, log(behind / usual.beyond(took_ms / mean_ms)))
    density = usual.density(own_ms / mean_ms) if own_ms >= before_ms else FLOOR
    return log(density / usual.density(took_ms / mean_ms))
