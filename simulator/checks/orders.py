"""checks/day → here → violations by orders: placed, announced and ready as recorded, carried once, ended once."""

from collections.abc import Iterator

from models import events
from models.ids import DriverId, Instant, OrderId
from simulator.checks.day import Day, Rule, Violation, of
from simulator.scenario import PlannedOrder

UNDELIVERABLE = "undeliverable"
CARRIED = (events.OrderPickedUp, events.DriverArrivedAtDoor, events.OrderDelivered)


def placed_as_recorded(day: Day) -> Iterator[Violation]:
    for planned in day.planned.values():
        placed = of(day.orders[planned.order], events.OrderPlaced)
        if not placed:
            yield Violation(Rule.PLACED, planned.order, None, "never placed")
        for fact in placed:
            if fact.at != planned.placed_at or fact.body != _placed(planned, fact.body):
                yield Violation(Rule.PLACED, planned.order, fact.at, "not the recorded order, or not at its time")
        for fact in placed[1:]:
            yield Violation(Rule.PLACED_ONCE, planned.order, fact.at, "placed again")
    for order in day.orders.keys() - day.planned.keys():
        yield Violation(Rule.PLACED, order, day.orders[order][0].at, "not an order of the recorded day")


def announced_as_recorded(day: Day) -> Iterator[Violation]:
    """Where ready times are known, at placement; where they are estimated, never: that would be a leak."""
    for planned in day.planned.values():
        due = [(planned.placed_at, planned.ready_at)] if day.rules.ready_mode == "known" else []
        facts = of(day.orders[planned.order], events.ReadyAnnounced)
        told = [(f.at, f.body.ready_at) for f in facts if isinstance(f.body, events.ReadyAnnounced)]
        if told != due:
            yield Violation(Rule.ANNOUNCED, planned.order, told[-1][0] if told else None, "not announced as recorded")


def ready_as_recorded(day: Day) -> Iterator[Violation]:
    for planned in day.planned.values():
        told = [f.at for f in of(day.orders[planned.order], events.OrderReady)]
        if told != [planned.ready_at]:
            what = f"ready at {day.minutes(told)}, recorded {day.minute(planned.ready_at)}"
            yield Violation(Rule.READY, planned.order, told[-1] if told else None, what)


def carried_by_one_driver(day: Day) -> Iterator[Violation]:
    """Assigned to one driver at a time, and handled by no other."""
    for order in day.planned:
        holder: DriverId | None = None
        for fact in day.orders[order]:
            match fact.body:
                case events.DriverAssigned(driver=driver):
                    if holder is not None:
                        yield Violation(Rule.ONE_DRIVER, order, fact.at, f"given to {driver} while {holder} has it")
                    holder = driver
                case events.DriverUnassigned():
                    holder = None
                case events.OrderPickedUp(driver=driver) | events.OrderDelivered(driver=driver) if driver != holder:
                    yield Violation(Rule.ONE_DRIVER, order, fact.at, f"handled by {driver}, given to {holder}")


def carried_once(day: Day) -> Iterator[Violation]:
    for order in day.planned:
        for kind in CARRIED:
            for fact in of(day.orders[order], kind)[1:]:
                yield Violation(Rule.ONCE, order, fact.at, f"{kind.__name__} again")


def accounted_for(day: Day) -> Iterator[Violation]:
    """Each order ends once: delivered, or cancelled as undeliverable at closing. Then nothing more happens."""
    closed = of(day.facts, events.CityClosed)
    if len(closed) != 1:
        yield Violation(Rule.ACCOUNTED, "city", None, f"closed {len(closed)} times")
        return
    for order in day.planned:
        yield from _ended_once(day, order, closed[0].at)
    for fact in day.facts[day.facts.index(closed[0]) + 1 :]:
        if not isinstance(fact.body, events.Ticked | events.Dispatched | events.CommandRejected):
            yield Violation(Rule.ACCOUNTED, "city", fact.at, f"{type(fact.body).__name__} after closing")


def _ended_once(day: Day, order: OrderId, closed_at: Instant) -> Iterator[Violation]:
    delivered = of(day.orders[order], events.OrderDelivered)
    cancelled = of(day.orders[order], events.OrderCancelled)
    if len(delivered[:1] + cancelled) != 1:
        yield Violation(Rule.ACCOUNTED, order, None, f"{len(delivered)} deliveries, {len(cancelled)} cancellations")
    for fact in cancelled:
        if fact.at != closed_at or fact.body != events.OrderCancelled(order, UNDELIVERABLE):
            yield Violation(Rule.ACCOUNTED, order, fact.at, "cancelled otherwise than as undeliverable at closing")


def _placed(order: PlannedOrder, body: events.Happened) -> events.OrderPlaced:
    """What the day knows no promise of, the city has promised itself."""
    promised = body.promised_at if isinstance(body, events.OrderPlaced) else 0
    due = order.promised_at or promised
    return events.OrderPlaced(order.order, order.customer, order.restaurant, order.door, order.items, due)
