"""facts → here → what each customer may be told, and what came of it. Plain and honest: only what the log says by now.

`forecast` says what to expect, `calibration` how far it may stray; both are kept with every estimate that was shown, and
scored when the order arrives, beside the restaurant's mean as a second model.
"""

from enum import StrEnum

import msgspec

from models.calibration import Calibration
from models.city import City, apply
from models.course import Courses
from models.events import Fact, OrderDelivered, Ticked
from models.forecast import Forecast, Parts, Sight, Since, Stage, baseline, forecast, line_of, since, stage_of
from models.ids import DriverId, Instant, OrderId, RestaurantId
from models.line import Line
from models.order import Order
from models.prep import Outlook
from models.rules import Rules
from models.ways import MINUTE_MS
from models.zones import zone_of

MODEL = "line/1"
"""Raised when the same log would be told otherwise."""


class Band(StrEnum):
    """Late: not even half arrive in time. At risk: fewer than 8 in 10."""

    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"


class Eta(msgspec.Struct, frozen=True):
    """Expected delivery; of ten such orders 1, 5, 8 and 9 come before P10, P50, P80 and P90. Slack is measured against P80."""

    expected: Instant
    p10: Instant
    p50: Instant
    p80: Instant
    p90: Instant


class Inputs(msgspec.Struct, frozen=True):
    """What an estimate stands on: the kitchen's mean (ms) and of how many orders, the expected pick-up, who carries."""

    kitchen_ms: int
    kitchen_seen: int
    picked_up: Instant
    driver: DriverId | None


class Prediction(msgspec.Struct, frozen=True):
    """One estimate as it was shown: kept, and scored when the order arrived."""

    order: OrderId
    seq: int
    made_at: Instant
    eta: Eta
    stage: Stage
    band: Band
    parts: Parts
    inputs: Inputs
    baseline: Instant
    model: str = MODEL


class First(msgspec.Struct, frozen=True):
    """The first estimate since something was known."""

    made_at: Instant
    eta: Eta
    spread_ms: int
    shift_ms: int
    baseline: Instant


class Told(msgspec.Struct):
    """What an order's customer was told: the last, the first of each kind, and the largest jump (ms)."""

    shown: Prediction
    firsts: dict[Since, First] = {}
    jump_ms: int = 0


class Score(msgspec.Struct, frozen=True):
    """What came of an order's first estimate since it was placed, ready or picked up; errors are actual − told (ms)."""

    order: OrderId
    since: Since
    restaurant: RestaurantId
    zone: str
    seq: int
    made_at: Instant
    ended_at: Instant
    error_ms: int
    baseline_error_ms: int
    width_ms: int
    covered: bool
    jump_ms: int
    model: str = MODEL


class Etas(msgspec.Struct):
    """The fold of the ETA agent: the city, the line at its last tick, how wrong estimates were, and what is shown."""

    city: City
    line: Line = Line()
    calibrations: dict[Since, Calibration] = msgspec.field(default_factory=lambda: {s: Calibration() for s in Since})
    told: dict[OrderId, Told] = {}

    @property
    def seq(self) -> int:
        return self.city.seq

    @property
    def shown(self) -> dict[OrderId, Prediction]:
        return {order: one.shown for order, one in self.told.items()}


def follow(etas: Etas, fact: Fact) -> list[Prediction | Score]:
    """Fold one fact; what it makes: an estimate of the order it speaks of, at a tick of each that moved, scores at its end."""
    apply(etas.city, fact)
    body, rules = fact.body, etas.city.rules
    if rules is None:
        return []
    if isinstance(body, Ticked):
        return _told_anew(etas, rules, body.t, fact.seq)
    order = etas.city.orders.get(getattr(body, "order", OrderId("")))
    if order is None:
        return []
    if order.open:
        sight = _sight(etas, _courses(etas, rules, fact.at))
        return [_tell(etas, sight, order, forecast(sight, order), fact.seq)]
    return _scores(etas, order, fact.seq, isinstance(body, OrderDelivered))


