"""samples of a soak → here → slopes with their intervals, lags by third, letters by cause, and what is broken. Pure.

Samples that lie seconds apart are not independent: they are averaged over a minute, and the interval is widened by how far
a minute's residual still follows the one before (Santer et al. 2000, J. Geophys. Res. 105: the effective sample size of a
first-order autoregression).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from math import sqrt
from typing import Any, NamedTuple

from models.quantiles import quantile

BLOCK_SECONDS, WARM_UP, HOUR_SECONDS = 60.0, 0.2, 3_600.0
FEWEST_BLOCKS, FEWEST_EFFECTIVE = 4, 3.0
CONFIDENCE = 0.95
ALLOWED_MB_PER_HOUR = 10.0
"""A day of it is 240 MB, as much again as a worker weighs. A soak closes up to ten cities an hour: it is 1 MB for each."""
BOUND_TIMES, BOUND_SECONDS, BOUND_RECORDS = 2.0, 5.0, 200.0
"""5 s is half of what `track check` calls old; 200 records are one full batch."""
JUDGES_FROM_MINUTES = 30
Point = tuple[float, float]
Letter = tuple[str, str, bytes]
"""City, topic and bytes."""


class Slope(NamedTuple):
    """MB an hour; `low` and `high` hold the true slope in 95 of 100 soaks; `follows` is the autocorrelation of a minute."""

    mb_per_hour: float
    low: float
    high: float
    blocks: int
    follows: float


class Lag(NamedTuple):
    """p95 of the first and of the last third, and of all; `most` is the worst sample."""

    p95: float
    most: float
    first_p95: float
    last_p95: float


class Letters(NamedTuple):
    """`expected`: garbage that was sent; `unexpected`: letters of anything else; `missing`: garbage without a letter."""

    expected: int
    written: int
    unexpected: int
    missing: int


def slope(points: Sequence[Point], settled: float | None = None) -> Slope | None:
    """Of (seconds, MB), oldest first, once they are warm; None of less than four minutes of them."""
    from scipy import stats

    blocks = block_means(warm(points, settled))
    if len(blocks) < FEWEST_BLOCKS:
        return None
    hours, mb = [at / HOUR_SECONDS for at, _ in blocks], [value for _, value in blocks]
    fit = stats.linregress(hours, mb)
    residuals = [value - fit.intercept - fit.slope * hour for hour, value in zip(hours, mb, strict=True)]
    follows = autocorrelation(residuals)
    effective = max(FEWEST_EFFECTIVE, len(blocks) * (1 - follows) / (1 + follows))
    error = fit.stderr * sqrt((len(blocks) - 2) / (effective - 2))
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, effective - 2)) * error
    return Slope(float(fit.slope), float(fit.slope - reach), float(fit.slope + reach), len(blocks), follows)


def warm(points: Sequence[Point], settled: float | None = None) -> list[Point]:
    """Without the first fifth of the time, in which caches fill, nor what lies before `settled`."""
    if not points:
        return []
    begins = max(points[0][0] + WARM_UP * (points[-1][0] - points[0][0]), settled or 0.0)
    return [one for one in points if one[0] >= begins]


def block_means(points: Sequence[Point]) -> list[Point]:
    """The mean of each whole minute from the first point on; what is left over at the end is no whole one."""
    if not points:
        return []
    first, last = points[0][0], points[-1][0]
    blocks = groupby(points, lambda one: int((one[0] - first) // BLOCK_SECONDS))
    whole = [list(some) for n, some in blocks if first + (n + 1) * BLOCK_SECONDS <= last + BLOCK_SECONDS / 10]
    return [(sum(at for at, _ in some) / len(some), sum(mb for _, mb in some) / len(some)) for some in whole]


def autocorrelation(residuals: Sequence[float]) -> float:
    """Of each with the one before it, from 0 (none, or an alternating one) to below 1."""
    total = sum(one * one for one in residuals)
    if total < 1e-12:
        return 0.0
    together = sum(a * b for a, b in pairwise(residuals))
    return min(max(together / total, 0.0), 0.99)


def grows(found: Slope | None) -> bool:
    """Only when the whole interval says so: a short soak knows too little to accuse anybody."""
    return found is not None and found.low > ALLOWED_MB_PER_HOUR


def lag(values: Sequence[float]) -> Lag | None:
    """Of samples in the order of time; None of less than three."""
    third = len(values) // 3
    if not third:
        return None
    return Lag(_p95(values), max(values), _p95(values[:third]), _p95(values[-third:]))


def _p95(values: Sequence[float]) -> float:
    return quantile(sorted(values), 95)


def bounded(found: Lag | None, floor: float) -> bool:
    """Not bounded is what doubled from the first third to the last, and is more than `floor` by then."""
    return found is None or found.last_p95 <= max(BOUND_TIMES * found.first_p95, floor)


def letters(sent: Counter[Letter], written: Counter[Letter]) -> Letters:
    """The garbage of the faults' own account against the dead letters."""
    return Letters(sent.total(), written.total(), (written - sent).total(), (sent - written).total())


def broken(report: Mapping[str, Any], judged: Sequence[str]) -> list[str]:
    """What is not as it must be, in words; `judged` are the parts whose memory is ours to answer for.

    Only once the first closed city has left can memory stand still: each one before it is one more.
    """
    slopes, found = report["memory"] if report["settled_s"] is not None else {}, report["letters"]
    return [
        *_unjudged(report, judged),
        *(f"{name}: memory grows {_told(slopes[name])}" for name in judged if grows(slopes.get(name))),
        *(f"{name}: lag in records is not bounded: {_thirds(one)}" for name, one in report["lag_records"].items()
          if not bounded(one, BOUND_RECORDS)),
        *(f"{name}: lag in seconds is not bounded: {_thirds(one)}" for name, one in report["lag_seconds"].items()
          if not bounded(one, BOUND_SECONDS)),
        *(f"{name}: started {starts} times" for name, starts in report["starts"].items() if starts != 1),
        *([f"{found.unexpected} dead letters that no garbage explains"] if found.unexpected else []),
        *([f"{found.missing} pieces of garbage without a dead letter"] if found.missing else []),
        *(f"{city}: reconcile finds drift: {', '.join(drift)}" for city, drift in report["drift"].items()),
        *report["ended_badly"],
    ]  # fmt: skip


def _unjudged(report: Mapping[str, Any], judged: Sequence[str]) -> list[str]:
    """What a soak did not find out is no proof; of a short one nobody expects more than its lags."""
    unknown = [n for n in judged if report["settled_s"] is None or report["memory"].get(n) is None]
    short = report["asked"]["minutes"] < JUDGES_FROM_MINUTES
    return [
        *([] if short or not unknown else [f"memory was not judged: {', '.join(unknown)}"]),
        *([] if report["board"]["runs"] else ["no session looked at the board"]),
    ]


def _told(one: Slope) -> str:
    return f"{one.mb_per_hour:.1f} MB/h, at least {one.low:.1f}; {ALLOWED_MB_PER_HOUR:g} are allowed"


def _thirds(one: Lag) -> str:
    return f"p95 was {one.first_p95:.1f} in the first third and is {one.last_p95:.1f} in the last"
