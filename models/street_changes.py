"""a street is closed or open again → here → the city's travel from then on."""

import msgspec

from models import events
from models.streets import StreetTravel
from models.travel import Travel


def travel_after(travel: Travel, body: events.StreetClosed | events.StreetOpened) -> Travel:
    """A city's travel once the street is closed or open again; where there are no streets it stays as it is."""
    if not isinstance(travel, StreetTravel):
        return travel
    changed = {body.street}
    closed = set(travel.closed) | changed if isinstance(body, events.StreetClosed) else set(travel.closed) - changed
    return msgspec.structs.replace(travel, closed=tuple(sorted(closed)))
