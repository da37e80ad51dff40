"""an order that needs action, or no longer does → here → the queue of them, least slack first.

By whole minutes, then by id: a second's change moves no row under anybody's pointer. A change is two binary searches.
"""

from bisect import bisect_left, insort

import msgspec

from models.ids import OrderId
from models.ways import MINUTE_MS


class Queue(msgspec.Struct):
    """`ranked`: (whole minutes of slack, order), least first; `places`: each order's entry."""

    ranked: list[tuple[int, OrderId]] = []
    places: dict[OrderId, int] = {}

    @property
    def orders(self) -> tuple[OrderId, ...]:
        return tuple(order for _, order in self.ranked)

    def put(self, order: OrderId, slack_ms: int) -> bool:
        """Into its place, or from where it was to there; whether it moved."""
        minutes = slack_ms // MINUTE_MS
        if self.places.get(order) == minutes:
            return False
        self.drop(order)
        insort(self.ranked, (minutes, order))
        self.places[order] = minutes
        return True

    def drop(self, order: OrderId) -> bool:
        """Whether it was there."""
        minutes = self.places.pop(order, None)
        if minutes is None:
            return False
        del self.ranked[bisect_left(self.ranked, (minutes, order))]
        return True
