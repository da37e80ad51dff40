"""a fault and a seed → here → the day that was lived with it, and what its alerts and incidents made of it.

Each day is run in memory by the agents that decide, and its log is watched by the fold of the agent `alerts`.
"""

from itertools import takewhile
from typing import Literal, NamedTuple

from infra.bench.staged import busiest, staged
from infra.replay import log_of
from models.alerts import Alert, AlertKind
from models.city import City
from models.eta import Etas
from models.events import Fact, OrderCancelled, OrderDelivered, OrderPlaced
from models.ids import CityId, Instant, OrderId
from models.incidents import Cause, Incident
from models.watch import Made, Watch, watch
from models.ways import MINUTE_MS
from simulator.engine import Engine
from simulator.faults.day import Faults
from simulator.scenario import Scenario
from simulator.sources import synthetic
from simulator.truth import Begun, Entry, ReadyMoved, Stood

EVERY = 5
"""Ticks of a second, taken so many at a time."""
HALF_DRIVERS, HALF_ORDERS_PER_HOUR = 120, 145
"""A day in ten seconds. Its kitchens have as few orders, so a usual city is where they are behind, and where it is calm."""
BEGINS_MS, LASTS_MS, AFTER_MS = 105 * MINUTE_MS, 45 * MINUTE_MS, 90 * MINUTE_MS
"""The rush is at its height then; a fault without an end of its own lasts so long, and the day is watched on so long."""
HARM_MS = 30 * MINUTE_MS
"""A kitchen that makes its orders less late in all (truth) is no incident, and need not be told; such days are counted.
One that nobody broke and that makes them later is no false alarm: such kitchens are counted too.
"""
Ready = Literal["known", "estimated"]


class Case(NamedTuple):
    """A fault, the alert that it has to raise within so many seconds, its incident's cause; None: no order is touched."""

    fault: str
    alert: AlertKind | None = None
    within_s: int = 0
    cause: Cause | None = None
    ready: Ready = "estimated"


MELTDOWN = "kitchen-meltdown"
CASES = (
    Case("no-shows", AlertKind.DRIVERS_LEAVE, 60, Cause.DRIVERS_SHORT),
    Case("rain-surge", AlertKind.WAYS_SLOW, 900, Cause.WEATHER),
    Case(MELTDOWN, AlertKind.RESTAURANT_OVERLOADED, 300, Cause.KITCHEN, "known"),
    Case(MELTDOWN, AlertKind.RESTAURANT_OVERLOADED, 1200, Cause.KITCHEN),
    Case("bridge-closed", AlertKind.STREET_CLOSED, 10, Cause.STREET),
    Case("stopped-driver", AlertKind.DRIVER_STOPPED, 300, Cause.DRIVERS_STOPPED),
    Case("declining-drivers", AlertKind.OFFERS_DECLINED, 900, Cause.DECLINES),
    Case("silent-phone", AlertKind.DRIVER_SILENT, 35, Cause.PHONES_SILENT),
    Case("clock-skew", AlertKind.DRIVER_SILENT, 35, Cause.PHONES_SILENT),
    *(Case(name) for name in ("gps-jumps", "late-pings", "swapped-pings", "duplicates", "garbage")),
)


class Seen(NamedTuple):
    """One day: seconds from what could be seen to the alert, and from the fault's end to the last one's clearing.

    `harmless`: a kitchen that is behind, and whose orders are hardly late. `own`: incidents of kitchens that nobody broke and
    whose orders came late.
    """

    case: Case | None
    seed: int
    orders: int
    raised_s: float | None
    cleared_s: float | None
    right: bool
    causes: tuple[str, ...]
    alerts: int
    harmless: bool = False
    own: int = 0


def day(case: Case | None, seed: int) -> Seen:
    facts, truth = lived(case, seed)
    state, made = Watch(Etas(City(facts[0].city))), list[Made]()
    for fact in facts:
        made += watch(state, fact)
    return judged(case, seed, facts, truth, made)


