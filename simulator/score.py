"""facts, scenario, predictions, bookings → here → what `track replay` reports. Minutes, to two decimals; lateness in seconds.

The ETA is judged on each delivered order's first prediction, beside the restaurant's mean told at the same moment. Errors are
actual less told: a bias above 0 is later than told.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from models import events
from models.estimates import Prediction
from models.events import Fact
from models.forecast import Stage
from models.ids import Instant, OrderId
from models.lateness import Booked, by_stage
from models.quantiles import quantile
from models.ways import MINUTE_MS
from simulator.checks.day import Violation
from simulator.scenario import PlannedOrder, Scenario
from simulator.schedule_check import check
from simulator.undelivered import reasons

WITHIN_MINUTES = (3, 5, 10)


class Spread(msgspec.Struct, frozen=True):
    """Minutes; percentiles by nearest rank. None where nothing was delivered."""

    mean: float | None
    p50: float | None
    p90: float | None
    max: float | None


class EtaScore(msgspec.Struct, frozen=True):
    """Of each delivered order's first estimate, beside the restaurant's mean; `from_ready_*`: of its first since ready."""

    mae_minutes: float | None
    baseline_mae_minutes: float | None
    bias_minutes: float | None
    interval_coverage: float | None
    interval_width_minutes: float | None
    within_minutes: dict[str, float]
    from_ready_mae_minutes: float | None
    jump_minutes: Spread
    promise_kept_share: float | None


class LatenessScore(msgspec.Struct, frozen=True):
    """Whole seconds; the stages sum to `late_seconds`. `unbooked_ms`: what delivered − promised comes to beyond it; 0."""

    late_seconds: int
    stages_seconds: dict[str, int]
    unbooked_ms: int


class Score(msgspec.Struct, frozen=True):
    orders: int
    delivered: int
    undelivered: int
    undelivered_reasons: dict[str, int]
    click_to_door: Spread
    ready_to_pickup: Spread
    violations: list[Violation]
    eta: EtaScore
    lateness: LatenessScore
    decisions_sha256: str


def score(
    facts: Sequence[Fact], scenario: Scenario, predictions: Iterable[Prediction], bookings: Sequence[Booked] = ()
) -> Score:
    """The score of a finished day; `msgspec.to_builtins` makes it JSON."""
    planned = {o.order: o for o in scenario.orders}
    delivered = _when(facts, events.OrderDelivered, planned)
    picked = _when(facts, events.OrderPickedUp, planned)
    left = [o for o in scenario.orders if o.order not in delivered]
    promised = _promised(facts)
    return Score(
        orders=len(planned),
        delivered=len(delivered),
        undelivered=len(left),
        undelivered_reasons=dict(sorted(Counter(reasons(left, facts, scenario)).items())),
        click_to_door=_spread([at - planned[o].placed_at for o, at in delivered.items()]),
        ready_to_pickup=_spread([picked[o] - planned[o].ready_at for o in delivered if o in picked]),
        violations=check(facts, scenario),
        eta=_eta(delivered, promised, predictions),
        lateness=_lateness(bookings, sum(max(0, at - promised[o]) for o, at in delivered.items())),
        decisions_sha256=decisions_sha256(facts, scenario),
    )


def _lateness(bookings: Sequence[Booked], late_ms: int) -> LatenessScore:
    stages = by_stage(bookings)
    booked_ms = sum(sum(msgspec.structs.astuple(one)) for one in bookings)
    return LatenessScore(sum(stages.values()), stages, late_ms - booked_ms)


def decisions_sha256(facts: Iterable[Fact], scenario: Scenario) -> str:
    """Hash over (t since opening, order, driver, place) in decided order: equal wherever and whenever it ran."""
    digest = hashlib.sha256()
    for fact in facts:
        if isinstance(body := fact.body, events.DriverAssigned):
            digest.update(f"{fact.at - scenario.opens_at}\t{body.order}\t{body.driver}\t{body.place}\n".encode())
    return digest.hexdigest()


def _promised(facts: Iterable[Fact]) -> dict[OrderId, Instant]:
    """As the log says: a day without promises of its own is given them by the city."""
    return {f.body.order: f.body.promised_at for f in facts if isinstance(f.body, events.OrderPlaced)}


def _when(facts: Iterable[Fact], kind: type, planned: dict[OrderId, PlannedOrder]) -> dict[OrderId, Instant]:
    found = ((getattr(f.body, "order", None), f.at) for f in facts if type(f.body) is kind)
    return {order: at for order, at in found if order in planned}


def _eta(
    delivered: dict[OrderId, Instant], promised: dict[OrderId, Instant], predictions: Iterable[Prediction]
) -> EtaScore:
    told: dict[OrderId, list[Prediction]] = {order: [] for order in delivered}
    for one in predictions:
        if one.order in told:
            told[one.order].append(one)
    first = [(delivered[order], some[0]) for order, some in told.items() if some]
    errors = [at - one.eta.expected for at, one in first]
    return EtaScore(
        mae_minutes=_mean([abs(error) for error in errors]),
        baseline_mae_minutes=_mean([abs(at - one.baseline) for at, one in first]),
        bias_minutes=_mean(errors),
        interval_coverage=_share([one.eta.p10 <= at <= one.eta.p90 for at, one in first]),
        interval_width_minutes=_mean([one.eta.p90 - one.eta.p10 for _, one in first]),
        within_minutes={str(m): _share([abs(e) <= m * MINUTE_MS for e in errors]) or 0.0 for m in WITHIN_MINUTES},
        from_ready_mae_minutes=_mean(_errors_from_ready(delivered, told)),
        jump_minutes=_spread([_jump(some) for some in told.values() if some]),
        promise_kept_share=_share([at <= promised[order] for order, at in delivered.items()]),
    )


def _errors_from_ready(delivered: dict[OrderId, Instant], told: dict[OrderId, list[Prediction]]) -> list[int]:
    firsts = ((o, next((p for p in some if p.stage is not Stage.PREPARE), None)) for o, some in told.items())
    return [abs(delivered[order] - one.eta.expected) for order, one in firsts if one is not None]


def _jump(told: Sequence[Prediction]) -> int:
    return max((abs(b.eta.expected - a.eta.expected) for a, b in pairwise(told)), default=0)


def _share(holds: Sequence[bool]) -> float | None:
    return round(sum(holds) / len(holds), 4) if holds else None


def _spread(durations_ms: list[int]) -> Spread:
    ordered = sorted(durations_ms)
    if not ordered:
        return Spread(None, None, None, None)
    return Spread(
        _mean(ordered), _minutes(quantile(ordered, 50)), _minutes(quantile(ordered, 90)), _minutes(ordered[-1])
    )


def _mean(durations_ms: list[int]) -> float | None:
    return _minutes(sum(durations_ms) / len(durations_ms)) if durations_ms else None


def _minutes(ms: float) -> float:
    return round(ms / MINUTE_MS, 2)
