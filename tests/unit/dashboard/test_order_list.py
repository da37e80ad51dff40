"""The order list under a filter: its rows, or why there are none."""

import msgspec

from dashboard.frames import Filter, marks, rows
from dashboard.order_list import FIRST_ROWS, OrderList, order_list
from dashboard.snapshot import Progress, Snapshot
from models.ids import OrderId
from tests.unit.dashboard.snapshots import NOW, WALL, order, snapshot, told


def under(chosen: Filter, s: Snapshot | None = None, everything: bool = False) -> OrderList:
    s = s or snapshot()
    return order_list(s, rows(s, marks(s)), chosen, everything)


def test_a_row_says_what_is_known_and_keeps_the_place_of_what_is_not() -> None:
    late, fresh = under(Filter.ALL).lines[0], under(Filter.ALL).lines[-1]

    assert (late.name, late.risk, late.age, late.slack) == ("#4", "late", "41 min", "−5")
    assert (fresh.slack, fresh.eta, fresh.span, fresh.driver, fresh.mark) == ("–", "–", "–", "–", None)


def test_a_slack_below_zero_never_shows_as_zero() -> None:
    half_a_minute = msgspec.structs.replace(order("1", promise_in=10), promised_at=NOW + 570_000)
    s = snapshot(orders={half_a_minute.id: half_a_minute}, etas={OrderId("1"): told("1", 10)})

    assert under(Filter.ALL, s).lines[0].slack == "−1"


def test_a_filter_without_orders_names_itself_and_offers_the_way_out() -> None:
    s = snapshot(orders={o: view for o, view in snapshot().orders.items() if o != "4"})

    notice = under(Filter.LATE, s).notice

    assert notice is not None
    assert (notice.title, notice.text) == ("No late order", "4 open orders are not late.")
    assert (notice.action, notice.filter) == ("Show all orders", Filter.ALL)


def test_a_city_without_orders_says_what_would_come_next() -> None:
    notice = under(Filter.LATE, snapshot(orders={})).notice

    assert notice is not None
    assert notice.title == "No open order"
    assert notice.action is None


def test_a_long_list_is_cut_and_says_what_is_left() -> None:
    many = {OrderId(str(i)): order(str(i), promise_in=30) for i in range(FIRST_ROWS + 12)}
    s = snapshot(orders=many, etas={})

    short, whole = under(Filter.ALL, s), under(Filter.ALL, s, everything=True)

    assert (len(short.lines), short.more) == (FIRST_ROWS, "Show 12 more, no slack known")
    assert (len(whole.lines), whole.more) == (FIRST_ROWS + 12, None)


def test_old_data_says_as_of_when_and_why() -> None:
    s = snapshot(progress={"city_commands": Progress(NOW, WALL - 43_000)})
    away = msgspec.structs.replace(s, answered=False)

    assert under(Filter.ALL, s).stale == "As of 09:15:00, 43 s ago. The city sends nothing newer."
    assert under(Filter.ALL, away).stale == "As of 09:15:00, 43 s ago. Redis does not answer; nothing is lost."
    assert under(Filter.ALL).stale is None


def test_before_the_first_tick_it_waits_and_without_redis_it_says_that_nothing_is_lost() -> None:
    opening, away = snapshot(view=None), snapshot(view=None, answered=False)

    assert under(Filter.ALL, opening).loading == "Waiting for the city's first tick."
    notice = under(Filter.ALL, away).notice
    assert notice is not None
    assert "Nothing is lost" in notice.text
