"""facts, truth, scenario → here → where the log and what was done to the day disagree. Nothing: each fault did what it should.

It shares nothing with the engine, the city or dispatch but facts and travel.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from models import by_hand, events
from models import order as order_rules
from models.events import Fact
from models.geo import Point
from models.ids import CommandId, DriverId, Instant, OrderId
from models.street_changes import travel_after
from models.travel import Travel
from simulator import truth
from simulator.faults.legs import legs
from simulator.scenario import PlannedOrder, Scenario
from simulator.truth import Entry, Slowed, Stood

ONCE = (
    events.OrderPlaced,
    events.OrderAccepted,
    events.OrderReady,
    events.OrderPickedUp,
    events.DriverArrivedAtDoor,
    events.OrderDelivered,
)

_STREETS = (events.StreetClosed, events.StreetOpened)


class Day:
    """The log by what it says, and the truth by what it is of."""

    def __init__(self, facts: Sequence[Fact], entries: Sequence[Entry], scenario: Scenario) -> None:
        self.facts, self.entries, self.scenario = facts, entries, scenario
        self.skewed = {e.command: e for e in entries if isinstance(e, truth.CommandSkewed)}
        self.accepted: dict[DriverId, list[tuple[Instant, Point]]] = defaultdict(list)
        for body in (f.body for f in facts):
            for position in body.positions if isinstance(body, events.Ticked) else ():
                self.accepted[position.driver].append((position.at, position.point))
        self.travels = [(scenario.opens_at, scenario.rules.travel)]
        for fact in facts:
            if isinstance(fact.body, _STREETS):
                self.travels.append((fact.at, travel_after(self.travels[-1][1], fact.body)))
        self.misled = {e.ping.driver for e in entries if isinstance(e, truth.PingJumped | truth.PingSkewed)}

    def at(self, fact: Fact) -> Instant:
        """When it was, whatever the phone that reported it said."""
        skewed = self.skewed.get(fact.command_id)
        return skewed.at if skewed else fact.at

    def travel(self, at: Instant) -> Travel:
        """The streets as they were then."""
        return next(travel for since, travel in reversed(self.travels) if since <= at)


def disagreements(facts: Sequence[Fact], entries: Sequence[Entry], scenario: Scenario) -> list[str]:
    """One sentence each."""
    day = Day(facts, entries, scenario)
    return [said for rule in RULES for said in rule(day)]


def nothing_happens_twice(day: Day) -> Iterator[str]:
    times = Counter((type(f.body).__name__, f.body.order) for f in day.facts if isinstance(f.body, ONCE))
    yield from (f"{kind} of {order} happened {n} times" for (kind, order), n in times.items() if n > 1)
    seqs: dict[CommandId, list[int]] = defaultdict(list)
    for fact in day.facts:
        seqs[fact.command_id].append(fact.seq)
    for command, some in seqs.items():
        if some[-1] - some[0] != len(some) - 1:
            yield f"{command} was decided again: facts {some}"
    doubled = {e.command for e in day.entries if isinstance(e, truth.CommandDoubled)}
    yield from (f"{command} was sent twice and is not in the log" for command in sorted(doubled - seqs.keys()))


def nobody_moves_back(day: Day) -> Iterator[str]:
    for driver, fixes in day.accepted.items():
        yield from (f"{driver} was moved back from {a[0]} to {b[0]}" for a, b in pairwise(fixes) if b[0] <= a[0])


def pings_are_believed_as_they_should(day: Day) -> Iterator[str]:
    known = {driver: dict(fixes) for driver, fixes in day.accepted.items()}
    for entry in day.entries:
        match entry:
            case truth.PingDropped(ping=ping) if known.get(ping.driver, {}).get(ping.at) == ping.point:
                yield f"{ping.driver} was silent and yet seen at {ping.at}"
            case truth.PingJumped(ping=ping, told=told) if known.get(ping.driver, {}).get(ping.at) == told:
                yield f"{ping.driver} was believed to have jumped at {ping.at}"
            case truth.PingDelayed(ping=ping, behind=True) if ping.driver not in day.misled:
                if ping.at in known.get(ping.driver, {}):
                    yield f"{ping.driver}: a late ping of {ping.at} was believed"


def reports_carry_the_time_of_their_phone(day: Day) -> Iterator[str]:
    for fact in day.facts:
        skewed = day.skewed.get(fact.command_id)
        if skewed is not None and fact.at != skewed.told:
            yield f"{fact.command_id}: {fact.at} in the log, {skewed.told} was told"


def orders_come_and_are_ready_when_they_were(day: Day) -> Iterator[str]:
    placed: dict[OrderId, Instant] = {o.order: o.placed_at for o in day.scenario.orders}
    placed |= {e.order: e.placed_at for e in day.entries if isinstance(e, truth.OrderMoved)}
    ready = {o.order: _ready(o, placed[o.order]) for o in day.scenario.orders}
    ready |= {e.order: e.ready_at for e in day.entries if isinstance(e, truth.ReadyMoved)}
    for fact in day.facts:
        match fact.body:
            case events.OrderPlaced(order=order) if order in placed and fact.at != placed[order]:
                yield f"{order} was placed at {fact.at}, in truth at {placed[order]}"
            case events.OrderReady(order=order) if order in ready and fact.at != ready[order]:
                yield f"{order} was ready at {fact.at}, in truth at {ready[order]}"


def ways_take_as_long_as_they_do(day: Day) -> Iterator[str]:
    """A way that nothing struck takes what the streets of its time say."""
    struck = {(e.driver, e.leaves): e.arrives for e in day.entries if isinstance(e, Stood | Slowed)}
    for leg in legs(day.facts, day.scenario.rules.services, day.at):
        usual = leg.leaves + day.travel(leg.leaves).ms(leg.start, leg.end, leg.vehicle)
        if leg.arrives != (due := struck.get((leg.driver, leg.leaves), usual)):
            yield f"{leg.driver} left at {leg.leaves}: there at {leg.arrives}, in truth at {due}"


def who_stands_still_does_not_move(day: Day) -> Iterator[str]:
    for stood in (e for e in day.entries if isinstance(e, Stood) and e.driver not in day.misled):
        moved = [
            at for at, point in day.accepted[stood.driver] if stood.at <= at < stood.until and point != stood.point
        ]
        yield from (f"{stood.driver} stood still and was seen elsewhere at {at}" for at in moved)


def who_is_not_there_is_not_on_shift(day: Day) -> Iterator[str]:
    """Who has food on board goes when the last door is behind him, everybody else at once."""
    began = {f.body.driver for f in day.facts if isinstance(f.body, events.ShiftStarted)}
    ended = {f.body.driver: day.at(f) for f in day.facts if isinstance(f.body, events.ShiftEnded)}
    for entry in day.entries:
        match entry:
            case truth.NeverStarted(driver=driver) if driver in began:
                yield f"{driver} never came and is on shift"
            case truth.LeftEarly(driver=driver, at=at) if ended.get(driver) != (due := _free_from(day, driver, at)):
                yield f"{driver} left at {due}, by the log at {ended.get(driver)}"


def _free_from(day: Day, driver: DriverId, at: Instant) -> Instant:
    """The first moment from `at` on at which the driver carries nothing."""
    loaded = max((day.at(f) for f in _of(day, driver, events.OrderPickedUp) if day.at(f) <= at), default=0)
    freed = sorted(day.at(f) for f in _of(day, driver, events.DriverFreed) if day.at(f) > loaded)
    return max(at, freed[0]) if loaded and freed else at


def _of(day: Day, driver: DriverId, kind: type) -> list[Fact]:
    return [f for f in day.facts if type(f.body) is kind and getattr(f.body, "driver", None) == driver]


def who_declines_loses_the_order_and_is_not_sent_for_it_again(day: Day) -> Iterator[str]:
    """Unless a person says so."""
    declined = {(e.order, e.driver, e.at) for e in day.entries if isinstance(e, truth.Declined)}
    told: set[tuple[OrderId, DriverId, Instant]] = set()
    sent: dict[tuple[OrderId, DriverId], Instant] = {}
    for fact in day.facts:
        match fact.body:
            case events.DriverUnassigned(order=order, driver=driver, reason=order_rules.DECLINED):
                told.add((order, driver, day.at(fact)))
            case events.DriverAssigned(order=order, driver=driver, why=why) if (
                why is None or why.rule != by_hand.BY_HAND
            ):
                sent[order, driver] = fact.at
    yield from (f"{driver} declined {order} at {at}: not in the log" for order, driver, at in sorted(declined - told))
    for order, driver, at in sorted(declined):
        if sent.get((order, driver), at) > at:
            yield f"{driver} declined {order} at {at} and was sent for it again"


def streets_close_and_open(day: Day) -> Iterator[str]:
    """Both in the log, at their time."""
    ends = {e.fault: e.at for e in day.entries if isinstance(e, truth.Ended)}
    said = {(type(f.body), f.body.street, f.at) for f in day.facts if isinstance(f.body, _STREETS)}
    for begun in (e for e in day.entries if isinstance(e, truth.Begun) and e.what.name == "bridge-closed"):
        for street in begun.whom:
            if (events.StreetClosed, street, begun.what.at) not in said:
                yield f"{street} was closed at {begun.what.at}: not in the log"
            if begun.fault in ends and (events.StreetOpened, street, ends[begun.fault]) not in said:
                yield f"{street} was opened at {ends[begun.fault]}: not in the log"


def _ready(order: PlannedOrder, placed_at: Instant) -> Instant:
    return order.ready_at + placed_at - order.placed_at


RULES: tuple[Callable[[Day], Iterator[str]], ...] = (
    nothing_happens_twice,
    nobody_moves_back,
    pings_are_believed_as_they_should,
    reports_carry_the_time_of_their_phone,
    orders_come_and_are_ready_when_they_were,
    ways_take_as_long_as_they_do,
    who_stands_still_does_not_move,
    who_is_not_there_is_not_on_shift,
    who_declines_loses_the_order_and_is_not_sent_for_it_again,
    streets_close_and_open,
)
