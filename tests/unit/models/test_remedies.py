"""An incident → what a person may do against it."""

import pytest

from models.city import City
from models.incidents import Cause
from models.levers import CallDrivers, ExtendPromises, PauseKitchen, ShrinkRadius, SlowKitchen
from models.measures import CITY as ALL
from models.remedies import remedies
from tests.unit.models.builders import CITY, D1, R1, opened_town, shift


@pytest.mark.parametrize(("cause", "kinds"), [
    (Cause.KITCHEN, [PauseKitchen, SlowKitchen, ExtendPromises]),
    (Cause.DRIVERS_SHORT, [CallDrivers, ExtendPromises, ShrinkRadius]),
    (Cause.WEATHER, [CallDrivers, ExtendPromises, ShrinkRadius]),
    (Cause.PHONES_SILENT, [CallDrivers, ExtendPromises]),
    (Cause.DRIVERS_STOPPED, [CallDrivers, ExtendPromises]),
])  # fmt: skip
def test_an_incident_has_the_levers_of_its_cause(cause: Cause, kinds: list[type]) -> None:
    found = remedies(cause, R1 if cause is Cause.KITCHEN else ALL, opened_town().do(shift(D1)).city)

    assert [type(lever) for lever in found.values()] == kinds


def test_drivers_are_called_to_the_zone_that_is_short_of_them() -> None:
    found = remedies(Cause.DRIVERS_SHORT, "z1", City(CITY))

    assert CallDrivers(2, "z1") in list(found.values())