def _courses(etas: Etas, rules: Rules, t: Instant) -> Courses:
    return Courses(etas.city, rules, Outlook(etas.city.kitchens, t))


def _sight(etas: Etas, courses: Courses) -> Sight:
    return Sight(courses, etas.line, etas.calibrations[Since.PLACED].shift_ms)


def _told_anew(etas: Etas, rules: Rules, t: Instant, seq: int) -> list[Prediction | Score]:
    """Only those whose minute, band or stage on the screen changes: each second for each would be 400 rows a second."""
    courses = _courses(etas, rules, t)
    etas.line = line_of(courses)
    sight = _sight(etas, courses)
    made: list[Prediction | Score] = []
    for order_id, told in etas.told.items():
        order, shown = etas.city.orders[order_id], told.shown
        then = forecast(sight, order)
        if (
            abs(then.delivered - shown.eta.expected) >= MINUTE_MS
            or stage_of(order) is not shown.stage
            or _band(_eta(etas, order, then, t), order) is not shown.band
        ):
            made.append(_tell(etas, sight, order, then, seq))
    return made


def _tell(etas: Etas, sight: Sight, order: Order, then: Forecast, seq: int) -> Prediction:
    eta, kitchens = _eta(etas, order, then, sight.t), etas.city.kitchens
    kitchen = kitchens.mean_ms(order.restaurant), kitchens.seen(order.restaurant)
    inputs = Inputs(*kitchen, then.picked_up, order.driver)
    shown = Prediction(
        order.id,
        seq,
        sight.t,
        eta,
        stage_of(order),
        _band(eta, order),
        then.parts,
        inputs,
        baseline(sight, order),
    )
    told = etas.told.setdefault(order.id, Told(shown))
    told.jump_ms = max(told.jump_ms, abs(eta.expected - told.shown.eta.expected))
    told.shown = shown
    told.firsts.setdefault(since(order), First(sight.t, eta, then.spread_ms, then.shift_ms, shown.baseline))
    return shown


def _eta(etas: Etas, order: Order, then: Forecast, now: Instant) -> Eta:
    """No estimate lies in the past."""
    quantiles = etas.calibrations[since(order)].quantiles(then.delivered, then.spread_ms)
    return Eta(then.delivered, *(max(one, now) for one in quantiles))


def _band(eta: Eta, order: Order) -> Band:
    if eta.p50 > order.promised_at:
        return Band.LATE
    return Band.AT_RISK if eta.p80 > order.promised_at else Band.ON_TIME


def _scores(etas: Etas, order: Order, seq: int, delivered: bool) -> list[Prediction | Score]:
    told = etas.told.pop(order.id, None)
    if told is None or not delivered or order.ended_at is None:
        return []
    for kind, first in sorted(told.firsts.items()):
        eta = first.eta
        quantiles = (eta.p10, eta.p50, eta.p80, eta.p90)
        etas.calibrations[kind].learn(
            quantiles, eta.expected, first.spread_ms, order.ended_at, first.shift_ms, len(etas.told)
        )
    return [_score(etas.city, order, kind, told, order.ended_at, seq) for kind in sorted(told.firsts)]


def _score(city: City, order: Order, kind: Since, told: Told, ended_at: Instant, seq: int) -> Score:
    assert city.rules is not None  # an unopened city refuses every order
    first, eta = told.firsts[kind], told.firsts[kind].eta
    zone = zone_of(city.rules.travel.on_map(city.restaurants[order.restaurant].point))
    return Score(
        order=order.id,
        since=kind,
        restaurant=order.restaurant,
        zone=zone,
        seq=seq,
        made_at=first.made_at,
        ended_at=ended_at,
        error_ms=ended_at - eta.expected,
        baseline_error_ms=ended_at - first.baseline,
        width_ms=eta.p90 - eta.p10,
        covered=eta.p10 <= ended_at <= eta.p90,
        jump_ms=told.jump_ms,
    )
