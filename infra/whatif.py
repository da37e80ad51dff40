"""a city at a moment, branches → here → what the next hour brings in each, with an interval: paired runs with common draws.

What the city is going through is read off its last half hour: how many orders and drivers come, how slow ways and kitchens
are, how much is declined. It is taken to go on.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import hypot, sqrt
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from statistics import mean, stdev
from threading import active_count
from typing import NamedTuple

from msgspec.structs import replace

from infra.backtest import cores
from models.alerts import AlertKind
from models.city import City
from models.driver import DriverStatus
from models.ids import Instant, RestaurantId
from models.incidents import Cause
from models.lately import LATELY_MS
from models.levers import (
    CallDrivers,
    Effect,
    ExtendPromises,
    Levers,
    PauseKitchen,
    Range,
    ShrinkRadius,
    SlowKitchen,
)
from models.measures import CITY, LEAST_ASSIGNMENTS, LEAST_WAYS
from models.motion import pace
from models.watch import Watch
from models.ways import MINUTE_MS
from simulator.ahead import Hour, ahead
from simulator.resumed import Conditions

DRAWS, MINUTES = 5, 60
SLOW_SHARE = 1.05
"""Ways that take so much of what the map says are slow; less is chance."""
ORDERS_STRAY, MINUTES_STRAY = 0.15, 0.45
"""What no draw knows: how far off their mean is, as a share of it. Chosen on 28 staged faults with seeds 1 to 7, so that eight
in ten lie within; a few orders that nobody foresaw are many minutes.
"""


class Branch(NamedTuple):
    """What is changed: levers, and how much slower ways are than now (rain)."""

    levers: tuple[Levers, ...] = ()
    ways: float = 1.0


def whatif(
    state: Watch,
    branches: Mapping[str, Branch],
    minutes: int = MINUTES,
    draws: int = DRAWS,
    processes: int | None = None,
) -> dict[str, Effect]:
    """What each branch changes of the next `minutes`; the nameless one `nothing` is run beside them."""
    going, every = conditions(state), {"": Branch(), **branches}
    jobs = [(branch, seed) for branch in every.values() for seed in range(draws)]
    with ProcessPoolExecutor(processes or cores(), _context(), _hold, (state.city, going, minutes)) as pool:
        hours = list(pool.map(_hour, *zip(*jobs, strict=True)))
    by_branch = {name: hours[n * draws : (n + 1) * draws] for n, name in enumerate(every)}
    return {name: effect(by_branch[""], by_branch[name], minutes) for name in every}


def _context() -> BaseContext:
    """A process that is begun anew takes five seconds to know the city's map; one that has threads must not be copied."""
    alone = active_count() == 1 and "fork" in get_all_start_methods()
    return get_context("fork" if alone else "spawn")


_HELD: list[tuple[City, Conditions, int]] = []


def _hold(city: City, going: Conditions, minutes: int) -> None:
    """Once a process: a city is a megabyte, its map half a second."""
    _HELD[:] = [(city, going, minutes)]


def _hour(branch: Branch, seed: int) -> Hour:
    ((city, going, minutes),) = _HELD
    return ahead(city, replace(going, ways=going.ways * branch.ways), branch.levers, seed, minutes)


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


def conditions(state: Watch) -> Conditions:
    """What a city is going through, as whoever watches it knows it."""
    city, t = state.city, state.city.now or 0
    declined = state.lately.declined_percent(LEAST_ASSIGNMENTS)
    return Conditions(
        orders_an_hour=2 * sum(o.placed_at > t - 2 * LATELY_MS for o in city.orders.values()),
        joining=_joining(state.lately.joined, t),
        ways=_ways(state, t),
        declines=declined / 100,
        kitchens=dict(_slow(state)),
    )


def _joining(joined: Sequence[Instant], t: Instant) -> float:
    """Drivers who will come in an hour: as the last two quarters of an hour tell, if it goes on so. Nobody if it ebbs away."""
    last, before = sum(at > t - LATELY_MS for at in joined), sum(at <= t - LATELY_MS for at in joined)
    trend = min(0, last - before)
    return float(sum(max(0, last + n * trend) for n in range(1, 5)))


def _slow(state: Watch) -> Iterator[tuple[RestaurantId, int]]:
    """Kitchens that are overloaded, and how much longer than usual their orders take."""
    for alert in state.alerts:
        if alert.kind is AlertKind.RESTAURANT_OVERLOADED:
            yield RestaurantId(alert.subject), _longer_ms(state.city, RestaurantId(alert.subject))


def _longer_ms(city: City, restaurant: RestaurantId) -> int:
    """What it has in hand is so late already, and may be as late again (Lindy's law); where nothing is announced, half of it
    may be chance.
    """
    usual, t = city.kitchens.mean_ms(restaurant), city.now or 0
    cooking = [o for o in city.orders.values() if o.restaurant == restaurant and o.open and o.ready_at is None]
    late = [max(0, t - (o.ready_known or o.placed_at + usual)) for o in cooking]
    again = 2 if any(o.ready_known for o in cooking) else 1
    return again * round(mean(late)) if late else 0


def _ways(state: Watch, t: Instant) -> float:
    """How slow the ways are that began lately: one that began before the rain is none of them."""
    rules, city = state.city.rules, state.city
    assert rules is not None  # an unopened city has no drivers
    begun = {who: m for who, m in state.motions.items() if m.leg is not None and m.leg.left_at > t - LATELY_MS // 2}
    told = [one for who, motion in begun.items() if (one := pace(rules, city.drivers[who], motion)) is not None]
    said, took = sum(one for one, _ in told), sum(one for _, one in told)
    slow = took / said if len(told) >= LEAST_WAYS and said else 1.0
    return slow if slow >= SLOW_SHARE else 1.0


def levers(cause: Cause, subject: str, city: City) -> dict[str, Branch]:
    """What a person may do against an incident, by a name that says it."""
    crew = sum(one.status is not DriverStatus.OFF for one in city.drivers.values())
    more, zone = max(2, round(0.1 * crew)), subject if cause is Cause.DRIVERS_SHORT and subject != CITY else None
    if cause is Cause.KITCHEN:
        which = RestaurantId(subject)
        return {
            "pause the kitchen": Branch((PauseKitchen(which),)),
            "one order in 10 min": Branch((SlowKitchen(which, 10),)),
            "promise its orders 15 min later": Branch((ExtendPromises(15, which),)),
        }
    return {
        f"call {more} drivers": Branch((CallDrivers(more, zone),)),
        "promise 10 min later": Branch((ExtendPromises(10),)),
        "doors within 2 km": Branch((ShrinkRadius(2_000),)),
    }
