"""Snapshot, the last two hours → here → everything the Live page draws, each part made at the first asking and once.

All sessions share one board a tick: what depends on a choice (filter, order, theme) is kept beside it per choice.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from dashboard import card as cards
from dashboard import header, markup, wording
from dashboard.deck import Drawn, Map
from dashboard.frames import Filter, Mark, Row, freshness, marks, rows
from dashboard.order_list import OrderList, encode, order_list, stale_words
from dashboard.tables import Snapshot
from dashboard.tiles import Minutes, tiles
from models.events import OrderId
from models.order import OrderStatus
from models.views import Risk

TILE_LABELS = ("Active", "Late", "At risk", "On time", "Click to door", "Unassigned", "Drivers free")
LEGEND = ("free", "to restaurant", "waiting", "to door", "silent")
Made = TypeVar("Made")


class Board:
    """One snapshot, ready to draw. Two threads may make a part twice; they make the same."""

    def __init__(self, snapshot: Snapshot, minutes: Minutes) -> None:
        self.snapshot, self._minutes = snapshot, minutes
        self._made: dict[tuple[object, ...], object] = {}

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        return marks(self.snapshot)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return rows(self.snapshot, self.marks)

    @cached_property
    def tiles(self) -> str:
        if self.snapshot.view is None:
            return markup.skeleton_tiles(TILE_LABELS)
        return markup.tiles(tiles(self.snapshot, self.rows, self.marks, self._minutes))

    @cached_property
    def link(self) -> str:
        return header.link(self.snapshot)

    @cached_property
    def status(self) -> str:
        return header.status(self.snapshot, self._minutes is not None)

    @cached_property
    def map_notes(self) -> str:
        """What lies over the map: how old its positions are, and what its shapes mean."""
        fresh, old = freshness(self.snapshot, "driver_pings"), stale_words(self.snapshot, "driver_pings")
        shapes = [mark.shape for mark in self.marks]
        age = f"<div class='age old'>{markup.glyph('clock')}{old}</div>" if old else self._positions(fresh.age_ms)
        step = self._map(dark=True).frame.step if self.snapshot.view else 1000
        scale = f"<div class=scale>grid {wording.metres(step)}</div>"
        return f"{age}{markup.legend((shape, shapes.count(shape)) for shape in LEGEND)}{scale}"

    @property
    def map_is_stale(self) -> bool:
        return freshness(self.snapshot, "driver_pings").stale

    def list_bytes(self, chosen: Filter, everything: bool, selected: str | None) -> bytes:
        """The order list's JSON; the selection rides in front, so that the list itself stays shared."""
        made = self._once(("list", chosen, everything), lambda: encode(self.order_list(chosen, everything)))
        return encode(selected) + b"\n" + made

    def order_list(self, chosen: Filter, everything: bool) -> OrderList:
        return order_list(self.snapshot, self.rows, chosen, everything)

    def card(self, order: OrderId) -> str:
        """The chosen order's card."""
        row = self._row(order)
        made = lambda: markup.card(cards.card(self.snapshot, order, row, self._mark_of(order)))  # noqa: E731
        return self._once(("card", order), made)

    @cached_property
    def overview(self) -> str:
        """What stands in the card's place while no order is chosen."""
        return markup.overview(self._statuses(), [(risk, sum(r.risk is risk for r in self.rows)) for risk in Risk])

    def drawn(self, dark: bool, order: OrderId | None) -> Drawn:
        """The map, with the chosen order's way while it is open."""
        row = self._row(order) if order else None
        made = lambda: self._map(dark).drawn(row, self._mark_of(row.id) if row else None)  # noqa: E731
        return self._once(("drawn", dark, row.id if row else None), made)

    def _map(self, dark: bool) -> Map:
        view = self.snapshot.view
        assert view is not None, "a city that never ticked has no map"
        return self._once(("map", dark), lambda: Map(self.snapshot, view.rules.travel, self.rows, self.marks, dark))

    def _row(self, order: OrderId) -> Row | None:
        return next((row for row in self.rows if row.id == order), None)

    def _mark_of(self, order: OrderId) -> Mark | None:
        known = self.snapshot.orders.get(order)
        return next((m for m in self.marks if known and m.driver.id == known.driver), None)

    def _statuses(self) -> list[tuple[str, int]]:
        found = [row.order.status for row in self.rows]
        open_ones = (OrderStatus.PENDING, OrderStatus.PREPARING, OrderStatus.OUT_FOR_DELIVERY)
        return [(status.replace("_", " ").capitalize(), found.count(status)) for status in open_ones]

    def _positions(self, age_ms: int | None) -> str:
        return f"<div class=age>positions {wording.age(age_ms)}</div>"

    def _once(self, name: tuple[object, ...], make: Callable[[], Made]) -> Made:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]  # type: ignore[return-value]
