"""an open order, its estimate, its plan → here → how likely it is late, by how much, and the stage that eats its slack."""

from typing import NamedTuple

import msgspec

from models.chance import ASKED_MS, Belief, Tail
from models.estimates import Estimate
from models.eta import Etas
from models.forecast import Parts, Since, Stage, since, stage_of
from models.ids import Instant, OrderId
from models.lateness import over
from models.order import Order
from models.slack import TIGHT_MS

NEEDED = 400
"""Thousandths; on recorded days seven in ten orders that ever need action by it are late in the end."""


class Judged(msgspec.Struct, frozen=True):
    """`chance` of missing the promise in thousandths, `late_ms` expected past it, `slack_ms` = promise − P80.

    `stage` is the one that takes longest beyond its plan, by `over_ms`; None while every stage is within it, or there is
    slack to spare.
    """

    order: OrderId
    chance: int
    late_ms: int
    slack_ms: int
    stage: Stage | None
    over_ms: int


class Asked(NamedTuple):
    """What the errors said of an order 10 minutes before its promise: what came of it is learnt."""

    since: Since
    chance: int


class Measure:
    """What risks are measured with at one tick: made once for all orders."""

    def __init__(self, etas: Etas, beliefs: dict[Since, Belief]) -> None:
        self.beliefs = beliefs
        self.tails = {kind: Tail(calibration.counts) for kind, calibration in etas.calibrations.items()}

    def asked(self, order: Order, latest: Estimate) -> Asked:
        kind = since(order)
        return Asked(kind, self.tails[kind].beyond(latest.then, order.promised_at, latest.at)[0])

    def judge(self, order: Order, latest: Estimate, plan: Parts) -> Judged:
        """`plan`: what was expected of each stage when it was placed. Past its promise an order is late for sure."""
        kind, now = since(order), latest.at
        chance, late_ms = self.tails[kind].beyond(latest.then, order.promised_at, now)
        left = order.promised_at - now
        believed = 1000 if left < 0 else self.beliefs[kind].of(kind, chance, left <= ASKED_MS)
        slack_ms = order.promised_at - latest.eta.p80
        stage, over_ms = eaten(order, plan, latest.then.parts, now) if slack_ms < TIGHT_MS else (None, 0)
        return Judged(order.id, believed, late_ms * believed // max(1, chance), slack_ms, stage, over_ms)


def eaten(order: Order, plan: Parts, left: Parts, now: Instant) -> tuple[Stage | None, int]:
    """The stage that takes longest beyond its plan, and how long; of equal ones the one it is in, else the earlier."""
    beyond = over(order, plan, left, now)
    current = stage_of(order)
    stage = max(Stage, key=lambda one: (getattr(beyond, one), one is current))
    ms = getattr(beyond, stage)
    return (stage, ms) if ms > 0 else (None, 0)


def needs_action(one: Judged) -> bool:
    """Four in ten such orders come late. Of all whose P80 is beyond the promise, a third of a rush, only four in ten do."""
    return one.chance >= NEEDED
