"""Snapshot, a chosen order → here → its card: where it stands, when it comes, who brings it, and what it went through.

The card never jumps: an order that ended or left the board keeps its card, which says so.
"""

import msgspec

from dashboard import wording
from dashboard.frames import Mark, Row, kitchen_of, named, restaurant_name, status_words
from dashboard.needs import need_words
from dashboard.order_list import slack_minutes, stale_words
from dashboard.snapshot import Snapshot
from models.driver import Signal
from models.ids import OrderId
from models.order import OrderStatus
from models.views import OrderView

STAGES = (
    ("Placed", "placed_at"),
    ("Accepted", "accepted_at"),
    ("Driver assigned", "assigned_at"),
    ("Food ready", "ready_at"),
    ("Driver at the restaurant", "waited_at"),
    ("Picked up", "picked_up_at"),
    ("At the door", "at_door_at"),
    ("Delivered", "ended_at"),
)


class Stage(msgspec.Struct, frozen=True):
    """`after` is counted from the order's placing."""

    name: str
    at: str
    after: str
    done: bool


class Bringer(msgspec.Struct, frozen=True):
    """Who brings it: `evidence` is what its phone says."""

    mark: str | None
    name: str
    says: str
    evidence: str


class Card(msgspec.Struct, frozen=True):
    """`gone` says in one line that there is nothing to watch any more; without a `status` not even its row is kept.

    `need`: what ate its slack, and the next step; None while it needs no action.
    """

    name: str
    risk: str | None = None
    status: str = ""
    where: str = ""
    eta: str = wording.MISSING
    promise: str = wording.MISSING
    slack: str = wording.MISSING
    span: str = ""
    need: tuple[str, str] | None = None
    bringer: Bringer | None = None
    stages: tuple[Stage, ...] = ()
    version: str = ""
    gone: str | None = None
    stale: str | None = None


def card(s: Snapshot, order_id: OrderId, row: Row | None, mark: Mark | None) -> Card:
    """`row` is the order's line in the list while it is open, `mark` its driver's on the map."""
    order = s.orders.get(order_id)
    if order is None or s.view is None:
        return Card(named(order_id), gone=f"{named(order_id)} left the board")
    zone = s.view.rules.time_zone
    slack, eta = row.slack_ms if row else None, row.eta if row else None
    return Card(
        name=named(order_id),
        risk=row.risk if row else None,
        status=status_words(order),
        where=where_words(s, order),
        eta=wording.clock(eta.expected if eta else order.ended_at, zone),
        promise=wording.clock(order.promised_at, zone),
        slack=wording.signed(slack_minutes(slack)) if slack is not None else wording.MISSING,
        span=f"8 in 10 arrive {wording.clock(eta.p10, zone)}–{wording.clock(eta.p90, zone)}" if eta else "",
        need=need_words(s, s.needs[order_id]) if row and order_id in s.needs else None,
        bringer=bringer(order, mark),
        stages=stages(order, zone),
        version=f"v{order.version}",
        gone=ended_words(order, zone),
        stale=stale_words(s, "city_commands"),
    )


def where_words(s: Snapshot, order: OrderView) -> str:
    """From where, and how far; doors have no address here."""
    name, kitchen = restaurant_name(s, order.restaurant), kitchen_of(s, order)
    if kitchen is None or s.view is None:
        return f"{name} to the door"
    return f"{name} to the door, {wording.metres(s.view.rules.travel.metres(kitchen, order.door))}"


def ended_words(order: OrderView, zone: str) -> str | None:
    """#8077 was cancelled 19:27:02, undeliverable. None while it is open."""
    if order.ended_at is None:
        return None
    at = wording.clock(order.ended_at, zone, seconds=True)
    how = "delivered" if order.status == OrderStatus.DELIVERED else "cancelled"
    return f"{named(order.id)} was {how} {at}" + (f", {order.reason}" if order.reason else "")


def stages(order: OrderView, zone: str) -> tuple[Stage, ...]:
    """Every stage has its place from the start; a cancelled order ends with what happened."""
    last = "Cancelled" if order.status == OrderStatus.CANCELLED else "Delivered"
    found = []
    for name, stamp in STAGES:
        at = getattr(order, stamp)
        after = f"+{wording.span(at - order.placed_at)}" if at is not None and stamp != "placed_at" else ""
        found.append(Stage(last if stamp == "ended_at" else name, wording.clock(at, zone), after, at is not None))
    return tuple(found)


def bringer(order: OrderView, mark: Mark | None) -> Bringer | None:
    """None while nobody is assigned."""
    if order.driver is None:
        return None
    if order.ended_at is not None:
        return Bringer(
            None, order.driver, "brought it" if order.status == OrderStatus.DELIVERED else "was assigned", ""
        )
    if mark is None:
        return Bringer(None, order.driver, "not on duty", "")
    one = mark.driver
    return Bringer(mark.shape, one.id, f"{one.vehicle}, {carrying(len(one.route))}", signal_words(mark))


def carrying(orders: int) -> str:
    return "carries nothing else" if orders <= 1 else f"{orders} orders on the route"


def signal_words(mark: Mark) -> str:
    """Silent is not stopped: its place is where it was last heard."""
    heard = wording.span(mark.silence_ms)
    return f"seen {heard} ago" if mark.signal is Signal.LIVE else f"{mark.signal} for {heard}, last place shown"
