"""a city's log → here → a scenario: the same day once more, as far as its log tells what customers, kitchens and shifts did."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from models import by_hand, events, order
from models.decide import UNDELIVERABLE
from models.errors import TrackError
from models.events import Fact
from models.ids import Instant, OrderId
from models.rules import Rules
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario


class NoBeginning(TrackError):
    """The log does not begin with the city's opening: what was before is gone, and a day cannot be made of the rest."""


class Day(NamedTuple):
    """`ticks` of the log; `left_out`: why orders are not in the scenario, and how many; `beyond`: what no scenario can
    bring back, and how often it happened.
    """

    scenario: Scenario
    ticks: tuple[Instant, ...]
    left_out: dict[str, int]
    beyond: dict[str, int]


def day(facts: Sequence[Fact]) -> Day:
    """The day of a whole log, or of one that goes on. Raises NoBeginning.

    Orders with their true ready times; one that is open still, was cancelled by a person or was never ready is left out. A
    shift lasts as it was told, for a policy counts with that.
    """
    if not facts or not isinstance(facts[0].body, events.CityOpened):
        raise NoBeginning("the log does not begin with the opening of its city")
    rules, opens_at = facts[0].body.rules, facts[0].at
    ready, ended = _ready(facts), _ended(facts)
    fates = {f.body.order: _fate(f.body.order, ready, ended) for f in facts if isinstance(f.body, events.OrderPlaced)}
    scenario = Scenario(
        name=rules.name,
        source="log",
        rules=rules,
        opens_at=opens_at,
        restaurants=tuple(_restaurants(facts)),
        shifts=tuple(_shifts(facts)),
        orders=tuple(o for o in _orders(facts, ready) if fates[o.order] is None),
    )
    left_out = Counter(why for why in fates.values() if why is not None)
    ticks = tuple(f.body.t for f in facts if isinstance(f.body, events.Ticked))
    return Day(scenario, ticks, dict(sorted(left_out.items())), dict(sorted(Counter(_beyond(facts, rules)).items())))


def with_policy(scenario: Scenario, policy: str) -> Scenario:
    """The same day, decided otherwise."""
    return msgspec.structs.replace(scenario, rules=msgspec.structs.replace(scenario.rules, policy=policy))


def _fate(which: OrderId, ready: dict[OrderId, Instant], ended: dict[OrderId, str | None]) -> str | None:
    """Why it is left out; None where it is not."""
    if which not in ended:
        return "open still"
    if ended[which] not in (None, UNDELIVERABLE):
        return "cancelled"
    return None if which in ready else "never ready"


def _ready(facts: Sequence[Fact]) -> dict[OrderId, Instant]:
    """When the food stood there; what was announced counts where that never came about."""
    announced = {f.body.order: f.body.ready_at for f in facts if isinstance(f.body, events.ReadyAnnounced)}
    return announced | {f.body.order: f.at for f in facts if isinstance(f.body, events.OrderReady)}


def _ended(facts: Sequence[Fact]) -> dict[OrderId, str | None]:
    """Delivered: None; else why it was cancelled."""
    found: dict[OrderId, str | None] = {}
    for fact in facts:
        if isinstance(fact.body, events.OrderDelivered | events.OrderCancelled):
            found[fact.body.order] = getattr(fact.body, "reason", None)
    return found


def _restaurants(facts: Sequence[Fact]) -> Iterator[PlannedRestaurant]:
    for fact in facts:
        if isinstance(body := fact.body, events.RestaurantAdded):
            yield PlannedRestaurant(body.restaurant, body.name, body.point)


def _shifts(facts: Sequence[Fact]) -> Iterator[PlannedShift]:
    for fact in facts:
        if isinstance(body := fact.body, events.ShiftStarted):
            yield PlannedShift(body.driver, body.name, body.vehicle, body.point, fact.at, body.until)


def _orders(facts: Sequence[Fact], ready: dict[OrderId, Instant]) -> Iterator[PlannedOrder]:
    for fact in facts:
        if isinstance(body := fact.body, events.OrderPlaced) and body.order in ready:
            what = (body.customer, body.restaurant, body.door, body.items)
            yield PlannedOrder(body.order, *what, fact.at, body.promised_at, ready[body.order])


def _beyond(facts: Sequence[Fact], rules: Rules) -> Iterator[str]:
    until: dict[str, Instant] = {}
    for fact in facts:
        match fact.body:
            case events.ShiftStarted(driver=driver):
                until[driver] = fact.body.until
            case events.ShiftEnded(driver=driver) if fact.at < until[driver]:
                yield "shifts that ended early"
            case events.DriverAssigned(why=events.Why(rule=by_hand.BY_HAND)):
                yield "assignments by hand"
            case events.DriverUnassigned(reason=reason) if reason != order.SHIFT_ENDED:
                yield "orders that their driver declined or lost"
            case events.OrderHeld():
                yield "holds"
            case events.StreetClosed() | events.StreetOpened():
                yield "streets closed or opened"
