"""orders that ended, the time of a tick → here → which of them their city lets go: first the order, then its id."""

from collections.abc import Mapping
from itertools import takewhile

from models.ids import Instant, OrderId

TOMBSTONE_MS = 3_600_000
"""An ended order stays in its city for an hour of event time, so that late readers see how it ended."""
REMEMBERED_MS = 24 * TOMBSTONE_MS
"""Its id is refused to another order for a day: an id used again would fall back to version 1 in every store."""


def leaving(ended: Mapping[OrderId, Instant], t: Instant) -> list[OrderId]:
    """Those of the ended orders, oldest first, whose hour is over at `t`."""
    return _older(ended, t - TOMBSTONE_MS)


def forgotten(past: Mapping[OrderId, Instant], t: Instant) -> list[OrderId]:
    """Those of the ids, oldest first, that another order may have from `t` on."""
    return _older(past, t - REMEMBERED_MS)


def _older(ended: Mapping[OrderId, Instant], than: Instant) -> list[OrderId]:
    return [order for order, _ in takewhile(lambda one: one[1] < than, ended.items())]
