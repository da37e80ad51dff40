"""a fault → here → what drivers, kitchens, customers and streets do differently from its time on, and until it ends."""

import math
from collections.abc import Sequence
from random import Random

import msgspec

from models import commands, events
from models.ids import DriverId, Instant, RestaurantId
from models.streets import StreetTravel
from models.travel import Travel
from simulator.engine import Engine
from simulator.faults.kinds import BadFault, Fault
from simulator.scenario import PlannedOrder, PlannedShift
from simulator.truth import Declined, LeftEarly, NeverStarted, OrderMoved, ReadyMoved, Slowed, Stood, Write
from simulator.way import Way


class Strike:
    """A fault in the city itself; `whom` it strikes is known when it begins."""

    def __init__(self, fault: Fault, engine: Engine, whom: Sequence[str], write: Write) -> None:
        self.fault, self.engine, self.whom, self.write = fault, engine, tuple(whom), write
        self.rng = Random(fault.seed)

    def begin(self, now: Instant) -> None:
        """What changes at once."""

    def end(self, now: Instant) -> None:
        """What is as before again."""


class NoShows(Strike):
    """Each of them, by the toss of a coin: never starts, or leaves a while after the shift began; who works goes now."""

    def begin(self, now: Instant) -> None:
        self.never = {driver for driver in self.whom if self.rng.random() < 0.5}
        self.engine.drivers.appears.append(self._appear)
        for who in self.whom:
            if (planned := self.engine.drivers.send_home(DriverId(who), now)) is not None:
                self.write(LeftEarly(self.fault.id, DriverId(who), now, planned.until))

    def end(self, now: Instant) -> None:
        self.engine.drivers.appears.remove(self._appear)

    def _appear(self, shift: PlannedShift) -> PlannedShift | None:
        if shift.driver not in self.whom:
            return shift
        if shift.driver in self.never:
            self.write(NeverStarted(self.fault.id, shift.driver))
            return None
        leaves = min(shift.until, shift.on_at + int(self.fault.by))
        self.write(LeftEarly(self.fault.id, shift.driver, leaves, shift.until))
        return msgspec.structs.replace(shift, until=leaves)


class RainSurge(Strike):
    """Ways that begin in the rain are slower; one that began before it is not."""

    def begin(self, now: Instant) -> None:
        self.engine.drivers.diverts.append(self._slower)
        for before, after in self.engine.customers.hurry(now, self.fault.until, self.fault.by):
            self.write(OrderMoved(self.fault.id, before.order, before.placed_at, after.placed_at))

    def end(self, now: Instant) -> None:
        self.engine.drivers.diverts.remove(self._slower)

    def _slower(self, who: DriverId, way: Way) -> Way:
        seconds = (way.arrives - way.leaves) * self.fault.by / 1000
        arrives = way.leaves + 1000 * math.ceil(seconds)
        self.write(Slowed(self.fault.id, who, way.leaves, way.arrives, arrives))
        return Way(way.path, way.leaves, arrives, way.halts)


class KitchenMeltdown(Strike):
    """Nobody is told: where ready times are announced, the announcement stays what was planned."""

    def begin(self, now: Instant) -> None:
        self.engine.kitchens.slower.append(self._more)
        for restaurant in self.whom:
            for order in self.engine.kitchens.in_hand(RestaurantId(restaurant)):
                self.engine.kitchens.postpone(order, self._more(order))

    def end(self, now: Instant) -> None:
        self.engine.kitchens.slower.remove(self._more)

    def _more(self, order: PlannedOrder) -> int:
        if order.restaurant not in self.whom:
            return 0
        ready_at = order.ready_at + int(self.fault.by)
        self.write(ReadyMoved(self.fault.id, order.order, order.restaurant, order.ready_at, ready_at))
        return int(self.fault.by)


class StoppedDriver(Strike):
    """Where he is when it begins; on a way that he begins later, halfway. He stands until the fault ends."""

    def begin(self, now: Instant) -> None:
        self.standing: set[DriverId] = set()
        self.engine.drivers.diverts.append(self._halfway)
        for who in self.whom:
            self.engine.drivers.divert(
                DriverId(who), now, lambda who, way: self._halted(who, way, max(now, way.leaves))
            )

    def end(self, now: Instant) -> None:
        self.engine.drivers.diverts.remove(self._halfway)

    def _halfway(self, who: DriverId, way: Way) -> Way:
        if who not in self.whom:
            return way
        halfway = way.leaves + (way.arrives - way.leaves) // 2
        return self._halted(who, way, way.leaves if who in self.standing else halfway)

    def _halted(self, who: DriverId, way: Way, at: Instant) -> Way:
        until = self.fault.until
        if at >= until or at >= way.arrives:
            return way
        self.standing.add(who)
        late = Way(way.path, way.leaves, way.arrives + until - at, (*way.halts, (at, until - at)))
        point = way.point(at)
        self.write(Stood(self.fault.id, who, way.leaves, at, until, point, way.arrives, late.arrives))
        return late


class DecliningDrivers(Strike):
    """One die for each assignment of theirs, or of anybody's where nobody is named."""

    def begin(self, now: Instant) -> None:
        self.engine.drivers.declines.append(self._declines)

    def end(self, now: Instant) -> None:
        self.engine.drivers.declines.remove(self._declines)

    def _declines(self, assigned: events.DriverAssigned, at: Instant) -> bool:
        if (self.whom and assigned.driver not in self.whom) or self.rng.random() >= self.fault.share:
            return False
        self.write(Declined(self.fault.id, assigned.order, assigned.driver, at))
        return True


class BridgeClosed(Strike):
    """The city is told, and who sets off sees the barrier: both from this moment on."""

    def begin(self, now: Instant) -> None:
        for street in self.whom:
            self.engine.drivers.learn_streets(events.StreetClosed(street), now)
            self.engine.say(now, street, commands.CloseStreet(street))

    def end(self, now: Instant) -> None:
        for street in self.whom:
            self.engine.drivers.learn_streets(events.StreetOpened(street), now)
            self.engine.say(now, street, commands.OpenStreet(street))


def named_streets(travel: Travel) -> tuple[list[str], list[str]]:
    """All streets that have a name, and the bridges among them. Raises BadFault where there are none."""
    if not isinstance(travel, StreetTravel):
        raise BadFault("bridge-closed: this city has no streets, so that none can be closed")
    names = sorted({street.name for street in travel.streets if street.name})
    if not names:
        raise BadFault("bridge-closed: no street of this city has a name")
    return names, [name for name in names if "bridge" in name.casefold()]
