"""pings of a step → here → pings as the phones of a bad day tell them: none, elsewhere, at another time, or too late."""

import math
from collections.abc import Collection
from random import Random

import msgspec

from models.commands import Command, Ping
from models.geo import EARTH_RADIUS_METRES, Point
from models.ids import DriverId, Instant
from models.travel import StraightTravel, Travel
from simulator.faults.kinds import Fault
from simulator.truth import CommandSkewed, PingDelayed, PingDropped, PingJumped, PingSkewed, Write
from simulator.wire import Disturbance


class Phones(Disturbance):
    """Of some drivers (`whom`) or of all (None), while the fault lasts."""

    def __init__(self, fault: Fault, whom: Collection[str] | None, write: Write) -> None:
        self.fault, self.whom, self.write, self.rng = fault, whom, write, Random(fault.seed)

    def struck(self, driver: str, at: Instant) -> bool:
        return self.fault.at <= at < self.fault.until and (self.whom is None or driver in self.whom)

    def drawn(self, ping: Ping) -> bool:
        """One die for each ping that could be struck, in order of time: the same however the day is cut into steps."""
        return self.struck(ping.driver, ping.at) and self.rng.random() < self.fault.share


class Silence(Phones):
    def pings(self, some: list[Ping], t: Instant, last: bool) -> list[Ping]:
        for ping in some:
            if self.struck(ping.driver, ping.at):
                self.write(PingDropped(self.fault.id, ping))
        return [ping for ping in some if not self.struck(ping.driver, ping.at)]


class Jumps(Phones):
    """A phone's first ping is left alone: with nothing to measure it by, the city would believe a jump for ever."""

    def __init__(self, fault: Fault, whom: Collection[str] | None, write: Write, travel: Travel) -> None:
        super().__init__(fault, whom, write)
        self.travel, self.known = travel, set[DriverId]()

    def pings(self, some: list[Ping], t: Instant, last: bool) -> list[Ping]:
        return [self._told(ping) for ping in some]

    def _told(self, ping: Ping) -> Ping:
        first = ping.driver not in self.known
        self.known.add(ping.driver)
        if first or not self.drawn(ping):
            return ping
        there = self._elsewhere(ping.point)
        self.write(PingJumped(self.fault.id, ping, there))
        return msgspec.structs.replace(ping, point=there)

    def _elsewhere(self, point: Point) -> Point:
        """So many metres away, in the city's reach where one of two opposite directions is."""
        way = self.rng.uniform(0, 2 * math.pi)
        there, back = (_moved(point, self.fault.by, way + turned, self.travel) for turned in (0, math.pi))
        return there if self.travel.holds(there) else back


class Skew(Phones):
    """A phone whose clock is off stamps everything it says with it: pings, and what its driver reports."""

    def __init__(self, fault: Fault, whom: Collection[str], write: Write) -> None:
        super().__init__(fault, whom, write)
        self.ms = {driver: self.rng.choice((-1, 1)) * int(fault.by) for driver in sorted(whom)}

    def pings(self, some: list[Ping], t: Instant, last: bool) -> list[Ping]:
        return [self._ping(p) if self.struck(p.driver, p.at) else p for p in some]

    def commands(self, some: list[Command]) -> list[Command]:
        return [self._command(c) if self.struck(getattr(c.body, "driver", ""), c.at or 0) else c for c in some]

    def _ping(self, ping: Ping) -> Ping:
        told = ping.at + self.ms[ping.driver]
        self.write(PingSkewed(self.fault.id, ping, told))
        return msgspec.structs.replace(ping, at=told)

    def _command(self, command: Command) -> Command:
        at = command.at or 0
        told = at + self.ms[getattr(command.body, "driver", "")]
        self.write(CommandSkewed(self.fault.id, command.id, at, told))
        return msgspec.structs.replace(command, at=told)


class Late(Phones):
    """Held back for a while, and then told behind everything else of that step."""

    def __init__(self, fault: Fault, whom: Collection[str] | None, write: Write) -> None:
        super().__init__(fault, whom, write)
        self.held: list[Ping] = []
        self.told: dict[DriverId, Instant] = {}

    def pings(self, some: list[Ping], t: Instant, last: bool) -> list[Ping]:
        out = list[Ping]()
        for ping in some:
            if self.drawn(ping):
                self.held.append(ping)
            else:
                self.told[ping.driver] = ping.at
                out.append(ping)
        due = [ping for ping in self.held if last or ping.at + self.fault.by <= t]
        self.held = [ping for ping in self.held if not (last or ping.at + self.fault.by <= t)]
        return out + [self._released(ping) for ping in due]

    def _released(self, ping: Ping) -> Ping:
        newest = self.told.get(ping.driver, 0)
        self.told[ping.driver] = max(newest, ping.at)
        self.write(PingDelayed(self.fault.id, ping, behind=newest > ping.at))
        return ping


class Swaps(Phones):
    """Held back until the phone's next ping was told; one that has no next goes after three intervals."""

    def __init__(self, fault: Fault, whom: Collection[str] | None, write: Write, ping_seconds: int) -> None:
        super().__init__(fault, whom, write)
        self.patience_ms = 3000 * ping_seconds
        self.held: dict[DriverId, Ping] = {}

    def pings(self, some: list[Ping], t: Instant, last: bool) -> list[Ping]:
        out = [one for ping in some for one in self._told(ping)]
        alone = [p for p in self.held.values() if last or p.at + self.patience_ms <= t]
        return out + [self._released(ping, behind=False) for ping in alone]

    def _told(self, ping: Ping) -> list[Ping]:
        if (held := self.held.get(ping.driver)) is not None:
            return [ping, self._released(held, behind=True)]
        if self.drawn(ping):
            self.held[ping.driver] = ping
            return []
        return [ping]

    def _released(self, ping: Ping, behind: bool) -> Ping:
        del self.held[ping.driver]
        self.write(PingDelayed(self.fault.id, ping, behind))
        return ping


def _moved(point: Point, metres: float, way: float, travel: Travel) -> Point:
    east, north = metres * math.cos(way), metres * math.sin(way)
    if isinstance(travel, StraightTravel):
        degree = math.radians(EARTH_RADIUS_METRES)
        return Point(point.x + east / (degree * math.cos(math.radians(point.y))), point.y + north / degree)
    return Point(point.x + east, point.y + north)
