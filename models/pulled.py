"""levers, refusals, ticks → here → what each lever is expected to do, and what came of it when its hour is over."""

from collections.abc import Iterator

import msgspec

from models.city import City
from models.events import CommandRejected, Fact, Ticked
from models.ids import Instant, Text
from models.lateness import late_between
from models.levers import (
    FEW,
    PAUSED,
    TOO_FAR,
    Effect,
    LeverId,
    LeverPulled,
    LeverReleased,
    Levers,
    PauseKitchen,
    ShrinkRadius,
    SlowKitchen,
)
from models.ways import MINUTE_MS

JUDGED_MINUTES = 60
"""Where nothing was foretold. Orders that ended are known for an hour, so that no lever is judged by more."""
BY_REASON = {PAUSED: PauseKitchen, FEW: SlowKitchen, TOO_FAR: ShrinkRadius}


class PulledLever(msgspec.Struct, frozen=True):
    """In force until `ended_at`. `late_orders` and `late_ms` are what came within the minutes that `expected` speaks of, from
    `since` on, in the whole city; None until they are over. `refused`: new orders that it turned away.
    """

    id: LeverId
    lever: Levers
    since: Instant
    until: Instant
    incident: Text | None
    expected: Effect | None
    ended_at: Instant | None = None
    reason: str | None = None
    refused: int = 0
    late_orders: int | None = None
    late_ms: int | None = None

    @property
    def judged_at(self) -> Instant:
        minutes = self.expected.minutes if self.expected else JUDGED_MINUTES
        return self.since + min(minutes, JUDGED_MINUTES) * MINUTE_MS

    @property
    def over(self) -> bool:
        return self.ended_at is not None and self.late_ms is not None


def pulled(levers: dict[LeverId, PulledLever], city: City, fact: Fact) -> list[PulledLever]:
    """Those that this fact changes, before the city has it: a tick lets orders go that ended an hour ago."""
    changed = list(_changed(levers, city, fact))
    levers.update((one.id, one) for one in changed)
    for one in changed:
        if one.over:
            del levers[one.id]
    return changed


def _changed(levers: dict[LeverId, PulledLever], city: City, fact: Fact) -> Iterator[PulledLever]:
    match fact.body:
        case LeverPulled() as new:
            yield PulledLever(new.id, new.lever, fact.at, new.until, new.incident, new.expected)
        case LeverReleased(id=which, reason=reason) if which in levers:
            yield msgspec.structs.replace(levers[which], ended_at=fact.at, reason=reason)
        case CommandRejected(asked="PlaceOrder", reason=reason) if reason in BY_REASON:
            some = (one for one in levers.values() if one.ended_at is None and isinstance(one.lever, BY_REASON[reason]))
            for one in list(some):
                yield msgspec.structs.replace(one, refused=one.refused + 1)
        case Ticked(t=t):
            for one in [one for one in levers.values() if one.late_ms is None and t >= one.judged_at]:
                orders, ms = late_between(city.orders.values(), one.since, one.judged_at)
                yield msgspec.structs.replace(one, late_orders=orders, late_ms=ms)
