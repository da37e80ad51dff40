"""an incident's cause and subject, its city → here → what a person may do against it: levers, by a name that says it."""

from models.city import City
from models.driver import DriverStatus
from models.ids import RestaurantId
from models.incidents import Cause
from models.levers import CallDrivers, ExtendPromises, Levers, PauseKitchen, ShrinkRadius, SlowKitchen
from models.measures import CITY

OUT_OF_TOUCH = (Cause.PHONES_SILENT, Cause.DRIVERS_STOPPED)
"""What is wrong is with a few drivers: no way is too long because of it, and the whole city does not shrink."""


def remedies(cause: Cause, subject: str, city: City) -> dict[str, Levers]:
    """Those of its cause."""
    crew = sum(one.status is not DriverStatus.OFF for one in city.drivers.values())
    more, zone = max(2, round(0.1 * crew)), subject if cause is Cause.DRIVERS_SHORT and subject != CITY else None
    if cause is Cause.KITCHEN:
        which = RestaurantId(subject)
        return {
            "pause the kitchen": PauseKitchen(which),
            "one order in 10 min": SlowKitchen(which, 10),
            "promise its orders 15 min later": ExtendPromises(15, which),
        }
    found: dict[str, Levers] = {
        f"call {more} drivers": CallDrivers(more, zone),
        "promise 10 min later": ExtendPromises(10),
    }
    return found if cause in OUT_OF_TOUCH else found | {"doors within 2 km": ShrinkRadius(2_000)}
