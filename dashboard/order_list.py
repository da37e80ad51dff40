"""rows → here → the order list's JSON. Built once a snapshot and filter; every session gets the same bytes."""

import msgspec

from dashboard import wording
from dashboard.frames import Filter, Row, counts, freshness, matches, named, status_words
from dashboard.snapshot import Snapshot
from models.ways import MINUTE_MS

FIRST_ROWS = 200
"""What the list shows before one asks for all: 200 rows are 24 kB a tick, 1,000 are 120."""
BAR_MINUTES = 15

LABELS = {
    Filter.ALL: "All",
    Filter.LATE: "Late",
    Filter.AT_RISK: "At risk",
    Filter.TIGHT: "Tight",
    Filter.UNASSIGNED: "Unassigned",
}
encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One row as the browser gets it; `bar` is the slack as a share (−1 to 1) of a quarter of an hour."""

    id: str
    name: str
    risk: str
    restaurant: str
    status: str
    age: str
    slack: str
    bar: float
    promise: str
    eta: str
    span: str
    driver: str
    mark: str | None


class Chip(msgspec.Struct, frozen=True, array_like=True):
    key: str
    label: str
    count: str


class Notice(msgspec.Struct, frozen=True):
    """What stands in the place of rows: why there are none, and the way out of it if there is one."""

    title: str
    text: str
    action: str | None = None
    filter: str | None = None


class OrderList(msgspec.Struct, frozen=True):
    lines: tuple[Line, ...] = ()
    chips: tuple[Chip, ...] = ()
    filter: str = Filter.ALL
    age: str = wording.MISSING
    stale: str | None = None
    more: str | None = None
    notice: Notice | None = None
    loading: str | None = None


def slack_minutes(slack_ms: int) -> int:
    """Whole minutes, downwards: a slack below zero never shows as 0."""
    return slack_ms // MINUTE_MS


def line_of(row: Row, now: int, zone: str) -> Line:
    """A row in words; what is missing keeps its place."""
    order, eta = row.order, row.eta
    slack = slack_minutes(row.slack_ms) if row.slack_ms is not None else None
    return Line(
        id=order.id,
        name=named(order.id),
        risk=row.risk,
        restaurant=row.restaurant,
        status=status_words(order),
        age=wording.span(now - order.placed_at),
        slack=wording.signed(slack) if slack is not None else wording.MISSING,
        bar=round(max(-1.0, min(1.0, (slack or 0) / BAR_MINUTES)), 2),
        promise=wording.clock(order.promised_at, zone),
        eta=wording.clock(eta.expected if eta else None, zone),
        span=f"{wording.clock(eta.p10, zone)}–{wording.clock(eta.p90, zone)}" if eta else wording.MISSING,
        driver=order.driver or wording.MISSING,
        mark=row.mark,
    )


def order_list(s: Snapshot, found: tuple[Row, ...], chosen: Filter, everything: bool) -> OrderList:
    """The list under a filter: its rows, or in their place why there are none."""
    if s.view is None:
        return OrderList(notice=away()) if not s.answered else OrderList(loading="Waiting for the city's first tick.")
    zone, fresh, numbers = s.view.rules.time_zone, freshness(s, "city_commands"), counts(found)
    through = [row for row in found if matches(row, chosen)]
    shown = through if everything else through[:FIRST_ROWS]
    left = through[len(shown) :]
    return OrderList(
        lines=tuple(line_of(row, s.view.now, zone) for row in shown),
        chips=tuple(Chip(f, LABELS[f], wording.whole(n)) for f, n in numbers.items()),
        filter=chosen,
        age=wording.age(fresh.age_ms),
        stale=stale_words(s, "city_commands"),
        more=f"Show {wording.whole(len(left))} more, {_least(left[0])}" if left else None,
        notice=None if through else empty(chosen, numbers),
    )


def _least(row: Row) -> str:
    return "no slack known" if row.slack_ms is None else f"slack {wording.signed(slack_minutes(row.slack_ms))} and over"


def empty(chosen: Filter, numbers: dict[Filter, int]) -> Notice:
    """Names the filter and offers the way out; an empty city says what would come next."""
    others = numbers[Filter.ALL]
    if chosen is Filter.ALL or not others:
        return Notice("No open order", "The next order appears here by itself.")
    what = LABELS[chosen].lower()
    stand = "is" if others == 1 else "are"
    return Notice(
        f"No {what} order", f"{wording.plural(others, 'open order')} {stand} not {what}.", "Show all orders", Filter.ALL
    )


def away() -> Notice:
    """Redis gave nothing since this page was opened."""
    return Notice(
        "The live tables do not answer",
        "Nothing is lost: orders go on and the city's log keeps every one. Asked again every second.",
    )


def stale_words(s: Snapshot, agent: str) -> str | None:
    """As of 19:26:21, 43 s ago, and why; None while the panel is fresh."""
    fresh = freshness(s, agent)
    if not fresh.stale or s.view is None:
        return None
    why = "The city sends nothing newer." if s.answered else "Redis does not answer; nothing is lost."
    as_of = wording.clock(fresh.as_of, s.view.rules.time_zone, seconds=True)
    return f"As of {as_of}, {wording.age(fresh.age_ms)} ago. {why}"
