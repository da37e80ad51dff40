"""a city's facts → here → one order's story, from the click to the door: what happened, why, and what its customer was told.

It folds with the city's and the estimates' own folds, so that waits, kitchen means and estimates are those that were used.
"""

import msgspec

from models import events
from models.by_hand import BY_HAND
from models.city import City
from models.driver import Driver
from models.estimates import Prediction, Score
from models.eta import Etas, Made, follow
from models.events import Fact
from models.forecast import Since
from models.ids import CommandId, DriverId, Instant, OrderId
from models.lateness import Late
from models.order import Order
from models.plain_facts import BESIDE, SAID, Moment
from models.sentences import Clock, Kind, Names, Sentence
from models.told import Ear, estimate, ground_of, lost, matters, verdict


class Telling:
    """A story in the making: facts in, sentences out. It begins with the order's placing; `end` is the order once it ended."""

    def __init__(self, etas: Etas, order: OrderId, clock: Clock, everything: bool = False) -> None:
        """`etas`: the estimates' fold up to before the order was placed. `everything`: each estimate, not only what moved."""
        self.etas, self.order, self.clock, self.everything = etas, order, clock, everything
        self.names, self.sentences = Names(), list[Sentence]()
        self.estimates, self.scores = list[Prediction](), list[Score]()
        self.end: Order | None = None
        self._sent = False
        self._last: Prediction | None = None
        self._ground: tuple[object, ...] = ()
        self._command: tuple[CommandId, Instant] | None = None
        self._drivers: dict[DriverId, Driver] = {}
        self._route: tuple[OrderId, ...] = ()
        self._assigned: int | None = None

    @property
    def city(self) -> City:
        return self.etas.city

    def take(self, fact: Fact) -> None:
        """One fact of the city, in the order of the log. Raises IllFittingLog when it is not the next one."""
        if self._command is None or fact.command_id != self._command[0]:
            self.settle()
            self._command, self._drivers = (fact.command_id, fact.at), {}
        before, driver, usual = self._look(fact)
        made = follow(self.etas, fact)
        after = self.city.orders.get(self.order)
        if after is None or self.end is not None:
            return
        now = Moment(self.city, self.names, self.clock, fact.at, before or after, after, driver, usual, self._sent)
        self._say(fact.body, now)
        self._tell([one for one in made if one.order == self.order], after)
        self.end = None if after.open else after

    def settle(self) -> None:
        """A command is over, and with it the route that it made: who else is on it is known only now."""
        driver = self._fetcher()
        route = driver.route if driver else ()
        if self._assigned is not None and driver:
            one = self.sentences[self._assigned]
            self.sentences[self._assigned] = msgspec.structs.replace(one, more=(*one.more, *self._company(route)))
        elif driver and self._command and route != self._route:
            self.sentences.append(self._changed(driver, route, self._command[1]))
        self._assigned, self._route = None, route

    def _fetcher(self) -> Driver | None:
        """Who has it and has not picked it up yet."""
        order = self.city.orders.get(self.order)
        if order is None or order.driver is None or not order.open or order.picked_up_at is not None:
            return None
        return self.city.drivers[order.driver]

    def _look(self, fact: Fact) -> tuple[Order | None, Driver | None, tuple[int, int]]:
        """What a sentence needs to know from before the fact."""
        driver = self.city.drivers.get(getattr(fact.body, "driver", DriverId("")))
        if driver is not None:
            driver = self._drivers.setdefault(driver.id, driver)
        order = self.city.orders.get(self.order)
        if order is None:
            return None, driver, (0, 0)
        kitchens = self.city.kitchens
        return order, driver, (kitchens.mean_ms(order.restaurant), kitchens.of(order.restaurant).count)

    def _say(self, body: events.Happened, now: Moment) -> None:
        ours = getattr(body, "order", None) == self.order
        its_driver = now.before.driver is not None and getattr(body, "driver", None) == now.before.driver
        found = SAID.get(type(body)) if ours else BESIDE.get(type(body)) if its_driver else None
        if found is None:
            return
        kind, say = found
        if isinstance(body, events.DriverAssigned):
            self._assigned, self._sent = len(self.sentences), True
        text, *more = say(body, now)
        self.sentences.append(Sentence(now.at, kind, text, tuple(more)))

    def _tell(self, made: list[Made], order: Order) -> None:
        for one in made:
            if isinstance(one, Score):
                self.scores.append(one)
                continue
            if isinstance(one, Late):
                self.sentences.append(lost(one))
                continue
            self.estimates.append(one)
            if self.everything or matters(self._last, one):
                ear, ground = Ear(self.city, self.names, self.clock, order), ground_of(one, order)
                self.sentences.append(estimate(one, ear, ground != self._ground))
                self._last, self._ground = one, ground
        self.scores.sort(key=lambda one: (one.made_at, list(Since).index(one.since)))
        self.sentences += [verdict(one, self.clock) for one in self.scores]

    def _company(self, route: tuple[OrderId, ...]) -> list[str]:
        """With whom it is brought; orders of one turn and one reason were weighed as one."""
        others, ours = [o for o in route if o != self.order], self.city.orders[self.order]
        if not others:
            return []
        weighed = ", weighed as one" if any(_as_one(self.city.orders[o], ours) for o in others) else ""
        return [f"with {', '.join(others)}{weighed}: door {self._door(route)}"]

    def _changed(self, driver: Driver, route: tuple[OrderId, ...], at: Instant) -> Sentence:
        more, gone = [o for o in route if o not in self._route], [o for o in self._route if o not in route]
        parts = [f"will bring {', '.join(more)} too"] if more else []
        parts += [f"has {', '.join(gone)} no longer"] if gone else []
        who = self.names.driver(self.city, driver.id)
        return Sentence(at, Kind.DRIVER, f"{who} {' and '.join(parts)}: this one is door {self._door(route)}")

    def _door(self, route: tuple[OrderId, ...]) -> str:
        return f"{route.index(self.order) + 1} of {len(route)}"


def _as_one(one: Order, other: Order) -> bool:
    """Whether a turn gave both for one reason. What a person does at one time is done one by one."""
    same = (one.assigned_at, one.why) == (other.assigned_at, other.why)
    return same and one.why is not None and one.why.model != BY_HAND
