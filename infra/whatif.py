"""a city at a moment, branches → here → what the next hour brings in each, with an interval: paired runs with common draws."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import hypot, sqrt
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from statistics import mean, stdev
from threading import active_count
from typing import NamedTuple

from msgspec.structs import replace

from infra.backtest import cores
from models.city import City
from models.conditions import Conditions, conditions
from models.levers import Effect, Levers, Range
from models.watch import Watch
from models.ways import MINUTE_MS
from pipelines.garbage import collect_seldom, few_collections
from simulator.ahead import Hour, ahead

DRAWS, MINUTES = 5, 60
ORDERS_STRAY, MINUTES_STRAY = 0.15, 0.45
"""What no draw knows: how far off their mean is, as a share of it. Chosen on 28 staged faults with seeds 1 to 7, so that eight
in ten lie within; a few orders that nobody foresaw are many minutes.
"""


class Branch(NamedTuple):
    """What is changed: levers, how much slower ways are than now (rain), and for how many minutes levers are in force; to the
    end, where that is not said.
    """

    levers: tuple[Levers, ...] = ()
    ways: float = 1.0
    lasts: int | None = None


def whatif(
    state: Watch,
    branches: Mapping[str, Branch],
    minutes: int = MINUTES,
    draws: int = DRAWS,
    processes: int | None = None,
) -> dict[str, Effect]:
    """What each branch changes of the next `minutes`; the nameless one `nothing` is run beside them. One process: here."""
    every, held = {"": Branch(), **branches}, (state.city, conditions(state), minutes)
    jobs = [(branch, seed) for branch in every.values() for seed in range(draws)]
    if processes == 1:
        with few_collections():
            hours = [_hour_of(*held, *job) for job in jobs]
    else:
        with ProcessPoolExecutor(processes or cores(), _context(), _hold, held) as pool:
            hours = list(pool.map(_hour, *zip(*jobs, strict=True)))
    by_branch = {name: hours[n * draws : (n + 1) * draws] for n, name in enumerate(every)}
    return {name: effect(by_branch[""], by_branch[name], minutes) for name in every}


def _context() -> BaseContext:
    """A process that is begun anew takes five seconds to know the city's map; one that has threads must not be copied."""
    alone = active_count() == 1 and "fork" in get_all_start_methods()
    return get_context("fork" if alone else "spawn")


_HELD: list[tuple[City, Conditions, int]] = []


def _hold(city: City, going: Conditions, minutes: int) -> None:
    """Once a process: a city is a megabyte, its map half a second. What it was begun with is not looked through as garbage."""
    collect_seldom()
    _HELD[:] = [(city, going, minutes)]


def _hour(branch: Branch, seed: int) -> Hour:
    ((city, going, minutes),) = _HELD
    return _hour_of(city, going, minutes, branch, seed)


def _hour_of(city: City, going: Conditions, minutes: int, branch: Branch, seed: int) -> Hour:
    return ahead(city, replace(going, ways=going.ways * branch.ways), branch.levers, seed, minutes, branch.lasts)


def effect(nothing: Sequence[Hour], done: Sequence[Hour], minutes: int) -> Effect:
    """The hours of both branches, seed by seed."""
    pairs = list(zip(nothing, done, strict=True))
    return Effect(
        minutes,
        _range([hour.late_orders for hour in nothing], ORDERS_STRAY),
        _range([hour.late_ms / MINUTE_MS for hour in nothing], MINUTES_STRAY),
        _range([two.late_orders - one.late_orders for one, two in pairs]),
        _range([(two.late_ms - one.late_ms) / MINUTE_MS for one, two in pairs]),
        round(mean(hour.refused - before.refused for before, hour in pairs), 1),
    )


def _range(values: Sequence[float], share: float = 0.0) -> Range:
    """Eight in ten of what comes, by Student's t: the draws stray, and so does their mean."""
    middle, n = mean(values), len(values)
    half = STUDENT[n - 1] * stdev(values) * sqrt(1 + 1 / n) if n > 1 else 0.0
    half = hypot(half, share * middle)
    least = 0.0 if share else middle - half
    return Range(round(max(least, middle - half), 1), round(middle, 1), round(middle + half, 1))


STUDENT = {1: 3.08, 2: 1.89, 3: 1.64, 4: 1.53, 5: 1.48, 6: 1.44, 7: 1.41, 8: 1.40, 9: 1.38, 10: 1.37, 11: 1.36}
"""The 90 % point by degrees of freedom."""
