"""customers, kitchens, drivers → here → engine.advance. What will happen, earliest first, the same in every run."""

from collections.abc import Callable
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count

from models.ids import Instant

Do = Callable[[Instant], None]


class Rank(IntEnum):
    """Who goes first within one instant: a pick-up at the off-time comes before the end of the shift."""

    FAULT = -1
    SHIFT_START = 0
    PLACE = 1
    ACCEPT = 2
    ANNOUNCE = 3
    READY = 4
    AT_RESTAURANT = 5
    PICK_UP = 6
    AT_DOOR = 7
    DELIVER = 8
    FREE = 9
    SHIFT_END = 10
    PING = 11


class Agenda:
    """Plans ordered by (instant, rank, who); what was planned first goes first among equals."""

    def __init__(self) -> None:
        self._plans: list[tuple[Instant, Rank, str, int, Do]] = []
        self._number = count()

    @property
    def over(self) -> bool:
        return not self._plans

    def plan(self, at: Instant, rank: Rank, who: str, do: Do) -> None:
        heappush(self._plans, (at, rank, who, next(self._number), do))

    def run(self, until: Instant) -> None:
        """Do all that is due, and what it makes due in turn."""
        while self._plans and self._plans[0][0] <= until:
            at, _, _, _, do = heappop(self._plans)
            do(at)
