"""facts, scenario, predictions → here → what `track replay` reports. Minutes, to two decimals.

The ETA is judged on each delivered order's first prediction; the baseline always says the promise (on recorded days
placement + the day's target click-to-door). Errors are actual less told: a bias above 0 is later than told.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from models import events
from models.eta import Eta, Prediction
from models.events import Fact
from models.ids import Instant, OrderId
from models.quantiles import quantile
from models.ways import MINUTE_MS
from simulator.checks.day import Violation
from simulator.scenario import PlannedOrder, Scenario
from simulator.schedule_check import check
from simulator.undelivered import reasons


class Spread(msgspec.Struct, frozen=True):
    """Minutes; percentiles by nearest rank. None where nothing was delivered."""

    mean: float | None
    p50: float | None
    p90: float | None
    max: float | None


class EtaScore(msgspec.Struct, frozen=True):
    mae_minutes: float | None
    baseline_mae_minutes: float | None
    bias_minutes: float | None
    interval_coverage: float | None
    interval_width_minutes: float | None


class Score(msgspec.Struct, frozen=True):
    orders: int
    delivered: int
    undelivered: int
    undelivered_reasons: dict[str, int]
    click_to_door: Spread
    ready_to_pickup: Spread
    violations: list[Violation]
    eta: EtaScore
    decisions_sha256: str


def score(facts: Sequence[Fact], scenario: Scenario, predictions: Iterable[Prediction]) -> Score:
    """The score of a finished day; `msgspec.to_builtins` makes it JSON."""
    planned = {o.order: o for o in scenario.orders}
    delivered = _when(facts, events.OrderDelivered, planned)
    picked = _when(facts, events.OrderPickedUp, planned)
    left = [o for o in scenario.orders if o.order not in delivered]
    return Score(
        orders=len(planned),
        delivered=len(delivered),
        undelivered=len(left),
        undelivered_reasons=dict(sorted(Counter(reasons(left, facts, scenario)).items())),
        click_to_door=_spread([at - planned[o].placed_at for o, at in delivered.items()]),
        ready_to_pickup=_spread([picked[o] - planned[o].ready_at for o in delivered if o in picked]),
        violations=check(facts, scenario),
        eta=_eta(delivered, planned, predictions),
        decisions_sha256=decisions_sha256(facts, scenario),
    )


def decisions_sha256(facts: Iterable[Fact], scenario: Scenario) -> str:
    """Hash over (t since opening, order, driver, place) in decided order: equal wherever and whenever it ran."""
    digest = hashlib.sha256()
    for fact in facts:
        if isinstance(body := fact.body, events.DriverAssigned):
            digest.update(f"{fact.at - scenario.opens_at}\t{body.order}\t{body.driver}\t{body.place}\n".encode())
    return digest.hexdigest()


def _when(facts: Iterable[Fact], kind: type, planned: dict[OrderId, PlannedOrder]) -> dict[OrderId, Instant]:
    found = ((getattr(f.body, "order", None), f.at) for f in facts if type(f.body) is kind)
    return {order: at for order, at in found if order in planned}


def _eta(
    delivered: dict[OrderId, Instant], planned: dict[OrderId, PlannedOrder], predictions: Iterable[Prediction]
) -> EtaScore:
    first: dict[OrderId, Eta] = {}
    for told in predictions:
        first.setdefault(told.order, told.eta)
    pairs = [(at, first[o]) for o, at in delivered.items() if o in first]
    return EtaScore(
        mae_minutes=_mean([abs(at - eta.expected) for at, eta in pairs]),
        baseline_mae_minutes=_mean([abs(at - planned[o].promised_at) for o, at in delivered.items()]),
        bias_minutes=_mean([at - eta.expected for at, eta in pairs]),
        interval_coverage=round(sum(e.p10 <= at <= e.p90 for at, e in pairs) / len(pairs), 4) if pairs else None,
        interval_width_minutes=_mean([eta.p90 - eta.p10 for _, eta in pairs]),
    )


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
