"""scenario → here → PlaceOrder, and the order lies in its kitchen."""

from collections.abc import Callable, Iterable
from functools import partial

from models import commands
from models.events import Instant
from simulator.agenda import Agenda, Rank
from simulator.scenario import PlannedOrder

Say = Callable[[Instant, str, commands.Asked], None]
"""When, who it is about, and what is asked."""
Receive = Callable[[PlannedOrder, Instant], None]


def expect(orders: Iterable[PlannedOrder], agenda: Agenda, say: Say, receive: Receive) -> None:
    """Every customer of the day will place the order at its time."""
    for order in orders:
        agenda.plan(order.placed_at, Rank.PLACE, order.order, partial(_place, order, say, receive))


def _place(order: PlannedOrder, say: Say, receive: Receive, now: Instant) -> None:
    placed = commands.PlaceOrder(
        order.order, order.customer, order.restaurant, order.door, order.items, order.promised_at
    )
    say(now, order.order, placed)
    receive(order, now)
