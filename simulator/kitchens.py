"""an order placed → here → AcceptOrder, AnnounceReady where ready times are known, MarkReady; then drivers know."""

from collections.abc import Callable

import msgspec

from models import commands
from models.events import OrderPlaced
from models.ids import Instant, OrderId, RestaurantId
from models.ways import MINUTE_MS
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
    """`slower`: what makes an order take longer than planned, in milliseconds, without its kitchen knowing beforehand."""

    def __init__(
        self, announces: bool, agenda: Agenda, say: Say, food_is_ready: Callable[[OrderId, Instant], None]
    ) -> None:
        self._announces, self._agenda, self._say, self._food_is_ready = announces, agenda, say, food_is_ready
        self._in_hand: dict[OrderId, PlannedOrder] = {}
        self.slower: list[Callable[[PlannedOrder], int]] = []

    def receive(self, order: PlannedOrder, at: Instant) -> None:
        """Accepted at once, announced at once where kitchens announce, ready when it is ready."""
        which = order.order
        self._in_hand[which] = order
        self._plan(at, Rank.ACCEPT, which, commands.AcceptOrder(which))
        if self._announces:
            self._plan(at, Rank.ANNOUNCE, which, commands.AnnounceReady(which, order.ready_at))
        self.postpone(order, sum(more(order) for more in self.slower))

    def in_hand(self, restaurant: RestaurantId) -> list[PlannedOrder]:
        """What this kitchen cooks now, each with the time at which it will really be ready."""
        return sorted((o for o in self._in_hand.values() if o.restaurant == restaurant), key=lambda o: o.order)

    def postpone(self, order: PlannedOrder, ms: int) -> None:
        """Ready so much later than this; what was planned for it before is void."""
        later = self._in_hand[order.order] = msgspec.structs.replace(order, ready_at=order.ready_at + ms)

        def unless_void(now: Instant) -> None:
            if self._in_hand.get(later.order) is later:
                del self._in_hand[later.order]
                self._say(now, later.order, commands.MarkReady(later.order))
                self._food_is_ready(later.order, now)

        self._agenda.plan(later.ready_at, Rank.READY, later.order, unless_void)

    def drop(self, order: OrderId) -> None:
        """Cancelled: nothing more is heard of it from here."""
        self._in_hand.pop(order, None)

    def _plan(self, at: Instant, rank: Rank, order: OrderId, body: commands.OrderAsk) -> None:
        def unless_dropped(now: Instant) -> None:
            if order in self._in_hand:
                self._say(now, order, body)

        self._agenda.plan(at, rank, order, unless_dropped)
