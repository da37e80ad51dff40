"""DriverAssigned → here → pings, and what a driver does: arrive, pick up, deliver, become free, go home.

A pick-up is not computed ahead: it happens once the driver stands there and all his food does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from models import commands
from models.commands import Ping
from models.driver import DriverStatus
from models.events import DriverAssigned, DriverId, Instant, OrderId, RestaurantId, Rules
from models.geo import Point
from models.travel import Travel, along, travel_ms
from simulator.agenda import Agenda, Rank
from simulator.customers import Say
from simulator.scenario import PlannedOrder, PlannedShift


@dataclass(frozen=True, slots=True)
class Way:
    """From one point to another; before he leaves a driver stands at its start, after he arrives at its end."""

    start: Point
    end: Point
    leaves: Instant
    arrives: Instant

    def point(self, travel: Travel, t: Instant) -> Point:
        if t >= self.arrives:
            return self.end
        return along(travel, self.start, self.end, (t - self.leaves) / max(1, self.arrives - self.leaves))


@dataclass(slots=True)
class AtWork:
    """A driver on shift. `errand` counts what he was sent to do: a plan made under an older errand is void."""

    shift: PlannedShift
    way: Way
    status: DriverStatus = DriverStatus.AVAILABLE
    route: list[OrderId] = field(default_factory=list)
    loads_from: Instant = 0
    errand: int = 0


class Drivers:
    """`orders` and `restaurants` belong to the engine, which may learn of more while the day goes on."""

    def __init__(
        self,
        rules: Rules,
        orders: Mapping[OrderId, PlannedOrder],
        restaurants: Mapping[RestaurantId, Point],
        agenda: Agenda,
        say: Say,
        ping: Callable[[Ping], None],
    ) -> None:
        self._rules, self._orders, self._restaurants = rules, orders, restaurants
        self._agenda, self._say, self._send = agenda, say, ping
        self._at_work: dict[DriverId, AtWork] = {}
        self._holder: dict[OrderId, AtWork] = {}
        self._ready: set[OrderId] = set()

    def expect(self, shift: PlannedShift, pings_from: Instant) -> None:
        """The shift will start at its time, its pings on the beat that goes through `pings_from`."""
        self._agenda.plan(shift.on_at, Rank.SHIFT_START, shift.driver, partial(self._start, shift, pings_from))

    def set_off(self, body: DriverAssigned, at: Instant) -> None:
        """The order goes on his route; with the first one he leaves. One who went home meanwhile stays home."""
        one = self._at_work.get(body.driver)
        if one is None or one.status not in (DriverStatus.AVAILABLE, DriverStatus.TO_RESTAURANT):
            return
        one.route.insert(body.place, body.order)
        self._holder[body.order] = one
        if one.status is DriverStatus.AVAILABLE:
            one.status = DriverStatus.TO_RESTAURANT
            restaurant = self._restaurants[self._orders[body.order].restaurant]
            self._drive(one, at, restaurant, Rank.AT_RESTAURANT, self._arrive)

    def food_is_ready(self, order: OrderId, at: Instant) -> None:
        self._ready.add(order)
        one = self._holder.get(order)
        if one is not None and one.status is DriverStatus.WAITING:
            self._plan(max(at, one.loads_from), Rank.PICK_UP, one, self._load)

    def drop(self, order: OrderId, at: Instant) -> None:
        """The order is no longer his. With nothing left to fetch he stops where he is, free."""
        one = self._holder.pop(order, None)
        if one is None:
            return
        was_next = one.route[0] == order
        one.route.remove(order)
        if one.status is DriverStatus.TO_DOOR:
            if was_next:
                self._go_on(one, max(at, one.way.leaves))
        elif not one.route:
            self._stand(one, at)
            one.status = DriverStatus.AVAILABLE
        elif one.status is DriverStatus.WAITING:
            self._plan(max(at, one.loads_from), Rank.PICK_UP, one, self._load)

    def _start(self, shift: PlannedShift, pings_from: Instant, now: Instant) -> None:
        one = self._at_work[shift.driver] = AtWork(shift, Way(shift.point, shift.point, now, now))
        started = commands.StartShift(shift.driver, shift.name, shift.vehicle, shift.point, shift.until)
        self._say(now, shift.driver, started)
        self._agenda.plan(shift.until, Rank.SHIFT_END, shift.driver, partial(self._end, one))
        first = now + (pings_from - now) % (1000 * self._rules.ping_seconds)
        self._agenda.plan(first, Rank.PING, shift.driver, partial(self._ping, one))

    def _ping(self, one: AtWork, now: Instant) -> None:
        if one.status is DriverStatus.OFF:
            return
        self._send(Ping(one.shift.driver, now, one.way.point(self._rules.travel, now)))
        again = now + 1000 * self._rules.ping_seconds
        self._agenda.plan(again, Rank.PING, one.shift.driver, partial(self._ping, one))

    def _arrive(self, one: AtWork, now: Instant) -> None:
        one.status, one.loads_from = DriverStatus.WAITING, now + self._rules.services.half_pickup_ms
        self._say(now, one.shift.driver, commands.ArriveAtRestaurant(one.shift.driver))
        self._plan(one.loads_from, Rank.PICK_UP, one, self._load)

    def _load(self, one: AtWork, now: Instant) -> None:
        if not self._ready.issuperset(one.route):
            return
        one.status = DriverStatus.TO_DOOR
        for order in one.route:
            self._say(now, order, commands.PickUp(order, one.shift.driver))
        self._go_on(one, now + self._rules.services.half_pickup_ms)

    def _go_on(self, one: AtWork, leaves: Instant) -> None:
        """To the next door of the route, or free when none is left."""
        if one.route:
            self._drive(one, leaves, self._orders[one.route[0]].door, Rank.AT_DOOR, self._ring)
        else:
            self._stand(one, leaves)
            self._plan(leaves, Rank.FREE, one, self._become_free)

    def _ring(self, one: AtWork, now: Instant) -> None:
        self._say(now, one.route[0], commands.ArriveAtDoor(one.route[0], one.shift.driver))
        self._plan(now + self._rules.services.half_dropoff_ms, Rank.DELIVER, one, self._deliver)

    def _deliver(self, one: AtWork, now: Instant) -> None:
        order = one.route.pop(0)
        del self._holder[order]
        self._say(now, order, commands.Deliver(order, one.shift.driver))
        self._go_on(one, now + self._rules.services.half_dropoff_ms)

    def _become_free(self, one: AtWork, now: Instant) -> None:
        one.status = DriverStatus.AVAILABLE
        self._say(now, one.shift.driver, commands.BecomeFree(one.shift.driver))
        if now >= one.shift.until:
            self._agenda.plan(now, Rank.SHIFT_END, one.shift.driver, partial(self._end, one))

    def _end(self, one: AtWork, now: Instant) -> None:
        """Home, unless there is food on board: then after the last door."""
        if one.status in (DriverStatus.TO_DOOR, DriverStatus.OFF):
            return
        self._stand(one, now)
        one.status = DriverStatus.OFF
        for order in one.route:
            del self._holder[order]
        one.route.clear()
        self._say(now, one.shift.driver, commands.EndShift(one.shift.driver))

    def _drive(
        self, one: AtWork, leaves: Instant, to: Point, rank: Rank, then: Callable[[AtWork, Instant], None]
    ) -> None:
        self._stand(one, leaves)
        arrives = leaves + travel_ms(self._rules.travel, one.way.end, to)
        one.way = Way(one.way.end, to, leaves, arrives)
        self._plan(arrives, rank, one, then)

    def _stand(self, one: AtWork, at: Instant) -> None:
        """Still at the point where he is at `at`; what he was about to do is void."""
        here = one.way.point(self._rules.travel, at)
        one.way = Way(here, here, at, at)
        one.errand += 1

    def _plan(self, at: Instant, rank: Rank, one: AtWork, do: Callable[[AtWork, Instant], None]) -> None:
        errand = one.errand

        def unless_void(now: Instant) -> None:
            if one.errand == errand:
                do(one, now)

        self._agenda.plan(at, rank, one.shift.driver, unless_void)
