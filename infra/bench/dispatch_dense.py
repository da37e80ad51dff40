"""a city in its rush → here → scipy's dense assignment over every order and driver: what leaving far drivers out costs.

The same costs as `batch` weighs, order by order; `tests/unit/infra/bench/test_dispatch_dense.py` holds the two together.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from infra.bench.rush import Rush
from models.course import Courses
from models.geo import Point
from models.order import unassigned
from models.policies.hands import Hand, hands
from models.policies.rolling import BATCH, LEFT_MS, NEAREST_HANDS, cheapest
from models.policies.units import THOUSANDTHS, Unit, units
from models.prep import Outlook
from models.rules import Rules

Matched = list[tuple[int, int]]
"""Row and column of each order that gets a driver."""


class Compared(NamedTuple):
    """CPU seconds of the solving alone; orders that each leaves for a later tick.

    `cost_ratio`: Σ cost of our matching over that of the dense optimum, what is left included.
    """

    orders: int
    pairs: int
    ours_s: float
    left: int
    all_pairs: int
    dense_s: float
    dense_left: int
    cost_ratio: float


class Weighed(NamedTuple):
    """`costs[row, column]` in ms, never above `left[row]`; `near[row]`: the columns that our matching knows."""

    routes: list[Unit]
    costs: Any
    left: Any
    near: list[list[int]]


def compared(day: Rush) -> Compared:
    """Both solve what was weighed beforehand."""
    one = weighed(day)
    pairs = [
        (row, column, int(one.costs[row, column]))
        for row, near in enumerate(one.near)
        for column in near
        if one.costs[row, column] < one.left[row]
    ]
    ours, ours_s = _timed(lambda: cheapest(pairs, one.routes, day.t))
    best, dense_s = _timed(lambda: densest(one))
    ratio = round(total_ms(one, ours) / total_ms(one, best), 6)
    orders = len(one.routes)
    left, dense_left = orders - len(ours), orders - len(best)
    return Compared(orders, len(pairs), ours_s, left, one.costs.size, dense_s, dense_left, ratio)


def _timed(solve: Callable[[], Matched]) -> tuple[Matched, float]:
    began = time.process_time()
    matched = solve()
    return matched, round(time.process_time() - began, 4)


def weighed(day: Rush) -> Weighed:
    """Every order with every driver on shift, in the order of the policy's rows and columns."""
    city, t = day
    assert city.rules is not None
    outlook = Outlook(city.kitchens, t)
    waiting, crew = unassigned(city.orders.values()), hands(Courses(city, city.rules, outlook))
    kitchens = {r: city.restaurants[r].point for r in {o.restaurant for o in waiting}}
    routes = units(waiting, kitchens, city.rules, outlook, 1, BATCH.calm)
    left = np.array([sum(LEFT_MS + (t - order.placed_at) // 2 for order in unit.orders) for unit in routes])
    ways = {kitchen: _ways(kitchen, crew, city.rules) for kitchen in kitchens.values()}
    near = {kitchen: _near(kitchen, crew, city.rules) for kitchen in kitchens.values()}
    at, until = np.array([hand.at for hand in crew]), np.array([hand.until for hand in crew])
    costs = np.array([_costs(unit, at, until, ways[unit.kitchen], city.rules) for unit in routes])
    return Weighed(routes, np.minimum(costs, left[:, None]), left, [near[unit.kitchen] for unit in routes])


def densest(one: Weighed) -> Matched:
    """The optimum of all pairs. To leave an order costs the same whoever is spared, so enough columns make it exact."""
    lacking = max(0, len(one.left) - one.costs.shape[1])
    costs = np.hstack([one.costs, np.repeat(one.left[:, None], lacking, axis=1)])
    rows, columns = linear_sum_assignment(costs)
    return [
        (int(row), int(column)) for row, column in zip(rows, columns, strict=True) if costs[row, column] < one.left[row]
    ]


def total_ms(one: Weighed, matched: Matched) -> int:
    """Σ cost of a matching, what it leaves included."""
    taken = dict(matched)
    return sum(int(one.costs[row, taken[row]] if row in taken else one.left[row]) for row in range(len(one.left)))


def _ways(kitchen: Point, crew: Sequence[Hand], rules: Rules) -> Any:
    return np.array([rules.travel.ms(hand.point, kitchen, hand.vehicle) for hand in crew])


def _near(kitchen: Point, crew: Sequence[Hand], rules: Rules) -> list[int]:
    far = sorted((rules.travel.beeline(hand.point, kitchen), n) for n, hand in enumerate(crew))
    return [n for _, n in far[:NEAREST_HANDS]]


def _costs(unit: Unit, at: Any, until: Any, way_ms: Any, rules: Rules) -> Any:
    """Of one unit with each hand; beyond any bound where he could not fetch it before his off-time."""
    half = rules.services.half_pickup_ms
    picked_up = np.maximum(unit.ready, at + way_ms + half)
    leaves = np.maximum(at, picked_up - half - way_ms)
    busy = np.minimum(picked_up + half + unit.round_ms, until) - leaves
    food: Any = len(unit.orders) * picked_up - unit.readies + unit.doors_ms
    return np.where(picked_up > until, np.iinfo(np.int64).max, food + BATCH.calm * busy // THOUSANDTHS)
