"""checks/day → here → violations of where drivers were: every accepted position lies on the way its driver was on."""

from collections.abc import Iterator
from typing import NamedTuple

from models import events
from models.events import Position
from models.geo import Point
from models.ids import DriverId, Instant
from models.ways import Path
from simulator.checks.day import Day, Rule, Trip, Violation

TOLERANCE_METRES = 0.001


class Leg(NamedTuple):
    leaves: Instant
    arrives: Instant
    path: Path


def positions_on_the_way(day: Day) -> Iterator[Violation]:
    """Positions of a driver come in order of time, so that each list of legs is walked once."""
    legs = {driver: [leg for trip in trips for leg in _legs(day, trip)] for driver, trips in day.trips.items()}
    walked: dict[DriverId, int] = dict.fromkeys(legs, 0)
    starts = {s.driver: s.point for s in day.scenario.shifts}
    for position in _positions(day):
        if (mine := legs.get(position.driver)) is None:
            yield Violation(Rule.POSITION, position.driver, position.at, "not a driver of the recorded day")
            continue
        n = walked[position.driver]
        while n < len(mine) and mine[n].leaves <= position.at:
            n += 1
        walked[position.driver] = n
        due = _point(mine[n - 1], position.at) if n else starts[position.driver]
        if (off := day.rules.travel.beeline(position.point, due)) > TOLERANCE_METRES:
            yield Violation(Rule.POSITION, position.driver, position.at, f"{off:.0f} m off the way")


def _positions(day: Day) -> Iterator[Position]:
    for fact in day.facts:
        if isinstance(fact.body, events.Ticked):
            yield from fact.body.positions


def _legs(day: Day, trip: Trip) -> Iterator[Leg]:
    """As the log tells them; a leg without an end was given up when the shift ended."""
    here, leaves = trip.start, trip.begun
    stops = [(trip.at(events.DriverArrivedAtRestaurant), day.kitchen(trip.orders[0]), trip.at(events.OrderPickedUp))]
    stops += [
        (trip.at(events.DriverArrivedAtDoor, o), day.planned[o].door, trip.at(events.OrderDelivered, o))
        for o in trip.orders
    ]
    services = day.rules.services
    for n, (arrived, end, handed_over) in enumerate(stops):
        if arrived is not None:
            yield Leg(leaves, arrived, day.rules.travel.path(here, end))
        if handed_over is None:
            return
        here, leaves = end, handed_over + (services.half_dropoff_ms if n else services.half_pickup_ms)


def _point(leg: Leg, t: Instant) -> Point:
    if t >= leg.arrives:
        return leg.path.corners[-1]
    return leg.path.at((t - leg.leaves) / (leg.arrives - leg.leaves))
