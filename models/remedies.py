"""an incident's cause and subject, its city → here → what a person may do against it: levers, by a name that says it."""

from models.city import City
from models.driver import DriverStatus
from models.ids import RestaurantId
from models.incidents import Cause
from models.levers import CallDrivers, ExtendPromises, Levers, PauseKitchen, ShrinkRadius, SlowKitchen
from models.measures import CITY


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
    return {
        f"call {more} drivers": CallDrivers(more, zone),
        "promise 10 min later": ExtendPromises(10),
        "doors within 2 km": ShrinkRadius(2_000),
    }
