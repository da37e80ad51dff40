"""scenario → here → PlaceOrder, and the order lies in its kitchen."""

from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from models import commands
from models.ids import Instant, OrderId
from simulator.agenda import Agenda, Rank
from simulator.scenario import PlannedOrder

Say = Callable[[Instant, str, commands.Asked], None]
"""When, who it is about, and what is asked."""
Receive = Callable[[PlannedOrder, Instant], None]


class Customers:
    """Every customer of the day places the order at its time."""

    def __init__(self, orders: Iterable[PlannedOrder], agenda: Agenda, say: Say, receive: Receive) -> None:
        self._agenda, self._say, self._receive = agenda, say, receive
        self._to_come: dict[OrderId, PlannedOrder] = {}
        for order in orders:
            self._expect(order)

    def hurry(self, since: Instant, until: Instant, factor: float) -> list[tuple[PlannedOrder, PlannedOrder]]:
        """From `since` to `until` orders come `factor` times as fast: those of a longer while, each as it was and is now."""
        reach = since + (until - since) * factor
        some = [o for o in self._to_come.values() if since < o.placed_at < reach]
        moved = [(order, _earlier(order, int((order.placed_at - since) * (1 - 1 / factor)))) for order in some]
        for _, order in moved:
            self._expect(order)
        return moved

    def _expect(self, order: PlannedOrder) -> None:
        self._to_come[order.order] = order
        self._agenda.plan(order.placed_at, Rank.PLACE, order.order, partial(self._place, order))

    def _place(self, order: PlannedOrder, now: Instant) -> None:
        if self._to_come.pop(order.order, None) is None:  # it came earlier: an order is only ever moved forward
            return
        placed = commands.PlaceOrder(
            order.order, order.customer, order.restaurant, order.door, order.items, order.promised_at
        )
        self._say(now, order.order, placed)
        self._receive(order, now)


def _earlier(order: PlannedOrder, ms: int) -> PlannedOrder:
    """By whole seconds; what was promised and when it is ready move with it."""
    ms -= ms % 1000
    promised_at = None if order.promised_at is None else order.promised_at - ms
    return msgspec.structs.replace(
        order, placed_at=order.placed_at - ms, promised_at=promised_at, ready_at=order.ready_at - ms
    )
