"""a person at an incident → here → commands, facts. What can be done to a city, until when, and what is expected of it."""

from typing import Annotated

import msgspec

from models.ids import Instant, RestaurantId, Text
from models.said import Ask, Body

LeverId = Text
Minutes = Annotated[int, msgspec.Meta(ge=1, le=240)]


class Lever(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What is changed in a city for a while."""


class PauseKitchen(Lever, frozen=True):
    """It takes no new order."""

    restaurant: RestaurantId


class SlowKitchen(Lever, frozen=True):
    """It takes one new order in so many minutes."""

    restaurant: RestaurantId
    minutes: Minutes


class ExtendPromises(Lever, frozen=True):
    """What the city promises from now on is so much later; of one restaurant, or of all."""

    minutes: Minutes
    restaurant: RestaurantId | None = None


class ShrinkRadius(Lever, frozen=True):
    """Doors that are further from their restaurant, as the crow flies, get no new order."""

    metres: Annotated[int, msgspec.Meta(ge=100, le=50_000)]
    restaurant: RestaurantId | None = None


class CallDrivers(Lever, frozen=True):
    """So many more drivers are asked to come, to a zone or to anywhere."""

    count: Annotated[int, msgspec.Meta(ge=1, le=200)]
    zone: Text | None = None


PAUSED, FEW, TOO_FAR = "the kitchen is paused", "the kitchen takes few orders for now", "too far away for now"
"""Why an order is turned away."""
Levers = PauseKitchen | SlowKitchen | ExtendPromises | ShrinkRadius | CallDrivers


class Range(msgspec.Struct, frozen=True, array_like=True):
    """Eight in ten come true between `low` and `high`."""

    low: float
    mean: float
    high: float


class Effect(msgspec.Struct, frozen=True):
    """Of the `minutes` after it was foretold: orders past their promise and minutes past it, if nothing is done; and what a
    lever changes of both. `refused`: new orders that it turns away, in the mean.
    """

    minutes: Minutes
    late_orders: Range
    late_minutes: Range
    orders_change: Range
    minutes_change: Range
    refused: float


class PullLever(Ask, frozen=True):
    """`incident`: what it is meant against; `expected`: what was foretold of it, to be set beside what came."""

    id: LeverId
    lever: Levers
    until: Instant
    incident: Text | None = None
    expected: Effect | None = None


class ReleaseLever(Ask, frozen=True):
    id: LeverId


class LeverPulled(Body, frozen=True):
    id: LeverId
    lever: Levers
    until: Instant
    incident: Text | None = None
    expected: Effect | None = None


class LeverReleased(Body, frozen=True):
    """`reason`: by whose word, or that its time was over."""

    id: LeverId
    reason: Text


class OwnIncident(Ask, frozen=True):
    """`owner`: who sees to it from now on."""

    incident: Text
    owner: Text


class AcknowledgeIncident(Ask, frozen=True):
    incident: Text
    by: Text


class SnoozeIncident(Ask, frozen=True):
    """Nobody wants to hear of it before `until`, however it grows."""

    incident: Text
    until: Instant


class IncidentOwned(Body, frozen=True):
    incident: Text
    owner: Text


class IncidentAcknowledged(Body, frozen=True):
    incident: Text
    by: Text


class IncidentSnoozed(Body, frozen=True):
    incident: Text
    until: Instant


IncidentAsk = OwnIncident | AcknowledgeIncident | SnoozeIncident
IncidentFact = IncidentOwned | IncidentAcknowledged | IncidentSnoozed
LeverAsk = PullLever | ReleaseLever
LeverFact = LeverPulled | LeverReleased
