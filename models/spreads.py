"""durations of one hour → here → their mean and percentiles in minutes. From the orders themselves, never of percentiles."""

from collections.abc import Iterable

from models.quantiles import quantile
from models.ways import MINUTE_MS

PARTS = ("p10", "p50", "p90", "mean")


def spread(name: str, durations_ms: Iterable[int]) -> dict[str, float | None]:
    """`name_p10_minutes` … `name_mean_minutes`, by nearest rank; None where there is nothing to measure."""
    some = sorted(durations_ms)
    if not some:
        return {f"{name}_{part}_minutes": None for part in PARTS}
    values = (*(quantile(some, percent) / MINUTE_MS for percent in (10, 50, 90)), sum(some) / len(some) / MINUTE_MS)
    return {f"{name}_{part}_minutes": value for part, value in zip(PARTS, values, strict=True)}
