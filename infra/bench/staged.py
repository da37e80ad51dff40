"""a scenario, the name of a fault and when it begins → here → that fault, as `track fault` would plan it."""

from collections import Counter
from functools import partial

from models.ids import Instant
from models.levers import PullLever
from simulator.agenda import Rank
from simulator.engine import Engine
from simulator.faults import spec
from simulator.faults.kinds import KINDS, Fault
from simulator.scenario import Scenario


def staged(name: str, scenario: Scenario, at: Instant, lasts_ms: int, seed: int, whom: str | None = None) -> Fault:
    """It lasts so long where its kind has no end of its own; nobody named: whom chance picks."""
    lasts = f":for={lasts_ms // 1000}s" if KINDS[name].lasts_ms is None else ""
    struck = f":whom={whom}" if whom else ""
    return spec.fault(f"{name}:seed={seed}{lasts}{struck}", 1, scenario, at)


def pull(engine: Engine, at: Instant, ask: PullLever) -> None:
    """A person pulls the lever then."""
    engine.agenda.plan(at, Rank.FAULT, ask.id, partial(engine.say, who=ask.id, body=ask))


def busiest(scenario: Scenario, since: Instant, until: Instant) -> str:
    """The kitchen with most orders of that time: where one is behind that hardly cooks, few orders are late."""
    orders = Counter(one.restaurant for one in scenario.orders if since <= one.placed_at < until)
    return max(sorted(orders), key=orders.__getitem__)
