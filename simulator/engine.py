"""scenario, facts → here → commands and pings of a step. Simulated time: no clock, no IO, no dice.

It waits for nobody: what follows from a fact learned late keeps its true time and comes out with the next step.
"""

from collections.abc import Iterator

import msgspec

from models import commands, events
from models.commands import Command, Ping
from models.events import Fact
from models.ids import CityId, CommandId, Instant, OrderId
from models.levers import CallDrivers, LeverPulled
from simulator import kitchens
from simulator.agenda import Agenda
from simulator.called import called
from simulator.customers import Customers
from simulator.drivers import Drivers
from simulator.kitchens import Kitchens
from simulator.scenario import PlannedOrder, Scenario

ISSUER = "simulator"


class Step(msgspec.Struct, frozen=True):
    """All that happened up to a time, in order of time; commands of one instant in the order of `agenda.Rank`."""

    commands: tuple[Command, ...]
    pings: tuple[Ping, ...]


class Engine:
    """`finished` once no order can change: all placed and cooked, all drivers home. That step closes the city.

    What goes wrong on purpose (simulator/faults) reaches into its four rooms: agenda, customers, kitchens, drivers.
    """

    def __init__(self, scenario: Scenario, city_id: CityId) -> None:
        self.scenario, self.city_id, self.finished = scenario, city_id, False
        self.now = scenario.opens_at
        self._said: list[Command] = []
        self._pings: list[Ping] = []
        self._placing: dict[CommandId, OrderId] = {}
        self._orders: dict[OrderId, PlannedOrder] = {o.order: o for o in scenario.orders}
        self._restaurants = {r.restaurant: r.point for r in scenario.restaurants}
        self.agenda, rules = Agenda(), scenario.rules
        self.drivers = Drivers(rules, self._orders, self._restaurants, self.agenda, self.say, self._ping)
        self.kitchens = Kitchens(rules.ready_mode == "known", self.agenda, self.say, self.drivers.food_is_ready)
        self.customers = Customers(scenario.orders, self.agenda, self.say, self.kitchens.receive)
        beats = max(1, rules.ping_seconds // rules.tick_seconds)
        for n, shift in enumerate(sorted(scenario.shifts, key=lambda s: s.driver)):
            # Spread over the ticks of a ping interval, so that every tick carries its share of the positions.
            self.drivers.expect(shift, scenario.opens_at + n % beats * 1000 * rules.tick_seconds)

    def know(self, order: PlannedOrder) -> None:
        """An order that was placed before this engine began."""
        self._orders[order.order] = order

    def opening(self) -> list[Command]:
        """The city opens and its restaurants are there."""
        opens_at, rules = self.scenario.opens_at, self.scenario.rules
        self.say(opens_at, "city", commands.OpenCity(rules))
        for one in sorted(self.scenario.restaurants, key=lambda r: r.restaurant):
            self.say(opens_at, one.restaurant, commands.AddRestaurant(one.restaurant, one.name, one.point))
        return list(self._step().commands)

    def ticks(self, every: int = 1) -> Iterator[Instant]:
        """The ticks of a lockstep run, or every so many of them; the last is the one whose step closes the city."""
        t = self.scenario.opens_at
        while not self.finished:
            t += every * 1000 * self.scenario.rules.tick_seconds
            yield t

    def advance(self, t: Instant) -> Step:
        """Everything due since the step before, up to and with `t`."""
        self.agenda.run(t)
        self.now = t
        return self.end() if self.agenda.over and not self.finished else self._step()

    def end(self) -> Step:
        """The city closes now, whatever is still open in it."""
        self.finished = True
        self.say(self.now, "city", commands.CloseCity())
        return self._step()

    def learn(self, fact: Fact) -> None:
        """A fact of the city's log, in the order of the log."""
        match fact.body:
            case events.DriverAssigned() as assigned if assigned.order in self._orders:
                self.drivers.set_off(assigned, fact.at, self.now)
            case events.OrderReady(order=order):
                self.drivers.food_is_ready(order, fact.at)
            case events.DriverUnassigned(order=order):
                self.drivers.drop(order, fact.at)
            case events.OrderCancelled(order=order):
                self.kitchens.drop(order)
                self.drivers.drop(order, fact.at)
            case events.OrderPlaced() as placed:
                self._learn_placed(placed, fact)
            case _:
                self._learn_city(fact)

    def _learn_placed(self, placed: events.OrderPlaced, fact: Fact) -> None:
        self._placing.pop(fact.command_id, None)
        if placed.order not in self._orders:
            self._orders[placed.order] = unplanned = kitchens.unplanned(placed, fact.at)
            self.kitchens.receive(unplanned, fact.at)

    def _learn_city(self, fact: Fact) -> None:
        match fact.body:
            case events.CommandRejected() if (turned_away := self._placing.pop(fact.command_id, None)) is not None:
                self.kitchens.drop(turned_away)
            case LeverPulled(lever=CallDrivers()) as pulled:
                for shift in called(pulled, max(fact.at, self.now), self._restaurants, self.drivers.travel):
                    self.drivers.expect(shift, self.now)
            case events.StreetClosed() | events.StreetOpened() as street:
                self.drivers.learn_streets(street, self.now)
            case events.RestaurantAdded() as added:
                self._restaurants[added.restaurant] = added.point

    def say(self, at: Instant, who: str, body: commands.Asked) -> None:
        """The id says what it is: the same in every run, however the day was cut into steps."""
        known = CommandId(f"{self.city_id}:{type(body).__name__}:{who}:{at}")
        self._said.append(Command(known, self.city_id, at, at, ISSUER, body))
        if isinstance(body, commands.PlaceOrder):
            self._placing[known] = body.order

    def _ping(self, ping: Ping) -> None:
        self._pings.append(ping)

    def _step(self) -> Step:
        step = Step(tuple(self._said), tuple(self._pings))
        self._said, self._pings = [], []
        return step
