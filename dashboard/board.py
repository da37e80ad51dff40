"""Snapshot, the last two hours → here → everything the Live page draws, each part made at the first asking and once.

All sessions share one board a tick: what depends on a choice (filter, order, theme) is kept beside it per choice.
"""

from collections.abc import Callable
from functools import cached_property, partial
from typing import TypeVar

from dashboard import card as cards
from dashboard import header, markup, wording
from dashboard.deck import Drawn, Map
from dashboard.frames import Filter, Mark, Row, freshness, marks, rows
from dashboard.history import History
from dashboard.layers import Frame, Places
from dashboard.lost import lost_panel
from dashboard.needs import panel
from dashboard.order_list import OrderList, encode, order_list, stale_words
from dashboard.snapshot import Snapshot
from dashboard.tiles import tiles
from models.ids import OrderId
from models.order import OrderStatus
from models.slack import Risk

TILE_LABELS = ("Active", "Late", "At risk", "On time", "Click to door", "Unassigned", "Drivers free")
LEGEND = ("free", "to restaurant", "waiting", "to door", "silent")
Made = TypeVar("Made")


class Board:
    """One snapshot, ready to draw. Two threads may make a part twice; they make the same."""

    def __init__(self, snapshot: Snapshot, history: History | None) -> None:
        self.snapshot, self._history = snapshot, history
        self._made: dict[tuple[object, ...], object] = {}

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        return marks(self.snapshot)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return rows(self.snapshot, self.marks)

    @cached_property
    def tiles(self) -> str:
        if self.snapshot.view is None and self.snapshot.answered:
            return markup.skeleton_tiles(TILE_LABELS)
        minutes = self._history.minutes if self._history else None
        return markup.tiles(tiles(self.snapshot, self.rows, self.marks, minutes))

    @cached_property
    def link(self) -> str:
        return header.link(self.snapshot)

    @cached_property
    def status(self) -> str:
        return header.status(self.snapshot, self._history is not None)

    @cached_property
    def map_notes(self) -> str:
        """What lies over the map: how old its positions are, what its shapes mean, how far is far."""
        fresh, old = freshness(self.snapshot, "driver_pings"), stale_words(self.snapshot, "driver_pings")
        shapes = [mark.shape for mark in self.marks]
        legend = markup.legend(((shape, shapes.count(shape)) for shape in LEGEND), fresh.stale)
        return markup.positions(wording.age(fresh.age_ms), old) + legend + self._scale()

    def list_bytes(self, chosen: Filter, everything: bool, selected: str | None) -> bytes:
        """The order list's JSON; the selection rides in front, so that the list itself stays shared."""
        made = self._once(("list", chosen, everything), lambda: encode(self.order_list(chosen, everything)))
        return encode(selected) + b"\n" + made

    def queue_bytes(self, selected: str | None) -> bytes:
        """What needs action, as JSON; the selection rides in front, as with the list."""
        made = self._once(("queue",), lambda: encode(panel(self.snapshot, self.rows)))
        return encode(selected) + b"\n" + made

    def order_list(self, chosen: Filter, everything: bool) -> OrderList:
        return order_list(self.snapshot, self.rows, chosen, everything)

    def card(self, order: OrderId) -> str:
        """The chosen order's card."""
        return self._once(("card", order), partial(self._card, order))

    def _card(self, order: OrderId) -> str:
        return markup.card(cards.card(self.snapshot, order, self._row(order), self._mark_of(order)))

    @cached_property
    def overview(self) -> str:
        """What stands in the card's place while no order is chosen."""
        risks = [(risk, self._number(sum(r.risk is risk for r in self.rows))) for risk in Risk]
        stale = freshness(self.snapshot, "city_commands").stale
        return markup.overview(self._statuses(), risks, lost_panel(self.snapshot, self._history), stale)

    def drawn(self, dark: bool, order: OrderId | None) -> Drawn:
        """The map, with the chosen order's way while it is open."""
        row = self._row(order) if order else None
        return self._once(("drawn", dark, row.id if row else None), partial(self._drawn, dark, row))

    def _drawn(self, dark: bool, row: Row | None) -> Drawn:
        return self._map(dark).drawn(row, self._mark_of(row.id) if row else None)

    def _map(self, dark: bool) -> Map:
        view = self.snapshot.view
        assert view is not None, "a city that never ticked has no map"
        return self._once(("map", dark), lambda: Map(self.snapshot, view, self.rows, self.marks, dark))

    def _row(self, order: OrderId) -> Row | None:
        return next((row for row in self.rows if row.id == order), None)

    def _mark_of(self, order: OrderId) -> Mark | None:
        known = self.snapshot.orders.get(order)
        return next((m for m in self.marks if known and m.driver.id == known.driver), None)

    def _number(self, count: int) -> str:
        """Before the first tick nobody knows: that is not none."""
        return wording.whole(count) if self.snapshot.view else wording.MISSING

    def _statuses(self) -> list[tuple[str, str]]:
        found = [row.order.status for row in self.rows]
        open_ones = (OrderStatus.PENDING, OrderStatus.PREPARING, OrderStatus.OUT_FOR_DELIVERY)
        return [(status.replace("_", " ").capitalize(), self._number(found.count(status))) for status in open_ones]

    def _scale(self) -> str:
        """Streets say by themselves how far is far."""
        view = self.snapshot.view
        assert view is not None, "a city that never ticked has no map"
        if view.ground.parts:
            return ""
        return markup.scale(Frame.of_city(self.snapshot, view, Places(view.rules.travel)).step)

    def _once(self, name: tuple[object, ...], make: Callable[[], Made]) -> Made:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]  # type: ignore[return-value]
