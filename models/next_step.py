"""an order that needs action → here → the one step that would help it most, with whom, and what it would gain.

Nothing is done by this: a person reads it, and a command with the order's version does it.
"""

from collections.abc import Collection
from enum import StrEnum

import msgspec

from models.course import Courses
from models.driver import DriverStatus
from models.estimates import Estimate
from models.forecast import Stage
from models.ids import DriverId
from models.order import Order
from models.risk import Judged
from models.ways import MINUTE_MS

WORTH_MS = 2 * MINUTE_MS
"""What another driver has to gain before a person is asked to send him."""


class Act(StrEnum):
    ASSIGN = "assign"
    REASSIGN = "reassign"
    CALL_KITCHEN = "call_kitchen"
    CALL_DRIVER = "call_driver"
    TELL_CUSTOMER = "tell_customer"


class NextStep(msgspec.Struct, frozen=True):
    """`whom`: a driver, a restaurant, or the order whose customer is told.

    `gain_ms`: how much sooner it would be picked up, or ready; `metres`: of a driver who would be sent, to the restaurant.
    """

    act: Act
    whom: str
    gain_ms: int = 0
    metres: int = 0


class Free(msgspec.Struct, frozen=True):
    """A free driver, and when he could have the food in his hands."""

    driver: DriverId
    metres: int
    gain_ms: int


def next_step(
    courses: Courses, order: Order, latest: Estimate, judged: Judged, out_of_touch: Collection[DriverId]
) -> NextStep | None:
    """`out_of_touch`: drivers who are silent or stand where they should drive. None where nothing would help."""
    if order.picked_up_at is not None:
        return _on_the_way(order, out_of_touch)
    found = nearest_free(courses, order, latest, out_of_touch) if order.waited_at is None else None
    if found is not None and found.gain_ms >= WORTH_MS:
        act = Act.ASSIGN if order.driver is None else Act.REASSIGN
        return NextStep(act, found.driver, found.gain_ms, found.metres)
    if order.driver is not None and order.driver in out_of_touch:
        return NextStep(Act.CALL_DRIVER, order.driver)
    if order.ready_at is None and judged.stage is Stage.PREPARE:
        return NextStep(Act.CALL_KITCHEN, order.restaurant, latest.then.parts.prepare)
    return NextStep(Act.CALL_KITCHEN, order.restaurant) if judged.stage is Stage.WAIT else None


def _on_the_way(order: Order, out_of_touch: Collection[DriverId]) -> NextStep:
    if order.driver is not None and order.driver in out_of_touch:
        return NextStep(Act.CALL_DRIVER, order.driver)
    return NextStep(Act.TELL_CUSTOMER, order.id)


def nearest_free(courses: Courses, order: Order, latest: Estimate, out_of_touch: Collection[DriverId]) -> Free | None:
    """Of the free drivers who can be reached, did not decline it and would be there in their shift, the first; ties by id.

    None too where nobody could gain enough, however near: food that is not ready is waited for.
    """
    travel, kitchen = courses.rules.travel, courses.city.restaurants[order.restaurant].point
    half, ready = courses.rules.services.half_pickup_ms, courses.outlook.expected(order)
    if latest.then.picked_up - max(latest.at + half, ready) < WORTH_MS:
        return None
    free = (one for one in courses.city.drivers.values() if one.status is DriverStatus.AVAILABLE)
    there = (
        (latest.at + travel.ms(one.point, kitchen, one.vehicle) + half, one.id, one.until)
        for one in free
        if one.id not in order.declined and one.id not in out_of_touch
    )
    at, driver, _ = min((one for one in there if one[0] <= one[2]), default=(None, None, None))
    if at is None or driver is None:
        return None
    metres = round(travel.metres(courses.city.drivers[driver].point, kitchen))
    return Free(driver, metres, latest.then.picked_up - max(at, ready))
