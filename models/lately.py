"""facts → here → a city's last quarter of an hour: ways against the map, refusals, who went home, what is closed."""

from collections.abc import Iterable
from statistics import median_low

import msgspec

from models import events
from models.city import City
from models.events import Fact
from models.ids import DriverId, Instant
from models.order import DECLINED, TIMED_OUT
from models.ways import MINUTE_MS

LATELY_MS, WAYS_MS = 15 * MINUTE_MS, 5 * MINUTE_MS
EARLY_MS = 10 * MINUTE_MS
"""Who goes home so long before his off-time leaves early."""


class Lately(msgspec.Struct):
    """Times of assignments, refusals, early leavers and, of half an hour, who came; streets that are closed now.

    `ways`: of each driver the latest word on his way: when, what the map said of it so far and what it took (ms).
    """

    assigned: list[Instant] = []
    declined: list[Instant] = []
    left: list[Instant] = []
    closed: set[str] = set()
    ways: dict[DriverId, tuple[Instant, int, int]] = {}
    joined: list[Instant] = []

    def note(self, city: City, fact: Fact) -> None:
        """A fact, before the city has it."""
        match fact.body:
            case events.DriverAssigned():
                self.assigned.append(fact.at)
            case events.DriverUnassigned(reason=reason) if reason in (DECLINED, TIMED_OUT):
                self.declined.append(fact.at)
            case events.ShiftStarted():
                self.joined.append(fact.at)
            case events.ShiftEnded(driver=driver) if fact.at < city.drivers[driver].until - EARLY_MS:
                self.left.append(fact.at)
            case events.StreetClosed(street=street):
                self.closed.add(street)
            case events.StreetOpened(street=street):
                self.closed.discard(street)

    def forget(self, t: Instant) -> None:
        """What is longer ago than it counts."""
        self.assigned, self.declined, self.left = (
            _since(t - LATELY_MS, some) for some in (self.assigned, self.declined, self.left)
        )
        self.joined = _since(t - 2 * LATELY_MS, self.joined)
        self.ways = {driver: one for driver, one in self.ways.items() if one[0] > t - WAYS_MS}

    def ways_percent(self, least: int) -> int:
        """What the middle one of the ways takes now, of what the map says; 0 where too few drivers are on one.

        Of all together a few who loiter made 120 % of 15 ways, half an hour after the rain.
        """
        shares = [100 * took // said for _, said, took in self.ways.values() if said > 0]
        return int(median_low(shares)) if len(shares) >= max(1, least) else 0

    def declined_percent(self, least: int) -> int:
        """Of the assignments of a quarter of an hour."""
        return 100 * len(self.declined) // len(self.assigned) if len(self.assigned) >= least else 0


def _since(first: Instant, times: Iterable[Instant]) -> list[Instant]:
    return [at for at in times if at > first]
