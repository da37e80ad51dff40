"""checks/day → here → violations by drivers: on shift as recorded; every leg, wait and service of a trip exact."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from models import events
from models.ids import Instant, OrderId
from simulator.checks.day import Day, Rule, Trip, Violation, of
from simulator.scenario import PlannedShift


def on_shift_as_recorded(day: Day) -> Iterator[Violation]:
    for shift in day.scenario.shifts:
        started = of(day.drivers[shift.driver], events.ShiftStarted)
        body = events.ShiftStarted(shift.driver, shift.name, shift.vehicle, shift.point, shift.until)
        if [(f.at, f.body) for f in started] != [(shift.on_at, body)]:
            yield Violation(Rule.SHIFT, shift.driver, started[0].at if started else None, "not started as recorded")
        ended = [f.at for f in of(day.drivers[shift.driver], events.ShiftEnded)]
        if ended != [due := _shift_ends(day, shift)]:
            what = f"ended {day.minutes(ended)}, due {day.minute(due)}"
            yield Violation(Rule.SHIFT, shift.driver, ended[0] if ended else None, what)
    for driver in day.drivers.keys() - day.trips.keys():
        yield Violation(Rule.SHIFT, driver, day.drivers[driver][0].at, "not a driver of the recorded day")


def assigned_on_shift(day: Day) -> Iterator[Violation]:
    for trip in _trips(day):
        for at in trip.given:
            if not trip.shift.on_at <= at < trip.shift.until:
                yield Violation(Rule.ON_SHIFT, trip.shift.driver, at, f"assigned at {day.minute(at)}")


def assigned_when_free(day: Day) -> Iterator[Violation]:
    """Or while he has picked up nothing: then it is the same trip, and another restaurant breaks the next rule."""
    for trips in day.trips.values():
        for before, trip in pairwise(trips):
            if before.at(events.DriverFreed) is None:
                what = f"sent out at {day.minute(trip.begun)}, not back from the trip of {day.minute(before.begun)}"
                yield Violation(Rule.FREE, trip.shift.driver, trip.begun, what)


def one_restaurant_a_route(day: Day) -> Iterator[Violation]:
    for trip in _trips(day):
        if len({day.planned[o].restaurant for o in trip.orders}) > 1:
            yield Violation(Rule.ONE_RESTAURANT, trip.shift.driver, trip.begun, f"orders {', '.join(trip.orders)}")


def never_diverted(day: Day) -> Iterator[Violation]:
    """Only the end of a shift takes an order from its driver."""
    for shift in day.scenario.shifts:
        facts = day.drivers[shift.driver]
        ended = {f.at for f in of(facts, events.ShiftEnded)}
        for fact in of(facts, events.DriverUnassigned):
            if fact.at not in ended:
                yield Violation(Rule.NOT_DIVERTED, shift.driver, fact.at, f"unassigned at {day.minute(fact.at)}")


def arrives_at_the_restaurant(day: Day) -> Iterator[Violation]:
    for trip in _trips(day):
        way = day.rules.travel.ms(trip.start, day.kitchen(trip.orders[0]), trip.shift.vehicle)
        due, went_home = trip.begun + way, trip.at(events.ShiftEnded)
        arrived = trip.at(events.DriverArrivedAtRestaurant)
        if arrived != due and not (arrived is None and went_home is not None and went_home < due):
            yield _late(day, Rule.ARRIVAL, trip.shift.driver, arrived, due)


def picks_up(day: Day) -> Iterator[Violation]:
    """At max(all ready, arrival + half the service, the last one assigned); an order stays behind only when that is after
    the off-time."""
    for trip in _trips(day):
        if (arrived := trip.at(events.DriverArrivedAtRestaurant)) is None:
            continue
        due = max(_ready(day, trip.orders), arrived + day.rules.services.half_pickup_ms, *trip.given)
        for order in trip.orders:
            picked = trip.at(events.OrderPickedUp, order)
            if picked != due and not (picked is None and due > trip.shift.until):
                yield _late(day, Rule.PICK_UP, order, picked, due)


def never_held_back(day: Day) -> Iterator[Violation]:
    """An order comes too late for a driver who by the ones before it had to pick up already."""
    for trip in _trips(day):
        if (arrived := trip.at(events.DriverArrivedAtRestaurant)) is None:
            continue
        for at in sorted(set(trip.given))[1:]:
            before = [o for o in trip.orders if (trip.at(events.DriverAssigned, o) or at) < at]
            due = max(_ready(day, before), arrived + day.rules.services.half_pickup_ms)
            if due <= at:
                yield Violation(Rule.PICK_UP, trip.shift.driver, at, f"held back, due {day.minute(due)}")


def _ready(day: Day, orders: Iterable[OrderId]) -> Instant:
    return max(day.planned[o].ready_at for o in orders)


def picks_up_in_shift(day: Day) -> Iterator[Violation]:
    for trip in _trips(day):
        for order in trip.orders:
            picked = trip.at(events.OrderPickedUp, order)
            if picked is not None and picked > trip.shift.until:
                yield _late(day, Rule.PICK_UP_IN_SHIFT, order, picked, trip.shift.until)


def delivers(day: Day) -> Iterator[Violation]:
    """Door after door in the order of the route: leg, half a service, delivery, half a service; then free."""
    for trip in _trips(day):
        if trip.at(events.OrderPickedUp, trip.orders[0]) is not None:
            yield from _round(day, trip)


def _round(day: Day, trip: Trip) -> Iterator[Violation]:
    leaves, here = _leaves_restaurant(day, trip), day.kitchen(trip.orders[0])
    for order in trip.orders:
        door = day.planned[order].door
        at_door, delivered = trip.at(events.DriverArrivedAtDoor, order), trip.at(events.OrderDelivered, order)
        if at_door != (due := leaves + day.rules.travel.ms(here, door, trip.shift.vehicle)):
            yield _late(day, Rule.AT_DOOR, order, at_door, due)
        due = (due if at_door is None else at_door) + day.rules.services.half_dropoff_ms
        if delivered != due:
            yield _late(day, Rule.DELIVERY, order, delivered, due)
        here, leaves = door, (due if delivered is None else delivered) + day.rules.services.half_dropoff_ms
    if (freed := trip.at(events.DriverFreed)) != leaves:
        yield _late(day, Rule.FREED, trip.shift.driver, freed, leaves)


def _leaves_restaurant(day: Day, trip: Trip) -> Instant:
    picked = trip.at(events.OrderPickedUp)
    return (picked or trip.begun) + day.rules.services.half_pickup_ms


def _shift_ends(day: Day, shift: PlannedShift) -> Instant:
    """At the off-time, or after the last door when there was food on board."""
    freed = day.trips[shift.driver][-1].at(events.DriverFreed) if day.trips[shift.driver] else None
    return max(shift.until, freed or shift.until)


def _trips(day: Day) -> Iterator[Trip]:
    for trips in day.trips.values():
        yield from trips


def _late(day: Day, rule: Rule, who: str, at: Instant | None, due: Instant) -> Violation:
    return Violation(rule, who, at, f"{day.minute(at)}, due {day.minute(due)}")
