"""a street by its name → here → it is closed, or open again, or why not."""

from models import commands, events
from models.city import City
from models.decision import Decision, Refused
from models.ids import Instant
from models.streets import StreetTravel


def close_street(city: City, at: Instant, ask: commands.CloseStreet) -> Decision:
    """Refused where it is closed already, or where there are no streets."""
    closed = _closed(city, ask.street)
    if isinstance(closed, Refused):
        return closed
    return Refused("street is closed") if closed else [events.StreetClosed(ask.street)]


def open_street(city: City, at: Instant, ask: commands.OpenStreet) -> Decision:
    """Likewise."""
    closed = _closed(city, ask.street)
    if isinstance(closed, Refused):
        return closed
    return [events.StreetOpened(ask.street)] if closed else Refused("street is open")


def _closed(city: City, street: str) -> bool | Refused:
    travel = city.rules.travel if city.rules else None
    if not isinstance(travel, StreetTravel):
        return Refused("the city has no streets")
    if not any(one.name == street for one in travel.streets):
        return Refused("unknown street")
    return street in travel.closed
