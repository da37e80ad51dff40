"""an order placed → here → AcceptOrder, AnnounceReady where ready times are known, MarkReady; then drivers know."""

from collections.abc import Callable

from models import commands
from models.events import Instant, OrderId, OrderPlaced
from models.travel import MINUTE_MS
from simulator.agenda import Agenda, Rank
from simulator.customers import Say
from simulator.scenario import PlannedOrder

UNPLANNED_PREP_MS = 15 * MINUTE_MS
"""Median preparation of the recorded days (grubhub/mdrplib, ten of them)."""


def unplanned(placed: OrderPlaced, at: Instant) -> PlannedOrder:
    """An order that the day did not foresee: a person placed it, and a kitchen cooks it like any other."""
    ready_at = at + UNPLANNED_PREP_MS
    return PlannedOrder(
        placed.order, placed.customer, placed.restaurant, placed.door, placed.items, at, placed.promised_at, ready_at
    )


class Kitchens:
    def __init__(
        self, announces: bool, agenda: Agenda, say: Say, food_is_ready: Callable[[OrderId, Instant], None]
    ) -> None:
        self._announces, self._agenda, self._say, self._food_is_ready = announces, agenda, say, food_is_ready
        self._dropped: set[OrderId] = set()

    def receive(self, order: PlannedOrder, at: Instant) -> None:
        """Accepted at once, announced at once where kitchens announce, ready when it is ready."""
        which = order.order
        self._plan(at, Rank.ACCEPT, which, commands.AcceptOrder(which))
        if self._announces:
            self._plan(at, Rank.ANNOUNCE, which, commands.AnnounceReady(which, order.ready_at))
        self._plan(order.ready_at, Rank.READY, which, commands.MarkReady(which))

    def drop(self, order: OrderId) -> None:
        """Cancelled: nothing more is heard of it from here."""
        self._dropped.add(order)

    def _plan(self, at: Instant, rank: Rank, order: OrderId, body: commands.OrderAsk) -> None:
        def unless_dropped(now: Instant) -> None:
            if order in self._dropped:
                return
            self._say(now, order, body)
            if rank is Rank.READY:
                self._food_is_ready(order, now)

        self._agenda.plan(at, rank, order, unless_dropped)
