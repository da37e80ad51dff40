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
KEPT_MS = 60 * MINUTE_MS
"""So long a lever is known when all is known of it: people must have seen what came."""
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
    def over_at(self) -> Instant | None:
        """By when it has ended and been judged: nothing changes it any more."""
        return None if self.ended_at is None or self.late_ms is None else max(self.ended_at, self.judged_at)


def pulled(levers: dict[LeverId, PulledLever], city: City, fact: Fact) -> list[PulledLever]:
    """Those that this fact changes, before the city has it: a tick lets orders go that ended an hour ago.

    One that is forgotten comes once more, as it was, and is in `levers` no longer.
    """
    changed = list(_changed(levers, city, fact))
    levers.update((one.id, one) for one in changed)
    return changed + [levers.pop(which) for which in _forgotten(levers, fact)]


def _forgotten(levers: dict[LeverId, PulledLever], fact: Fact) -> list[LeverId]:
    if not isinstance(fact.body, Ticked):
        return []
    before = fact.body.t - KEPT_MS
    return [one.id for one in levers.values() if one.over_at is not None and one.over_at <= before]


def _changed(levers: dict[LeverId, PulledLever], city: City, fact: Fact) -> Iterator[PulledLever]:
    match fact.body:
        case LeverPulled() as new:
            yield PulledLever(new.id, new.lever, fact.at, new.until, new.incident, new.expected)
        case LeverReleased(id=which, reason=reason) if which in levers:
            yield msgspec.structs.replace(levers[which], ended_at=fact.at, reason=reason)
        case CommandRejected() as no if (by := _turned_away(levers, no)) in levers:
            yield msgspec.structs.replace(levers[by], refused=levers[by].refused + 1)
        case Ticked(t=t):
            for one in [one for one in levers.values() if one.late_ms is None and t >= one.judged_at]:
                orders, ms = late_between(city.orders.values(), one.since, one.judged_at)
                yield msgspec.structs.replace(one, late_orders=orders, late_ms=ms)


def _turned_away(levers: dict[LeverId, PulledLever], no: CommandRejected) -> LeverId | None:
    """Where a refusal does not say which lever it was: the one that alone could have been."""
    if no.lever is not None:
        return no.lever
    could = [one.id for one in levers.values() if one.ended_at is None and type(one.lever) is BY_REASON.get(no.reason)]
    return could[0] if len(could) == 1 else None
