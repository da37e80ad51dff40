"""models/eta → here → tables, screens, scores. Shapes: what a customer may be told of an order, and what came of it."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from models.forecast import Forecast, Parts, Since, Stage
from models.ids import DriverId, Instant, OrderId, RestaurantId

MODEL = "line/2"
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


class Estimate(NamedTuple):
    """What may be said of an order at `at`, whether it was shown or not."""

    at: Instant
    eta: Eta
    then: Forecast


class Told(msgspec.Struct):
    """What an order's customer was told: the last, the first of each kind, and the largest jump (ms).

    `latest` is as of the newest fact or tick, shown or not: risk is judged by it. `plan`: what was left of each stage when it
    was placed, all of it; frozen from then on.
    """

    shown: Prediction
    latest: Estimate
    plan: Parts
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
