"""twenty seeds → here → the measures of their days beside those of the recorded ones: is the invented city a plausible one?

Published: ten days of grubhub/mdrplib (Reyes et al. 2018), read from their files.
"""

from statistics import mean
from typing import Any, NamedTuple

from models.quantiles import quantile
from models.ways import MINUTE_MS
from simulator.scenario import Scenario
from simulator.sources import synthetic

SEEDS = range(1, 21)
HOUR_MS = 60 * MINUTE_MS


class Measure(NamedTuple):
    """What was published, and how far our days may be from it."""

    name: str
    published: str
    least: float
    most: float


MEASURES = (
    Measure("orders a day", "505 to 3,213", 505, 3_213),
    Measure("drivers a day", "94 to 457", 94, 457),
    Measure("orders in the busiest hour", "97 to 455", 97, 455),
    Measure("orders per driver and hour on shift", "1.2 to 2.4", 1.2, 2.4),
    Measure("preparation, mean min", "17.7", 16.5, 19),
    Measure("preparation, p50 min", "15", 13.5, 16.5),
    Measure("preparation, p90 min", "30", 27, 33),
    Measure("straight line to the door, mean km", "2.3", 2.1, 2.5),
    Measure("straight line to the door, p90 km", "4.4", 4.1, 4.7),
)


def bench() -> dict[str, Any]:
    """Each measure's least, median and greatest value over the seeds; `broken` names those whose median lies outside."""
    days = [_measured(synthetic.build(seed, whole_day=True)) for seed in SEEDS]
    rows = [_row(measure, sorted(day[n] for day in days)) for n, measure in enumerate(MEASURES)]
    return {"days": len(days), "measures": rows, "broken": [row["name"] for row in rows if not row["within"]]}


def _row(measure: Measure, values: list[float]) -> dict[str, Any]:
    return {
        "name": measure.name,
        "published": measure.published,
        "least": round(values[0], 2),
        "median": round(quantile(values, 50), 2),
        "greatest": round(values[-1], 2),
        "within": measure.least <= quantile(values, 50) <= measure.most,
    }


def _measured(day: Scenario) -> tuple[float, ...]:
    """In the order of `MEASURES`."""
    kitchens = {r.restaurant: r.point for r in day.restaurants}
    prep = sorted((o.ready_at - o.placed_at) / MINUTE_MS for o in day.orders)
    km = sorted(day.rules.travel.beeline(kitchens[o.restaurant], o.door) / 1000 for o in day.orders)
    shifts = sum(s.until - s.on_at for s in day.shifts) / HOUR_MS
    placed = [o.placed_at for o in day.orders]
    busiest = max(
        sum(at <= other < at + HOUR_MS for other in placed) for at in range(placed[0], placed[-1], HOUR_MS // 4)
    )
    of_the_day = (len(placed), len(day.shifts), busiest, len(placed) / shifts)
    return (*of_the_day, mean(prep), quantile(prep, 50), quantile(prep, 90), mean(km), quantile(km, 90))


def told(report: dict[str, Any]) -> list[str]:
    """A table for the eye."""
    head = f"{'of ' + str(report['days']) + ' days':36} {'published':>14} {'least':>9} {'median':>9} {'greatest':>9}"
    return [head, *(_line(row) for row in report["measures"])]


def _line(row: dict[str, Any]) -> str:
    figures = f"{row['least']:>9g} {row['median']:>9g} {row['greatest']:>9g}"
    return f"{row['name']:36} {row['published']:>14} {figures}{'' if row['within'] else '  outside'}"
