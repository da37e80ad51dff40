"""cities with one fault each → here → does "do nothing" come as foretold, and is the best lever by what-if the best in truth?

Each day is run in memory to the moment when its incident is told; there the next hour is foretold for each lever. Then the
day goes on, once for each lever, with everything that the forecast did not know.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product, takewhile
from multiprocessing import get_context
from statistics import median
from typing import Any, NamedTuple

import msgspec

from infra.backtest import cores
from infra.bench.alert_days import Ready
from infra.bench.staged import pull, staged
from infra.replay import decided, log_of
from infra.watching import of_facts
from infra.whatif import Branch, effect, whatif
from models.city import City, apply
from models.conditions import Conditions, conditions
from models.eta import Etas
from models.events import Fact
from models.ids import CityId, Instant, OrderId
from models.incidents import Cause, Incident
from models.lateness import late_between
from models.levers import CallDrivers, Effect, Levers, PullLever, Range
from models.measures import CITY
from models.order import Order
from models.remedies import remedies
from models.watch import Watch, watch
from models.ways import MINUTE_MS
from pipelines.garbage import collect_seldom
from simulator.ahead import Hour, ahead
from simulator.engine import Engine
from simulator.faults.day import Faults
from simulator.scenario import Scenario
from simulator.sources import synthetic
from simulator.truth import Begun, Entry

DRIVERS, ORDERS_PER_HOUR, TICK_SECONDS, DRAWS = 120, 145, 30, 5
HOUR, LONG = 60, 90
"""A promise that is made now falls due in 40 minutes: levers are judged by an hour and a half."""
BEGINS_MS, LASTS_MS, TOLD_MS = 95 * MINUTE_MS, 60 * MINUTE_MS, 15 * MINUTE_MS
"""An incident that is not told by then is met at that moment."""
CAUSES = {
    "no-shows": Cause.DRIVERS_SHORT,
    "rain-surge": Cause.WEATHER,
    "kitchen-meltdown": Cause.KITCHEN,
    "declining-drivers": Cause.DECLINES,
}
Late = tuple[int, float]
"""Orders past their promise, and minutes past it in all."""
FIRST_SEED, LEAST_COVERED, LEAST_BEST, MOST_SECONDS = 11, 0.75, 0.75, 10.0
"""Seeds 1 to 7 were tuned on."""
TIMES = 3


class Case(NamedTuple):
    fault: str
    seed: int


class Seen(NamedTuple):
    """`foretold`: if nothing is done, and what `came` in the hour. `changes`: of the late minutes in an hour and a half, by
    lever: as foretold, and what came.
    """

    case: Case
    met_s: float
    foretold: Effect
    came: Late
    changes: dict[str, tuple[float, float]]

    @property
    def expected(self) -> str:
        return min(self.changes, key=lambda name: (self.changes[name][0], name))

    @property
    def best(self) -> str:
        """What was foretold, where nothing else came to a minute less."""
        least = min(came for _, came in self.changes.values())
        if self.changes[self.expected][1] < least + 1:
            return self.expected
        return min(self.changes, key=lambda name: (self.changes[name][1], name))


def _within(one: Range, value: float) -> bool:
    return one.low <= value <= one.high


def bench(seeds: int = 5, first: int = FIRST_SEED) -> dict[str, Any]:
    """The report; `broken` is what was promised and does not hold."""
    seconds = _seconds()
    cases = [Case(fault, seed) for seed, fault in product(range(first, first + seeds), CAUSES)]
    with ProcessPoolExecutor(cores(), get_context("spawn"), collect_seldom) as pool:
        seen = list(pool.map(_case, cases))
    share = {
        "minutes_covered": sum(_within(one.foretold.late_minutes, one.came[1]) for one in seen) / len(seen),
        "orders_covered": sum(_within(one.foretold.late_orders, one.came[0]) for one in seen) / len(seen),
        "best_lever": sum(one.expected == one.best for one in seen) / len(seen),
    }
    shares = {name: round(value, 3) for name, value in share.items()}
    broken = [*_broken(share), *([f"an hour of 300 drivers takes {seconds:.1f} s"] if seconds > MOST_SECONDS else [])]
    return {"cases": [_told(one) for one in seen], **shares, "seconds": round(seconds, 1), "broken": broken}


def _seconds() -> float:
    """Of one hour of a city of 300 drivers in its rush, with one lever and without: the middle one of three."""
    scenario = synthetic.build(FIRST_SEED, tick_seconds=TICK_SECONDS)
    until = scenario.opens_at + 1000 + BEGINS_MS
    state = of_facts(decided(scenario, lambda engine, _: takewhile(lambda t: t <= until, engine.ticks())))
    return median(_timed(state) for _ in range(TIMES))


def _timed(state: Watch) -> float:
    began = time.perf_counter()
    whatif(state, {"call": Branch((CallDrivers(10),))})
    return time.perf_counter() - began


def _broken(share: Mapping[str, float]) -> list[str]:
    limits = {"minutes_covered": LEAST_COVERED, "orders_covered": LEAST_COVERED, "best_lever": LEAST_BEST}
    return [
        f"{name}: {share[name]:.2f}, at least {least} is meant" for name, least in limits.items() if share[name] < least
    ]


def _told(one: Seen) -> dict[str, Any]:
    return {
        "fault": one.case.fault,
        "seed": one.case.seed,
        "met_after_s": round(one.met_s),
        "late_minutes": [*msgspec.structs.astuple(one.foretold.late_minutes), round(one.came[1], 1)],
        "late_orders": [*msgspec.structs.astuple(one.foretold.late_orders), one.came[0]],
        "changes": one.changes,
        "best": [one.expected, one.best],
    }


RANGE = "{1:.0f} ({0:.0f} to {2:.0f}), came {3:.0f}"


def lines(report: dict[str, Any]) -> list[str]:
    """For the eye."""
    found = []
    for one in report["cases"]:
        orders, minutes = (RANGE.format(*one[name]) for name in ("late_orders", "late_minutes"))
        did = "; ".join(f"{name} {said:+.0f}, came {came:+.0f}" for name, (said, came) in one["changes"].items())
        hit = "as foretold" if one["best"][0] == one["best"][1] else f"not {one['best'][0]} but {one['best'][1]}"
        found.append(
            f"{one['fault']} {one['seed']}, met after {one['met_after_s']} s: late orders {orders}; minutes {minutes}"
        )
        found.append(f"    {did}; best: {hit}")
    shares = [f"{report[name]:.0%}" for name in ("minutes_covered", "orders_covered", "best_lever")]
    found.append(f"{len(report['cases'])} faults: within their interval of 80 % are {shares[0]} of the late minutes")
    found.append(f"and {shares[1]} of the late orders; the best lever is as foretold in {shares[2]}")
    found.append(f"an hour of a city of 300 drivers, with one lever and without: {report['seconds']} s")
    return [*found, *(f"BROKEN {one}" for one in report["broken"])]


def _case(case: Case) -> Seen:
    met, state, begun = _met(case)
    going, which = conditions(state), begun.whom[0] if CAUSES[case.fault] is Cause.KITCHEN else CITY
    draws = partial(_draws, state.city, going)
    nothing = draws((), HOUR)
    foretold = effect(nothing, nothing, HOUR)
    pulled = {name: (lever,) for name, lever in remedies(CAUSES[case.fault], which, state.city).items()}
    before, left = draws((), LONG), _came(case, met, ())
    changes = {
        name: (
            effect(before, draws(some, LONG), LONG).minutes_change.mean,
            _came(case, met, some)[LONG][1] - left[LONG][1],
        )
        for name, some in pulled.items()
    }
    told = {name: (said, round(did, 1)) for name, (said, did) in changes.items()}
    return Seen(case, (met - begun.what.at) / 1000, foretold, left[HOUR], told)


def _draws(city: City, going: Conditions, pulled: Sequence[Levers], minutes: int) -> list[Hour]:
    return [ahead(city, going, pulled, seed, minutes) for seed in range(DRAWS)]


def _met(case: Case) -> tuple[Instant, Watch, Begun]:
    """When the incident of this fault is told, and what is known then."""
    facts, truth = _lived(case, TOLD_MS)
    begun = next(one for one in truth if isinstance(one, Begun))
    state = Watch(Etas(City(facts[0].city)))
    for fact in facts:
        made = watch(state, fact)
        told = (one for one in made if isinstance(one, Incident) and one.cause is CAUSES[case.fault])
        if fact.at > begun.what.at and any(one.subject in (*begun.whom, CITY) for one in told):
            break
    assert state.city.now is not None
    return state.city.now, state, begun


def _came(case: Case, met: Instant, pulled: Sequence[Levers]) -> dict[int, Late]:
    facts, _ = _lived(case, met - _begins(case) + LONG * MINUTE_MS, met, pulled)
    return came(facts, met)


def came(facts: Sequence[Fact], met: Instant) -> dict[int, Late]:
    """What really became of the hour and of the hour and a half after `met`."""
    city, known = City(facts[0].city), dict[OrderId, Order]()
    for fact in facts:
        apply(city, fact)
        known.update(city.orders)  # the city lets go of an order an hour after it ended
    late = {minutes: late_between(known.values(), met, met + minutes * MINUTE_MS) for minutes in (HOUR, LONG)}
    return {minutes: (orders, ms / MINUTE_MS) for minutes, (orders, ms) in late.items()}


def _begins(case: Case) -> Instant:
    return _scenario(case).opens_at + 1000 + BEGINS_MS


def _scenario(case: Case) -> Scenario:
    ready: Ready = "known" if CAUSES[case.fault] is Cause.KITCHEN else "estimated"
    return synthetic.build(case.seed, DRIVERS, ORDERS_PER_HOUR, ready_mode=ready, tick_seconds=TICK_SECONDS)


def _lived(
    case: Case, lasts_ms: int, met: Instant = 0, pulled: Sequence[Levers] = ()
) -> tuple[list[Fact], list[Entry]]:
    """The log up to `lasts_ms` after the fault began, with levers pulled at `met`."""
    scenario, truth = _scenario(case), list[Entry]()
    engine = Engine(scenario, CityId(f"{case.fault}-{case.seed}"))
    faults, at = Faults(engine, truth.append), _begins(case)
    faults.strike(staged(case.fault, scenario, at, LASTS_MS, case.seed))
    for n, lever in enumerate(pulled):
        pull(engine, met, PullLever(f"lever-{n}", lever, met + LONG * MINUTE_MS))
    ticks = takewhile(lambda t: t <= at + lasts_ms, engine.ticks())
    return log_of(engine, lambda *_: ticks, faults.wire), truth
