"""what was foretold, an incident → here → its levers as lines: what each would change of the late minutes, on one scale."""

import msgspec

from dashboard import wording
from dashboard.actions import change_words
from dashboard.snapshot import Snapshot
from models.foretold import Foretold, Offer
from models.incidents import Incident
from models.levers import CallDrivers, ExtendPromises, Levers, PauseKitchen, Range, ShrinkRadius, SlowKitchen
from models.ways import MINUTE_MS

OLD_MS = 30 * MINUTE_MS
"""Of the city's clock: what was foretold before it speaks of another city."""


class OfferLine(msgspec.Struct, frozen=True):
    """A lever, its change in late minutes and the interval; `low`, `mean`, `high` and `zero` in per cent of the scale."""

    words: str
    change: str
    span: str
    low: float
    mean: float
    high: float
    zero: float


def fresh(s: Snapshot) -> Foretold | None:
    """What was foretold, unless it is too old to be shown."""
    told = s.foretold
    return told if told is not None and s.view is not None and s.view.now - told.at <= OLD_MS else None


def ahead(s: Snapshot) -> str:
    """The next hour of the city if nothing is done, and how old that word is."""
    told = fresh(s)
    if told is None or s.view is None:
        return ""
    orders, minutes = told.nothing.late_orders, told.nothing.late_minutes
    since = wording.span(s.view.now - told.at)
    return (
        f"Next {told.nothing.minutes} min, nothing done: {_whole(orders.mean)} late orders ({_between(orders)}), "
        f"{_whole(minutes.mean)} late min ({_between(minutes)}). Foretold {since} ago"
    )


def offers(s: Snapshot, one: Incident) -> tuple[OfferLine, ...]:
    """Those that nobody has pulled against it yet."""
    told = fresh(s)
    some = told.offers.get(one.id, ()) if told else ()
    pulled = [p.lever for p in s.levers.values() if p.incident == one.id and p.ended_at is None]
    left = [offer for offer in some if offer.lever not in pulled]
    changes = [offer.expected.minutes_change for offer in left]
    first, last = min([0.0, *(one.low for one in changes)]), max([0.0, *(one.high for one in changes)])
    return tuple(_line(offer, first, max(last - first, 1.0)) for offer in left)


def _line(offer: Offer, first: float, width: float) -> OfferLine:
    change = offer.expected.minutes_change
    places = (round(100 * (at - first) / width, 1) for at in (change.low, change.mean, change.high, 0.0))
    return OfferLine(offer_words(offer.lever), *change_words(change), *places)


def offer_words(lever: Levers) -> str:
    """What a person may do, under the incident that says where."""
    match lever:
        case PauseKitchen():
            return "Pause new orders"
        case SlowKitchen(minutes=minutes):
            return f"An order in {minutes} min"
        case ExtendPromises(minutes=minutes):
            return f"Promise +{minutes} min"
        case ShrinkRadius(metres=metres):
            return f"Doors within {wording.metres(metres)}"
        case CallDrivers(count=count):
            return f"Call {wording.plural(count, 'driver')}"


def _whole(number: float) -> str:
    return wording.whole(round(number))


def _between(one: Range) -> str:
    return f"{_whole(one.low)} to {_whole(one.high)}"