def lived(case: Case | None, seed: int) -> tuple[list[Fact], list[Entry]]:
    """The log of a day, and what was done to it."""
    scenario = _city(case, seed)
    engine, truth = Engine(scenario, CityId(f"{case.fault if case else 'calm'}-{seed}")), list[Entry]()
    faults, ticks = Faults(engine, truth.append), engine.ticks(EVERY)
    if case is not None:
        at = scenario.opens_at + 1000 + BEGINS_MS
        whom = busiest(scenario, at, at + LASTS_MS) if case.fault == MELTDOWN else None
        fault = staged(case.fault, scenario, at, LASTS_MS, seed, whom)
        faults.strike(fault)
        ticks = takewhile(lambda t: t <= fault.until + AFTER_MS, ticks)
    return log_of(engine, lambda *_: ticks, faults.wire), truth


def _city(case: Case | None, seed: int) -> Scenario:
    if case is None or case.fault == MELTDOWN:
        return synthetic.build(seed, ready_mode=case.ready if case else "estimated")
    return synthetic.build(seed, HALF_DRIVERS, HALF_ORDERS_PER_HOUR, ready_mode=case.ready)


def judged(case: Case | None, seed: int, facts: list[Fact], truth: list[Entry], made: list[Made]) -> Seen:
    """What came of a day."""
    alerts = [one for one in made if isinstance(one, Alert)]
    begun = next((one for one in truth if isinstance(one, Begun)), None)
    first = begun.what.at if begun else 0
    orders, count = sum(isinstance(f.body, OrderPlaced) for f in facts), sum(a.cleared_at is None for a in alerts)
    incidents = {one.id: one for one in made if isinstance(one, Incident) and one.since >= first}
    own = [] if case and case.alert else [key for key, one in incidents.items() if _came_late(one, facts)]
    causes = tuple(sorted({one.cause.value for key, one in incidents.items() if key not in own}))
    if case is None or begun is None or case.alert is None:
        return Seen(case, seed, orders, None, None, True, causes, count, own=len(own))
    ours = [a for a in alerts if a.kind is case.alert and a.raised_at >= first and _about(case, begun, a.subject)]
    raised = min((a.raised_at for a in ours), default=None)
    open_ = {a.id for a in ours} - {a.id for a in ours if a.cleared_at is not None}
    last = max((a.cleared_at for a in ours if a.cleared_at is not None), default=None)
    right = any(one.cause is case.cause and _about(case, begun, one.subject) for one in incidents.values())
    seconds = None if raised is None else (raised - _seen_from(case, begun, truth)) / 1000
    cleared = None if last is None or open_ else max(0, last - begun.what.until) / 1000
    moved = {one.order for one in truth if isinstance(one, ReadyMoved)}
    harmless = case.fault == MELTDOWN and _late_ms(facts, moved) < HARM_MS
    return Seen(case, seed, orders, seconds, cleared, right, causes, count, harmless)


def _came_late(one: Incident, facts: list[Fact]) -> bool:
    """Whether it is a kitchen, and its orders that were open meanwhile came late."""
    until = one.ended_at or facts[-1].at
    placed = {body.order for body in _placed(facts, until) if body.restaurant == one.subject}
    gone = {f.body.order for f in facts if isinstance(f.body, OrderDelivered | OrderCancelled) and f.at < one.since}
    return one.cause is Cause.KITCHEN and _late_ms(facts, placed - gone) >= HARM_MS


def _placed(facts: list[Fact], until: Instant) -> list[OrderPlaced]:
    return [fact.body for fact in facts if isinstance(fact.body, OrderPlaced) and fact.at <= until]


def _late_ms(facts: list[Fact], whose: set[OrderId]) -> int:
    """How late these orders came, in all."""
    promised = {f.body.order: f.body.promised_at for f in facts if isinstance(f.body, OrderPlaced)}
    ended = {f.body.order: f.at for f in facts if isinstance(f.body, OrderDelivered | OrderCancelled)}
    return sum(max(0, ended.get(one, facts[-1].at) - promised[one]) for one in whose & promised.keys())


def _about(case: Case, begun: Begun, subject: str) -> bool:
    return case.cause is not Cause.KITCHEN or subject in begun.whom


def _seen_from(case: Case, begun: Begun, truth: list[Entry]) -> Instant:
    """When it could be seen. A kitchen misses a second order, for one may take long by itself; a driver who has nowhere to go
    when he is struck stands on his next way.
    """
    if case.fault == MELTDOWN:
        missed = sorted(one.planned for one in truth if isinstance(one, ReadyMoved) and one.planned >= begun.what.at)
        return missed[1] if len(missed) > 1 else begun.what.at
    return min((one.at for one in truth if isinstance(one, Stood)), default=begun.what.at)
