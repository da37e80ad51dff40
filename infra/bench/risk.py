"""recorded days → here → of orders that were given a chance to be late, how many were: by tenths, over all days together.

Each open order is asked once, at the first look within 10 minutes of its promise, as the agent `alerts` asks it.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from infra.backtest import cores, days
from infra.replay import decided, load
from models.city import City
from models.eta import Etas
from models.events import Fact, OrderCancelled, OrderDelivered
from models.ids import OrderId
from models.risk import NEEDED
from models.rules import DEFAULT_POLICY
from models.watch import Watch, watch
from pipelines.garbage import collect_seldom

TENTHS, MOST_OFF, LEAST_ORDERS = 10, 5.0, 30
"""Points of a hundred that a tenth may be off; one with fewer orders is told and not judged."""


class Asked(NamedTuple):
    """The chance (thousandths) that was believed, and whether it came late or never."""

    chance: int
    late: bool


def bench(paths: Sequence[Path]) -> dict[str, Any]:
    """The report; `broken` names each tenth that is off. Raises NotADay."""
    planned = list(product(days(paths), ("estimated", "known")))
    planned = [(path, ready) for path, ready in planned if ready == "estimated" or (path / "orders.txt").is_file()]
    with ProcessPoolExecutor(cores(), get_context("spawn"), collect_seldom) as pool:
        found = [one for some in pool.map(asked_of, *zip(*planned, strict=True)) for one in some]
    tenths = [
        _tenth(n, [one for one in found if min(one.chance * TENTHS // 1000, TENTHS - 1) == n]) for n in range(TENTHS)
    ]
    told, late = [one for one in found if one.chance >= NEEDED], sum(one.late for one in found)
    hits = sum(one.late for one in told)
    return {
        "days": len(planned),
        "orders": len(found),
        "tenths": tenths,
        "precision": round(hits / len(told), 3) if told else None,
        "recall": round(hits / late, 3) if late else None,
        "broken": [
            f"tenth {row['tenth']}: {row['told']} told, {row['late']} late"
            for row in tenths
            if row["orders"] >= LEAST_ORDERS and abs(row["told"] - row["late"]) > MOST_OFF
        ],
    }


def told(report: dict[str, Any]) -> list[str]:
    """For the eye."""
    rows = [
        f"{10 * row['tenth']:3} % and more {row['orders']:7} orders, {row['told']!s:>5} % told, {row['late']!s:>5} % late"
        for row in report["tenths"]
    ]
    ends = (
        f"{report['orders']} orders of {report['days']} runs; of those that needed action {report['precision']} came late, "
        f"of the late ones {report['recall']} needed it"
    )
    return [*rows, ends, *(f"BROKEN {one}" for one in report["broken"])]


def asked_of(path: Path, ready: str) -> list[Asked]:
    """One day."""
    return asked(decided(load(path, DEFAULT_POLICY, ready)))


def asked(facts: Sequence[Fact]) -> list[Asked]:
    """Each order that was open ten minutes before its promise, as it was told then."""
    state, told = Watch(Etas(City(facts[0].city))), dict[OrderId, int]()
    found = list[Asked]()
    for fact in facts:
        open_before = fact.body.order if isinstance(fact.body, OrderDelivered | OrderCancelled) else None
        watch(state, fact)
        for order in state.asked.keys() - told.keys():
            told[order] = state.risks[order].chance
        if open_before is not None and open_before in told:
            late = isinstance(fact.body, OrderCancelled) or fact.at > state.city.orders[open_before].promised_at
            found.append(Asked(told.pop(open_before), late))
    return found


def _tenth(n: int, some: Sequence[Asked]) -> dict[str, Any]:
    """Per cent, to a decimal; None where nobody was told so."""
    chance = round(sum(one.chance for one in some) / 10 / len(some), 1) if some else None
    late = round(100 * sum(one.late for one in some) / len(some), 1) if some else None
    return {"tenth": n, "orders": len(some), "told": chance, "late": late}
