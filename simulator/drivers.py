"""DriverAssigned → here → pings, and what a driver does: arrive, pick up, deliver, become free, go home.

A pick-up is not computed ahead: it happens once the driver stands there and all his food does.
"""

from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from models import commands
from models.commands import Ping
from models.driver import DriverStatus
from models.events import DriverAssigned, StreetClosed, StreetOpened
from models.geo import Point
from models.ids import DriverId, Instant, OrderId, RestaurantId
from models.order import Order
from models.rules import Rules
from models.street_changes import travel_after
from models.travel import Travel
from simulator.agenda import Agenda, Rank
from simulator.at_work import Appear, AtWork, Decline, Divert
from simulator.customers import Say
from simulator.scenario import PlannedOrder, PlannedShift
from simulator.way import Way, standing


class Drivers:
    """`orders` and `restaurants` belong to the engine, which may learn of more while the day goes on.

    `travel` is the city's of this moment: one who is on his way when a street closes still gets through.
    `diverts` make of a way what it really becomes, `appears` of a shift, which then is told but not kept; `declines` say
    of an assignment whether its driver does not take it.
    """

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
        self.travel: Travel = rules.travel
        self._agenda, self._say, self._send = agenda, say, ping
        self._at_work: dict[DriverId, AtWork] = {}
        self._holder: dict[OrderId, AtWork] = {}
        self._ready: set[OrderId] = set()
        self.diverts: list[Divert] = []
        self.appears: list[Appear] = []
        self.declines: list[Decline] = []

    def expect(self, shift: PlannedShift, pings_from: Instant) -> None:
        """The shift will start at its time, its pings on the beat that goes through `pings_from`."""
        self._agenda.plan(shift.on_at, Rank.SHIFT_START, shift.driver, partial(self._start, shift, pings_from))

    def set_off(self, body: DriverAssigned, at: Instant, now: Instant) -> None:
        """The order goes on his route, if he takes it; with the first one he leaves, and he loads when all of it is ready.

        One who has left the restaurant by `now`, when he hears of it, gives the order back; one who has gone home did so
        with the end of his shift, which he said before.
        """
        one = self._at_work.get(body.driver)
        if one is None or one.status is DriverStatus.OFF:
            return
        if one.status is DriverStatus.TO_DOOR:
            self._say(max(at, now), body.order, commands.DeclineOrder(body.order, body.driver))
            return
        if not self._takes(body, at):
            return
        one.route.insert(body.place, body.order)
        self._holder[body.order] = one
        if one.status is DriverStatus.AVAILABLE:
            one.status = DriverStatus.TO_RESTAURANT
            restaurant = self._restaurants[self._orders[body.order].restaurant]
            self._drive(one, at, restaurant, Rank.AT_RESTAURANT, self._arrive)

    def _takes(self, body: DriverAssigned, at: Instant) -> bool:
        """He says no; he says yes only where an assignment is an offer."""
        if any(declines(body, at) for declines in self.declines):
            self._say(at, body.order, commands.DeclineOrder(body.order, body.driver))
            return False
        if self._rules.offer_seconds is not None:
            self._say(at, body.order, commands.AcceptOffer(body.order, body.driver))
        return True

    def carry_on(self, one: AtWork, order: Order | None, now: Instant) -> None:
        """In the middle of a shift; `order`: the first of his route. His way begins anew where he is, a service goes on."""
        self._at_work[one.shift.driver] = one
        self._holder |= dict.fromkeys(one.route, one)
        self._expect_end(one, now)
        if one.status is DriverStatus.TO_RESTAURANT and order is not None:
            self._drive(one, now, self._restaurants[order.restaurant], Rank.AT_RESTAURANT, self._arrive)
        elif one.status is DriverStatus.WAITING and order is not None:
            one.loads_from = max(now, (order.waited_at or now) + self._rules.services.half_pickup_ms)
            self._plan(one.loads_from, Rank.PICK_UP, one, self._load)
        elif one.status is DriverStatus.TO_DOOR and order is not None and order.at_door_at is not None:
            self._plan(
                max(now, order.at_door_at + self._rules.services.half_dropoff_ms), Rank.DELIVER, one, self._deliver
            )
        elif one.status is DriverStatus.TO_DOOR:
            loaded = (order.picked_up_at if order else None) or now
            self._go_on(one, max(now, loaded + self._rules.services.half_pickup_ms))

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

    def learn_streets(self, body: StreetClosed | StreetOpened, now: Instant) -> None:
        """Ways that begin from now on are others. Twice is once: to find a map's shortest ways takes half a second."""
        travel = travel_after(self.travel, body)
        if travel == self.travel:
            return
        self.travel = travel
        for one in self._at_work.values():
            if one.arrival is not None and one.way.leaves >= now:
                self._drive(one, one.way.leaves, one.way.end, *one.arrival)

    def divert(self, who: DriverId, now: Instant, how: Divert) -> None:
        """The way he is on, or about to leave for, becomes another; nothing when he has none."""
        one = self._at_work.get(who)
        if one is not None and one.arrival is not None and now < one.way.arrives:
            one.way, one.errand = how(who, one.way), one.errand + 1
            rank, then = one.arrival
            self._plan(one.way.arrives, rank, one, then)

    def send_home(self, who: DriverId, now: Instant) -> PlannedShift | None:
        """His shift ends now, or after the last door; what it was planned to be, None when he is not on shift."""
        one = self._at_work.get(who)
        if one is None or one.status is DriverStatus.OFF:
            return None
        planned, one.shift = one.shift, msgspec.structs.replace(one.shift, until=now)
        self._agenda.plan(now, Rank.SHIFT_END, who, partial(self._end, one))
        return planned

    def _start(self, planned: PlannedShift, pings_from: Instant, now: Instant) -> None:
        shift: PlannedShift | None = planned
        for appear in self.appears:
            shift = shift and appear(shift)
        if shift is None:
            return
        one = self._at_work[shift.driver] = AtWork(shift, standing(shift.point, now))
        started = commands.StartShift(shift.driver, shift.name, shift.vehicle, shift.point, planned.until)
        self._say(now, shift.driver, started)
        self._expect_end(one, now + (pings_from - now) % (1000 * self._rules.ping_seconds))

    def _expect_end(self, one: AtWork, pings_from: Instant) -> None:
        self._agenda.plan(one.shift.until, Rank.SHIFT_END, one.shift.driver, partial(self._end, one))
        self._agenda.plan(pings_from, Rank.PING, one.shift.driver, partial(self._ping, one))

    def _ping(self, one: AtWork, now: Instant) -> None:
        if one.status is DriverStatus.OFF:
            return
        self._send(Ping(one.shift.driver, now, one.way.point(now)))
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
        here, travel = one.way.end, self.travel
        arrives = leaves + travel.ms(here, to, one.shift.vehicle)
        one.way, one.arrival = Way(travel.path(here, to), leaves, arrives), (rank, then)
        for divert in self.diverts:
            one.way = divert(one.shift.driver, one.way)
        self._plan(one.way.arrives, rank, one, then)

    def _stand(self, one: AtWork, at: Instant) -> None:
        """Still at the point where he is at `at`; what he was about to do is void."""
        one.way, one.arrival = standing(one.way.point(at), at), None
        one.errand += 1

    def _plan(self, at: Instant, rank: Rank, one: AtWork, do: Callable[[AtWork, Instant], None]) -> None:
        errand = one.errand

        def unless_void(now: Instant) -> None:
            if one.errand == errand:
                do(one, now)

        self._agenda.plan(at, rank, one.shift.driver, unless_void)
