"""a rate → here → the drivers of one synthetic city, each pinging once a second, and every ping by its number. Pure.

Every number of the benchmark's proof comes from here in closed form, not from what was seen on the way.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from models import codec
from models.commands import Asked, Command, Frame, OpenCity, Ping, StartShift
from models.events import Position
from models.geo import LatLon, Point
from models.ids import CityId, CommandId, DriverId, Instant
from models.rows import POSITION_SLOT_MS
from models.rules import Rules, Services
from models.travel import PlaneTravel

FRAME_PINGS = 25
REPEAT_EVERY = 40
"""Every 40th frame ends with its first ping once more, as a phone does that had no answer: it must be ignored as late."""
RADIUS_METRES, ROUND_METRES, METRES_PER_SECOND = 12_000.0, 400.0, 8.0
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
SHIFT_MS = 6 * 3_600_000
ORIGIN = LatLon(43.2, -9.9)
"""In the open sea: no street of the real world is meant."""


class Told(NamedTuple):
    """A tick, and how many frames were sent before it: the last of them may have pings of after it."""

    t: Instant
    frames: int


class Fleet(NamedTuple):
    """`drivers` pings a second from `began` on, for `seconds`; ping n is of driver n modulo drivers."""

    city: CityId
    drivers: int
    seconds: int
    tick_seconds: int
    began: Instant = 0

    @property
    def pings(self) -> int:
        return self.drivers * self.seconds

    @property
    def frames(self) -> int:
        return self.pings // FRAME_PINGS

    @property
    def repeats(self) -> int:
        return self.frames // REPEAT_EVERY

    def driver(self, number: int) -> DriverId:
        return DriverId(f"driver-{number:05d}")

    def at(self, ping: int) -> Instant:
        """The pings are spread evenly over each second."""
        return self.began + ping * 1000 // self.drivers

    def point(self, number: int, at: Instant) -> Point:
        """Each driver rides in circles of 400 m at 8 m/s, the circles spread evenly over the city; in whole centimetres."""
        out, around = RADIUS_METRES * math.sqrt((number + 0.5) / self.drivers), number * GOLDEN_ANGLE
        turned = at / 1000 % 100_000 * METRES_PER_SECOND / ROUND_METRES + number
        x = out * math.cos(around) + ROUND_METRES * math.cos(turned)
        y = out * math.sin(around) + ROUND_METRES * math.sin(turned)
        return Point(round(x, 2), round(y, 2))

    def position(self, ping: int) -> Position:
        number, at = ping % self.drivers, self.at(ping)
        return Position(self.driver(number), at, self.point(number, at))

    def frame(self, number: int) -> bytes:
        first = number * FRAME_PINGS
        pings = [Ping(p.driver, p.at, p.point) for p in map(self.position, range(first, first + FRAME_PINGS))]
        again = pings[:1] if number % REPEAT_EVERY == REPEAT_EVERY - 1 else []
        return codec.encode(Frame(self.city, (*pings, *again)))

    def full_at(self, frame: int) -> Instant:
        """When the frame's last ping is there."""
        return self.at((frame + 1) * FRAME_PINGS - 1)

    def last(self) -> dict[DriverId, Position]:
        """The last position of every driver."""
        return {p.driver: p for p in map(self.position, range(self.pings - self.drivers, self.pings))}

    def rows(self) -> tuple[int, int]:
        """How many rows one position a driver per 5 s makes, and the sum of their times in ms: the first of each slot."""
        count = total = 0
        for number in range(self.drivers):
            slot = 0
            for at in map(self.at, range(number, self.pings, self.drivers)):
                if (new := at // POSITION_SLOT_MS) != slot:
                    slot, count, total = new, count + 1, total + at
        return count, total

    def in_ticks(self, ticks: Sequence[Told]) -> int:
        """How many positions these ticks carry in all: each driver's newest that was sent, if it is of the tick's time."""
        return sum(
            before.t < self.at(newest) <= tick.t
            for before, tick in pairwise([Told(0, 0), *ticks])
            for newest in range(max(0, tick.frames * FRAME_PINGS - self.drivers), tick.frames * FRAME_PINGS)
        )

    def opening(self, at: Instant) -> Iterator[bytes]:
        """The city, and every driver on shift: commands as any feeder sends them."""
        yield codec.encode(self.command("open", at, OpenCity(self._rules())))
        for number in range(self.drivers):
            name, point = self.driver(number), self.point(number, at)
            shift = StartShift(name, name, "motorcycle", point, at + SHIFT_MS)
            yield codec.encode(self.command(f"shift:{name}", at, shift))

    def command(self, which: str, at: Instant, body: Asked) -> Command:
        return Command(CommandId(which), self.city, at, at, "bench", body)

    def _rules(self) -> Rules:
        travel = PlaneTravel(metres_per_minute=480, rounded_seconds=1, origin=ORIGIN)
        services = Services(pickup_seconds=240, dropoff_seconds=240)
        return Rules("Bench", "nearest", "estimated", self.tick_seconds, 1, travel, services, "UTC")
