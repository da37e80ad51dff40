"""checks/day → here → violations by the city: opened as recorded, ticks on the grid, decided at ticks only."""

from collections.abc import Iterator

from models import events
from models.ids import Instant
from simulator.checks.day import Day, Rule, Violation, of


def opened_as_recorded(day: Day) -> Iterator[Violation]:
    first, opens_at = day.facts[0] if day.facts else None, day.scenario.opens_at
    if first is None or first.at != opens_at or first.body != events.CityOpened(day.rules):
        yield Violation(Rule.OPENED, "city", first.at if first else None, "not opened with the recorded rules")
    added = [f.body for f in of(day.facts, events.RestaurantAdded)]
    planned = sorted(day.scenario.restaurants, key=lambda r: r.restaurant)
    if added != [events.RestaurantAdded(r.restaurant, r.name, r.point) for r in planned]:
        yield Violation(Rule.OPENED, "city", None, "not the recorded restaurants")


def ticks_on_the_grid(day: Day) -> Iterator[Violation]:
    last = day.scenario.opens_at
    for fact in of(day.facts, events.Ticked):
        if fact.at <= last or (fact.at - last) % (1000 * day.rules.tick_seconds):
            yield Violation(Rule.TICKS, "city", fact.at, f"a tick at {day.minute(fact.at)} after {day.minute(last)}")
        last = fact.at


def decided_at_ticks(day: Day) -> Iterator[Violation]:
    """An assignment belongs to the open turn of a tick: after Ticked(t), before Dispatched(t), at t."""
    turn: Instant | None = None
    for fact in day.facts:
        match fact.body:
            case events.Ticked(t=t):
                turn = t
            case events.Dispatched():
                turn = None
            case events.DriverAssigned(order=order) if fact.at != turn:
                what = f"assigned at {day.minute(fact.at)}, the open turn is of {day.minute(turn)}"
                yield Violation(Rule.DECIDED_AT_A_TICK, order, fact.at, what)
