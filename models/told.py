"""estimates of one order, its scores → here → story: what its customer was told, on what it stood, and how good it was."""

from typing import NamedTuple

import msgspec

from models.city import City
from models.estimates import Prediction, Score
from models.forecast import Since, Stage
from models.lateness import Late
from models.order import Order
from models.sentences import Clock, Kind, Names, Sentence, came, seen, span
from models.ways import MINUTE_MS

JUMP_MS = 5 * MINUTE_MS
WHEN = {Since.PLACED: "when it was placed", Since.READY: "once it was ready", Since.PICKED_UP: "once it was picked up"}


class Ear(NamedTuple):
    """Whose estimates these are, and how names and times are said."""

    city: City
    names: Names
    clock: Clock
    order: Order


def matters(last: Prediction | None, now: Prediction) -> bool:
    """Whether it is worth a sentence after the last one that was: the first, another stage, or five minutes moved."""
    return last is None or now.stage is not last.stage or abs(now.eta.expected - last.eta.expected) >= JUMP_MS


def estimate(one: Prediction, ear: Ear, ground: bool) -> Sentence:
    """The expected time and the range that 8 in 10 fall in; `ground`: beside it the stage, and what it stands on."""
    clock, eta = ear.clock, one.eta
    early, late = clock(eta.p10), clock(eta.p90)
    text = f"told: expected {clock(eta.expected)}{f', 8 in 10 come {early}–{late}' if early != late else ''}"
    return Sentence(one.made_at, Kind.TOLD, text, _stands_on(one, ear) if ground else ())


def ground_of(one: Prediction, order: Order) -> tuple[object, ...]:
    """What an estimate stands on. A kitchen's mean moves with each of its orders: within a minute it is the same one."""
    kitchen = order.ready_known or one.inputs.kitchen_ms // MINUTE_MS
    return one.stage, one.inputs.driver, kitchen if one.stage is Stage.PREPARE else None


def _stands_on(one: Prediction, ear: Ear) -> tuple[str, ...]:
    who = None if one.inputs.driver is None else ear.names.driver(ear.city, one.inputs.driver)
    pick_up = f"pick-up expected {ear.clock(one.inputs.picked_up)}"
    if one.stage is Stage.PREPARE:
        bring = "no driver yet" if who is None else f"{who} will bring it"
        return f"not ready: {_kitchen(one, ear)}", f"{bring}; {pick_up}"
    waits = {
        Stage.ASSIGN: f"ready, no driver yet; {pick_up}",
        Stage.APPROACH: f"ready, {who} comes for it; {pick_up}",
        Stage.WAIT: f"ready, {who} is there; {pick_up}",
        Stage.RIDE: f"on the way with {who}",
        Stage.HAND_OVER: "at the door",
    }
    return (waits[one.stage],)


def _kitchen(one: Prediction, ear: Ear) -> str:
    if ear.order.ready_known is not None:
        return f"the kitchen says {ear.clock(ear.order.ready_known)}"
    return f"a kitchen mean of {span(one.inputs.kitchen_ms)} ({seen(one.inputs.kitchen_seen)})"


def verdict(score: Score, clock: Clock) -> Sentence:
    """How the first estimate since then came out; when it was placed, beside what the restaurant's mean alone told."""
    told, base = score.ended_at - score.error_ms, score.ended_at - score.baseline_error_ms
    inside = "" if score.error_ms == 0 else f", {'inside' if score.covered else 'outside'} the range"
    text = f"told {WHEN[score.since]}: {clock(told)}; it came {came(score.ended_at, told)}{inside}"
    mean = (f"the restaurant's mean alone: {clock(base)}; it came {came(score.ended_at, base)}",)
    return Sentence(score.ended_at, Kind.TOLD, text, mean if score.since is Since.PLACED else ())


LOST = {
    "promise": "promised too soon",
    "prepare": "in the kitchen",
    "assign": "without a driver",
    "approach": "until the driver came",
    "wait": "at the restaurant with the driver there",
    "ride": "on the ride",
    "hand_over": "at the door",
}


def lost(one: Late) -> Sentence:
    """Where a late order's minutes went, the most first."""
    stages = sorted(msgspec.structs.asdict(one.booked).items(), key=lambda stage: -stage[1])
    parts = [f"{span(ms)} {LOST[stage]}" for stage, ms in stages if ms > 0]
    return Sentence(one.ended_at, Kind.ORDER, f"{span(one.late_ms)} late: {', '.join(parts)}")
