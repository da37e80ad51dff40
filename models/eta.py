"""facts → here → what each customer may be told, and what came of it. Plain and honest: only what the log says by now.

`forecast` says what to expect, `calibration` how far it may stray; both are kept with every estimate that was shown, and
scored when the order arrives, beside the restaurant's mean as a second model.
"""

import msgspec

from models.calibration import Calibration
from models.city import City, apply
from models.course import Courses
from models.estimates import Band, Estimate, Eta, First, Inputs, Prediction, Score, Told
from models.events import Fact, OrderDelivered, Ticked
from models.forecast import Sight, Since, baseline, forecast, line_of, since, stage_of
from models.ids import Instant, OrderId
from models.lateness import Late, late
from models.line import Line
from models.order import Order
from models.prep import Outlook
from models.rules import Rules
from models.ways import MINUTE_MS
from models.zones import zone_of

ANEW_MS = 5_000
"""Where a city ticks each second its estimates are minutes all the same: four in five of them said nothing new."""


class Etas(msgspec.Struct):
    """The fold of the ETA agent: the city, the line at its last tick, how wrong estimates were, and what is shown."""

    city: City
    line: Line = Line()
    calibrations: dict[Since, Calibration] = msgspec.field(default_factory=lambda: {s: Calibration() for s in Since})
    told: dict[OrderId, Told] = {}
    looked_at: Instant | None = None

    @property
    def seq(self) -> int:
        return self.city.seq

    @property
    def shown(self) -> dict[OrderId, Prediction]:
        return {order: one.shown for order, one in self.told.items()}


Made = Prediction | Score | Late


def follow(etas: Etas, fact: Fact) -> list[Made]:
    """Fold one fact; what it makes: an estimate of the order it speaks of, at a tick of each that moved; at an order's end its
    scores, and what made it late."""
    apply(etas.city, fact)
    body, rules = fact.body, etas.city.rules
    if rules is None:
        return []
    if isinstance(body, Ticked):
        return _told_anew(etas, rules, body.t, fact.seq) if due(etas, body.t) else []
    order = etas.city.orders.get(getattr(body, "order", OrderId("")))
    if order is None:
        return []
    if order.open:
        sight = _sight(etas, _courses(etas, rules, fact.at))
        return [_tell(etas, sight, order, _estimate(etas, sight, order), fact.seq)]
    return _ended(etas, order, fact.seq, isinstance(body, OrderDelivered))


def due(etas: Etas, t: Instant) -> bool:
    """Whether a tick is one at which all is estimated anew: the first of each five seconds."""
    return etas.looked_at is None or t // ANEW_MS > etas.looked_at // ANEW_MS


def _courses(etas: Etas, rules: Rules, t: Instant) -> Courses:
    return Courses(etas.city, rules, Outlook(etas.city.kitchens, t))


def _sight(etas: Etas, courses: Courses) -> Sight:
    return Sight(courses, etas.line, etas.calibrations[Since.PLACED].shift_ms)


def _told_anew(etas: Etas, rules: Rules, t: Instant, seq: int) -> list[Made]:
    """Only those whose minute, band or stage on the screen changes: each second for each would be 400 rows a second."""
    courses = _courses(etas, rules, t)
    etas.line, etas.looked_at = line_of(courses), t
    sight = _sight(etas, courses)
    made: list[Made] = []
    for order_id, told in etas.told.items():
        order, shown = etas.city.orders[order_id], told.shown
        told.latest = _estimate(etas, sight, order)
        eta, then = told.latest.eta, told.latest.then
        if (
            abs(then.delivered - shown.eta.expected) >= MINUTE_MS
            or stage_of(order) is not shown.stage
            or _band(eta, order) is not shown.band
        ):
            made.append(_tell(etas, sight, order, told.latest, seq))
    return made


def _tell(etas: Etas, sight: Sight, order: Order, latest: Estimate, seq: int) -> Prediction:
    (_, eta, then), kitchens = latest, etas.city.kitchens
    kitchen = kitchens.mean_ms(order.restaurant), kitchens.of(order.restaurant).count
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
    told = etas.told.setdefault(order.id, Told(shown, latest, then.parts))
    told.latest = latest
    told.jump_ms = max(told.jump_ms, abs(eta.expected - told.shown.eta.expected))
    told.shown = shown
    told.firsts.setdefault(since(order), First(sight.t, eta, then.spread_ms, then.shift_ms, shown.baseline))
    return shown


def _estimate(etas: Etas, sight: Sight, order: Order) -> Estimate:
    """No estimate lies in the past."""
    then = forecast(sight, order)
    quantiles = etas.calibrations[since(order)].quantiles(then.delivered, then.spread_ms)
    return Estimate(sight.t, Eta(then.delivered, *(max(one, sight.t) for one in quantiles)), then)


def _band(eta: Eta, order: Order) -> Band:
    if eta.p50 > order.promised_at:
        return Band.LATE
    return Band.AT_RISK if eta.p80 > order.promised_at else Band.ON_TIME


def _ended(etas: Etas, order: Order, seq: int, delivered: bool) -> list[Made]:
    """What the estimates learn of an order's end. A cancelled one says nothing of them."""
    told, city = etas.told.pop(order.id, None), etas.city
    if told is None or not delivered or order.ended_at is None or city.rules is None:
        return []
    for kind, first in sorted(told.firsts.items()):
        eta = first.eta
        quantiles = (eta.p10, eta.p50, eta.p80, eta.p90)
        etas.calibrations[kind].learn(
            quantiles, eta.expected, first.spread_ms, order.ended_at, first.shift_ms, len(etas.told)
        )
    zone = zone_of(city.rules.travel.on_map(city.restaurants[order.restaurant].point))
    booked = late(order, told.plan, zone, seq)
    scores = [_score(order, kind, told, zone, order.ended_at, seq) for kind in sorted(told.firsts)]
    return [*scores, *([] if booked is None else [booked])]


def _score(order: Order, kind: Since, told: Told, zone: str, ended_at: Instant, seq: int) -> Score:
    first, eta = told.firsts[kind], told.firsts[kind].eta
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
