"""faults → here → an engine and a wire that have them, from the start or in the middle of the day; and the truth of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import NamedTuple

from models.ids import Instant
from simulator.agenda import Rank
from simulator.engine import Engine
from simulator.faults import city, network, phones
from simulator.faults.kinds import KINDS, BadFault, Fault
from simulator.scenario import Scenario
from simulator.truth import Begun, Ended, Write
from simulator.wire import Disturbance, Wire

OF_MESSAGES = ("declining-drivers", "gps-jumps", "late-pings", "swapped-pings")
"""Their share is of the assignments or pings; that of other faults which strike drivers is of the drivers."""
ORDER = list(KINDS)
BUSIEST = 5
"""A kitchen with one order melts down unseen: the seed chooses among those that have the most in hand."""


class Struck(NamedTuple):
    """`whom` is empty where it strikes messages, whoever sent them."""

    fault: Fault
    whom: tuple[str, ...]
    made: Disturbance | city.Strike


class Faults:
    """One day's faults. Feed the engine's steps through `wire`."""

    def __init__(self, engine: Engine, write: Write) -> None:
        self.engine, self.write, self.wire = engine, write, Wire(engine)
        self.struck: list[Struck] = []

    def strike(self, fault: Fault) -> tuple[str, ...]:
        """Switch it on; whom it strikes. `fault.at` must lie ahead. Raises BadFault where this city cannot have it."""
        whom = chosen(fault, self.engine.scenario)
        self._refuse_twice(fault, whom)
        made = self._made(fault, whom)
        self.struck.append(Struck(fault, whom, made))
        if isinstance(made, Disturbance):
            disturbing = [(ORDER.index(f.name), d) for f, _, d in self.struck if isinstance(d, Disturbance)]
            self.wire.disturbances = [one for _, one in sorted(disturbing, key=lambda one: one[0])]
        self.engine.agenda.plan(fault.at, Rank.FAULT, fault.id, partial(self._begin, fault, made, whom))
        self.engine.agenda.plan(fault.until, Rank.FAULT, fault.id, partial(self._end, fault, made))
        return whom

    def _refuse_twice(self, fault: Fault, whom: tuple[str, ...]) -> None:
        """Two of a kind on one victim would each write a truth that the other one made untrue."""
        for other, struck, _ in self.struck:
            both = set(whom) & set(struck) if whom and struck else {*whom, *struck, "every message"}
            if other.name == fault.name and both and other.at < fault.until and fault.at < other.until:
                raise BadFault(f"{fault.name}: {other.id} strikes {min(both)} then; name another time or victim")

    def _made(self, fault: Fault, whom: tuple[str, ...]) -> Disturbance | city.Strike:
        rules, some = self.engine.scenario.rules, whom or None
        make: dict[str, Callable[[], Disturbance | city.Strike]] = {
            "silent-phone": lambda: phones.Silence(fault, whom, self.write),
            "gps-jumps": lambda: phones.Jumps(fault, some, self.write, rules.travel),
            "clock-skew": lambda: phones.Skew(fault, whom, self.write),
            "late-pings": lambda: phones.Late(fault, some, self.write),
            "swapped-pings": lambda: phones.Swaps(fault, some, self.write, rules.ping_seconds),
            "duplicates": lambda: network.Duplicates(fault, self.write),
            "garbage": lambda: network.Garbage(fault, self.write),
            "no-shows": lambda: city.NoShows(fault, self.engine, whom, self.write),
            "rain-surge": lambda: city.RainSurge(fault, self.engine, whom, self.write),
            "kitchen-meltdown": lambda: city.KitchenMeltdown(fault, self.engine, whom, self.write),
            "stopped-driver": lambda: city.StoppedDriver(fault, self.engine, whom, self.write),
            "declining-drivers": lambda: city.DecliningDrivers(fault, self.engine, whom, self.write),
            "bridge-closed": lambda: city.BridgeClosed(fault, self.engine, whom, self.write),
        }
        return make[fault.name]()

    def _begin(self, fault: Fault, made: object, whom: tuple[str, ...], now: Instant) -> None:
        self.write(Begun(fault.id, self.engine.city_id, fault, whom))
        if isinstance(made, city.Strike):
            made.begin(now)

    def _end(self, fault: Fault, made: object, now: Instant) -> None:
        if isinstance(made, city.Strike):
            made.end(now)
        self.write(Ended(fault.id, now))


def chosen(fault: Fault, scenario: Scenario) -> tuple[str, ...]:
    """Whom it strikes: who was named, else by its seed; empty where it strikes messages. Raises BadFault."""
    kind = KINDS[fault.name]
    if kind.whom == "driver":
        return _drivers(fault, scenario)
    if kind.whom == "restaurant":
        busy = Counter(o.restaurant for o in scenario.orders if o.placed_at < fault.until and o.ready_at > fault.at)
        every = sorted(r.restaurant for r in scenario.restaurants)
        busiest = sorted(busy or every, key=lambda one: (-busy[one], one))[:BUSIEST]
        return (_one(fault, busiest, every),)
    if kind.whom == "street":
        names, bridges = city.named_streets(scenario.rules.travel)
        return (_one(fault, bridges or names, names),)
    return ()


def _drivers(fault: Fault, scenario: Scenario) -> tuple[str, ...]:
    """Those of whom some part of the shift lies within the fault; at least one."""
    there = sorted({s.driver for s in scenario.shifts if s.on_at < fault.until and s.until > fault.at})
    if fault.whom is not None:
        return (_one(fault, there, sorted({s.driver for s in scenario.shifts})),)
    if fault.name in OF_MESSAGES:
        return ()
    if not there:
        raise BadFault(f"{fault.name}: nobody is on shift then")
    count = max(1, round(fault.share * len(there)))
    return tuple(sorted(Random(fault.seed).sample(there, count)))


def _one(fault: Fault, likely: Sequence[str], all_of_them: Sequence[str]) -> str:
    if fault.whom is None:
        return str(Random(fault.seed).choice(likely))
    if fault.whom not in all_of_them:
        shown = ", ".join(all_of_them[:8]) + (f" and {len(all_of_them) - 8} more" if len(all_of_them) > 8 else "")
        raise BadFault(f"{fault.name}: {fault.whom!r} is no {KINDS[fault.name].whom} of this city; there are {shown}")
    return fault.whom
