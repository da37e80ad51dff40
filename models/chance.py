"""an estimate, how wrong such estimates were → here → the chance that an order misses its promise, and by how much.

How far errors reach is known from `models/calibration`. How far that is to be believed is learnt besides: each order's chance
is noted once, `ASKED_MS` before its promise, and what came of it counts for all that were told about the same chance.
"""

from itertools import accumulate

import msgspec

from models.calibration import LEAST, STEP
from models.forecast import Forecast, Since
from models.ids import Instant
from models.ways import MINUTE_MS

ASKED_MS = 10 * MINUTE_MS
TENTHS, WEIGHT = 10, 8
"""A chance is believed by its tenth; what the errors say counts for eight orders (5 to 20 do as well on recorded days)."""
SURE = {Since.PLACED: 1, Since.READY: 4, Since.PICKED_UP: 8}
"""Before anything is learnt: so many times nearer to no or yes than the errors say. Who carries the food is seldom wrong."""
UNREADY = 150
"""Food that is not ready ten minutes before its promise is late so often (thousandths), however sure the errors are."""


class Tail:
    """The errors of one kind of estimates as they stand at a tick: how many lie beyond, and how far."""

    def __init__(self, counts: list[int]) -> None:
        steps = range(LEAST, LEAST + len(counts))
        weighted = [step * count for step, count in zip(steps, counts, strict=True)]
        self._counts = [*accumulate(reversed(counts), initial=0)][::-1]
        self._weighted = [*accumulate(reversed(weighted), initial=0)][::-1]

    def beyond(self, then: Forecast, promised_at: Instant, now: Instant) -> tuple[int, int]:
        """The chance (thousandths) that an order which is not there at `now` misses its promise; its mean lateness (ms).

        An error is where its step begins: food that is carried comes when it was told, and half a step of doubt would make
        every promise of that very minute a chance of a half. Beyond every error that was seen it takes one more spread.
        """
        allowed = promised_at - then.delivered
        since = self._first(now - then.delivered, then.spread_ms)
        first, left = max(since, self._first(allowed, then.spread_ms)), self._counts[since]
        if left == 0:
            late_ms = max(0, max(now, then.delivered) + then.spread_ms - promised_at)
            return 1000 * (late_ms > 0), late_ms
        late_ms = self._weighted[first] * then.spread_ms // STEP - allowed * self._counts[first]
        return 1000 * self._counts[first] // left, max(0, late_ms // left)

    def _first(self, over_ms: int, spread_ms: int) -> int:
        """The first step that begins later than this."""
        step = over_ms * STEP // max(1, spread_ms) + 1 - LEAST
        return min(max(step, 0), len(self._counts) - 1)


class Belief(msgspec.Struct):
    """Of estimates of one kind, by the tenth of their chance: how many were told, and how many of those came late."""

    told: list[int] = msgspec.field(default_factory=lambda: [0] * TENTHS)
    late: list[int] = msgspec.field(default_factory=lambda: [0] * TENTHS)

    def learn(self, chance: int, late: bool) -> None:
        self.told[_tenth(chance)] += 1
        self.late[_tenth(chance)] += late

    def of(self, since: Since, chance: int, near: bool) -> int:
        """The chance (thousandths) that is believed; `near`: the promise is less than `ASKED_MS` away."""
        tenth, sure = _tenth(chance), SURE[since]
        first = chance // sure if chance < 500 else 1000 - (1000 - chance) // sure
        first = max(first, UNREADY) if near and since is Since.PLACED else first
        return (WEIGHT * first + 1000 * self.late[tenth]) // (WEIGHT + self.told[tenth])


def _tenth(chance: int) -> int:
    return min(chance * TENTHS // 1000, TENTHS - 1)
