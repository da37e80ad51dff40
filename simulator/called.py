"""drivers who are asked to come → here → their shifts: after a while, near the kitchens, until the call is over."""

from collections.abc import Mapping

from models.geo import Point
from models.ids import DriverId, Instant, RestaurantId
from models.levers import CallDrivers, LeverPulled
from models.travel import Travel
from models.ways import MINUTE_MS, USUAL_VEHICLE
from models.zones import zone_of
from simulator.scenario import PlannedShift

COME_MS = 10 * MINUTE_MS
"""From the call to the shift. Nobody publishes how long that takes; who is asked at home needs no less."""


def called(
    pulled: LeverPulled, at: Instant, restaurants: Mapping[RestaurantId, Point], travel: Travel
) -> list[PlannedShift]:
    """All of them come, each to the next kitchen of the zone, or of the city; none when the call ends before that."""
    lever = pulled.lever
    assert isinstance(lever, CallDrivers)
    every = [point for _, point in sorted(restaurants.items())]
    near = [point for point in every if lever.zone in (None, zone_of(travel.on_map(point)))]
    if at + COME_MS >= pulled.until or not near:
        return []
    return [
        PlannedShift(
            DriverId(f"{pulled.id}-{n}"), f"Called {n}", USUAL_VEHICLE, near[n % len(near)], at + COME_MS, pulled.until
        )
        for n in range(1, lever.count + 1)
    ]
