"""a measure of something, tick by tick → here → an alert that is raised once, and clears by itself.

A rule has two limits, so that what sways about one of them is told once: it is raised when the measure has been at or above
`raised_at` for a while, and clears when it has been below `cleared_at` for a while.
"""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from models.errors import TrackError
from models.ids import Instant, Text

Seconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]


class AlertKind(StrEnum):
    """What may be told of a city. `pipeline stale` is not here: wall time raises it, and no agent has that."""

    AT_RISK = "at_risk"
    LATE = "late"
    UNASSIGNED = "unassigned"
    KITCHEN_OVERDUE = "kitchen_overdue"
    RESTAURANT_OVERLOADED = "restaurant_overloaded"
    DRIVER_SILENT = "driver_silent"
    DRIVER_STOPPED = "driver_stopped"
    OFF_ROUTE = "off_route"
    ZONE_SHORT = "zone_short"
    WAYS_SLOW = "ways_slow"
    OFFERS_DECLINED = "offers_declined"
    DRIVERS_LEAVE = "drivers_leave"
    STREET_CLOSED = "street_closed"


Severity = Literal["notice", "warning", "critical"]


class BadRule(TrackError):
    """A rule that could never clear, or would sway: the message says which, and what is allowed."""


class Rule(msgspec.Struct, frozen=True):
    """`raised_at` and `cleared_at` are in the unit of the kind's measure (`models/measures`), at whole numbers."""

    kind: AlertKind
    severity: Severity
    raised_at: Annotated[int, msgspec.Meta(ge=1)]
    cleared_at: Annotated[int, msgspec.Meta(ge=1)]
    raised_after_seconds: Seconds = 0
    cleared_after_seconds: Seconds = 0


class Alert(msgspec.Struct, frozen=True):
    """`evidence` is as of the raising, in words; `worst` too, until it clears. Open while `cleared_at` is None."""

    kind: AlertKind
    subject: Text
    severity: Severity
    raised_at: Instant
    evidence: str
    worst: int
    cleared_at: Instant | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.subject}:{self.raised_at}"


class Watched(msgspec.Struct):
    """Something that is above a limit, or was: since when above the upper, since when below the lower one."""

    above_since: Instant | None = None
    below_since: Instant | None = None
    worst: int = 0
    alert: Alert | None = None


def checked(rules: tuple[Rule, ...]) -> dict[AlertKind, Rule]:
    """The rules by their kind. Raises BadRule."""
    found: dict[AlertKind, Rule] = {}
    for rule in rules:
        if rule.kind in found:
            raise BadRule(f"{rule.kind}: there are two rules; say it once")
        if rule.cleared_at > rule.raised_at:
            raise BadRule(
                f"{rule.kind}: clears below {rule.cleared_at} and is raised at {rule.raised_at}: "
                f"cleared_at may be at most {rule.raised_at}"
            )
        found[rule.kind] = rule
    return found


def weighed(watched: Watched, rule: Rule, measure: int, t: Instant) -> bool:
    """Note a measure; whether an alert is to be raised now. What clears, `cleared` tells."""
    watched.above_since = (watched.above_since or t) if measure >= rule.raised_at else None
    watched.below_since = (watched.below_since or t) if measure < rule.cleared_at else None
    watched.worst = max(watched.worst, measure)
    if watched.alert is not None or watched.above_since is None:
        return False
    return t - watched.above_since >= 1000 * rule.raised_after_seconds


def cleared(watched: Watched, rule: Rule, t: Instant) -> Alert | None:
    """The alert, if it clears now."""
    if watched.alert is None or watched.below_since is None:
        return None
    if t - watched.below_since < 1000 * rule.cleared_after_seconds:
        return None
    return over(watched.alert, watched, t)


def over(alert: Alert, watched: Watched, t: Instant) -> Alert:
    """It ends now, with the worst that was measured."""
    return msgspec.structs.replace(alert, cleared_at=t, worst=watched.worst)
