"""an incident, the levers pulled against it or against none → here → what people have done, as words of the panel."""

from collections.abc import Iterable, Iterator

from dashboard import wording
from dashboard.frames import restaurant_name
from dashboard.snapshot import Snapshot
from models.incidents import Incident
from models.levers import CallDrivers, ExtendPromises, Levers, PauseKitchen, Range, ShrinkRadius, SlowKitchen
from models.pulled import PulledLever
from models.ways import MINUTE_MS


def asleep(s: Snapshot, one: Incident) -> bool:
    """Whether nobody is to be bothered with it now."""
    return s.view is not None and one.snoozed_until is not None and one.snoozed_until > s.view.now


def tending(s: Snapshot, one: Incident) -> str:
    """Whose it is, who has seen it, until when it sleeps; nothing where nobody has said a word."""
    zone = s.view.rules.time_zone if s.view else "UTC"
    said = (
        f"{one.owner} sees to it" if one.owner else "",
        f"seen by {one.acknowledged_by}" if one.acknowledged_by else "",
        f"asleep until {wording.clock(one.snoozed_until, zone)}" if asleep(s, one) else "",
    )
    return ", ".join(word for word in said if word)


def against(s: Snapshot, one: Incident) -> tuple[str, ...]:
    """Each lever against it: until when, what was foretold of it, and what came when its hour is over."""
    return _each(s, (p for p in s.levers.values() if p.incident == one.id))


def on_their_own(s: Snapshot) -> tuple[str, ...]:
    """Likewise, of those that were pulled against no incident, or whose incident is not open any more."""
    return _each(s, (p for p in s.levers.values() if p.incident not in s.incidents))


def _each(s: Snapshot, some: Iterable[PulledLever]) -> tuple[str, ...]:
    """What is in force comes first."""
    ranked = sorted(some, key=lambda p: (p.ended_at is not None, p.since, p.id))
    return tuple(". ".join(_told(s, pulled)) for pulled in ranked)


def _told(s: Snapshot, one: PulledLever) -> Iterator[str]:
    zone = s.view.rules.time_zone if s.view else "UTC"
    ends = f" until {wording.clock(one.until, zone)}" if one.ended_at is None else ", over"
    away = f", {wording.plural(one.refused, 'order')} turned away" if one.refused else ""
    yield f"{lever_words(s, one.lever)}{ends}{away}"
    if (told := one.expected) is not None:
        change, span = change_words(told.minutes_change)
        total = wording.whole(round(told.late_minutes.mean + told.minutes_change.mean))
        yield f"Foretold for {told.minutes} min: {total} late min in the city ({change}; {span})"
    if one.late_ms is not None:
        yield f"Came: {wording.whole(round(one.late_ms / MINUTE_MS))} late min"


def change_words(change: Range) -> tuple[str, str]:
    """−24, and −60 to +5."""
    low, mean, high = (wording.signed(round(one)) for one in (change.low, change.mean, change.high))
    return mean, f"{low} to {high}"


def lever_words(s: Snapshot, lever: Levers) -> str:
    """What it does, thing first."""
    restaurant = getattr(lever, "restaurant", None)
    name = restaurant_name(s, restaurant) if restaurant is not None else None
    match lever:
        case PauseKitchen():
            return f"{name} paused"
        case SlowKitchen(minutes=minutes):
            return f"{name} takes an order in {minutes} min"
        case ExtendPromises(minutes=minutes):
            return f"Promises {minutes} min later{f' at {name}' if name else ''}"
        case ShrinkRadius(metres=metres):
            return f"Doors within {wording.metres(metres)}{f' of {name}' if name else ''}"
        case CallDrivers(count=count):
            return f"{wording.plural(count, 'driver')} called"
