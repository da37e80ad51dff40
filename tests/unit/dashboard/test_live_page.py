"""The Live page as a session sees it, without a browser: each state says what it is, in the same boxes."""

import json
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import streamlit as st
from streamlit.runtime.caching import cache_utils
from streamlit.testing.v1 import AppTest

from dashboard.app_pages import live
from dashboard.history import History
from dashboard.snapshot import Progress, Snapshot, StoreAway
from models.ids import CityId
from models.views import CityCard
from tests.unit.dashboard.snapshots import CITY, NOW, WALL, kept, snapshot


class FakeTables:
    """One snapshot, or nothing; counts how often it was asked."""

    def __init__(self) -> None:
        self.stands: Snapshot = snapshot()
        self.kept: History | None = kept()
        self.known: dict[CityId, bool] | None = None
        self.reads = 0

    def cities(self) -> dict[CityId, bool]:
        if self.known is None:
            raise StoreAway("gone")
        return self.known

    def snapshot(self, city: CityId) -> Snapshot:
        self.reads += 1
        return msgspec.structs.replace(self.stands, city=city)

    def history(self, city: CityId) -> History:
        if self.kept is None:
            raise StoreAway("gone")
        return self.kept


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTables]:
    """AppTest leaves its script as `__main__`, which a process that a later test spawns would run again."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    fake = FakeTables()
    monkeypatch.setattr(live, "tables", lambda: fake)
    st.cache_resource.clear()
    yield fake
    st.cache_resource.clear()


def script() -> None:
    from dashboard.app_pages import live

    live.page()


def opened(city: str | None = CITY, **state: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=20)
    for name, value in (state | ({"city": city} if city else {})).items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def html(page: AppTest) -> str:
    return "".join(element.proto.body for element in page.get("html"))


def order_list(page: AppTest) -> Any:
    return _component(page, 1)


def needs(page: AppTest) -> Any:
    return _component(page, 0)


def _component(page: AppTest, which: int) -> Any:
    return json.loads(page.get("bidi_component")[which].proto.bytes.decode().split("\n", 1)[1])


def test_a_live_city_shows_its_tiles_its_list_and_its_map(stores: FakeTables) -> None:
    page = opened()

    assert "<b>Live</b><em>0.2 s ago</em>" in html(page)
    assert "Port Merrin" in html(page)
    assert len(order_list(page)["lines"]) == 5
    assert [entry["id"] for entry in needs(page)["entries"]] == ["4", "3"]
    assert len(page.get("deck_gl_json_chart")) == 1


def test_many_sessions_cost_one_read_a_tick(stores: FakeTables, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(cache_utils, "TTLCACHE_TIMER", lambda: clock[0])
    reads = []
    for tick in range(3):
        clock[0] = tick * live.TICK_SECONDS
        for _ in range(5):
            opened()
        reads.append(stores.reads)

    assert reads == [1, 2, 3]


def test_an_old_city_says_as_of_when_in_every_panel(stores: FakeTables) -> None:
    old = dict.fromkeys(stores.stands.progress, Progress(NOW, WALL - 43_000))
    stores.stands = msgspec.structs.replace(stores.stands, progress=old)

    page = opened()

    assert "<b>Silent</b>" in html(page)
    assert html(page).count("As of 09:15:00, 43 s ago.") == 1
    assert order_list(page)["stale"].startswith("As of 09:15:00, 43 s ago.")


def test_without_redis_it_says_that_nothing_is_lost_and_asks_again_by_itself(stores: FakeTables) -> None:
    stores.stands = Snapshot(CITY, WALL)

    page = opened()

    assert "<b>Broken</b>" in html(page)
    assert "Nothing is lost" in order_list(page)["notice"]["text"]
    assert len(page.get("deck_gl_json_chart")) == 0


def test_without_postgres_the_tiles_are_live_and_the_missing_lines_are_named(stores: FakeTables) -> None:
    stores.kept = None

    page = opened()

    assert "<b>5</b>" in html(page)
    assert "Postgres does not answer" in html(page)


def test_a_city_before_its_first_tick_has_the_same_boxes(stores: FakeTables) -> None:
    stores.stands = Snapshot(CITY, WALL, answered=True)

    page = opened()

    assert html(page).count("class=skel") == 7
    assert order_list(page)["loading"] == "Waiting for the city's first tick."


def test_no_city_names_the_command_that_opens_one(stores: FakeTables) -> None:
    stores.known = {}

    assert "No city is open" in html(opened(None))
    assert "<code>track simulate</code>" in html(opened(None))


def test_the_foremost_city_is_shown_and_goes_into_the_url(stores: FakeTables) -> None:
    stores.known = {CITY: True, CityId("old"): False}

    assert opened(None).query_params["city"] in (CITY, [CITY])


def test_a_city_that_is_not_at_work_is_shown_until_another_is_and_no_link_keeps_it(stores: FakeTables) -> None:
    """Else a board that was opened while a second demo came up stayed with the first one's city."""
    stores.known = {CITY: False}
    page = opened(None)

    assert "city" not in page.query_params
    assert html(page).count("class=tile") > 0

    stores.known = {CityId("new"): True, CITY: False}
    live.cities.clear()
    page.run()

    assert page.query_params["city"] in ("new", ["new"])


def test_a_filter_without_orders_is_named_in_the_list(stores: FakeTables) -> None:
    without = {o: view for o, view in stores.stands.orders.items() if o != "4"}
    stores.stands = msgspec.structs.replace(stores.stands, orders=without)

    shown = order_list(opened(filter="late"))

    assert (shown["filter"], shown["notice"]["title"]) == ("late", "No late order")


def test_a_filter_of_an_old_link_shows_all(stores: FakeTables) -> None:
    assert order_list(opened(filter="of-last-year"))["filter"] == "all"


def test_a_chosen_order_has_its_card_and_closing_forgets_it(stores: FakeTables) -> None:
    page = opened(order="3")
    assert "<h2>#3</h2>" in html(page)

    page.button(key="close").click().run()

    assert "order" not in page.query_params
    assert "No order chosen" in html(page)


def test_an_order_that_ended_keeps_its_card(stores: FakeTables) -> None:
    assert "#9 was delivered 09:14:00" in html(opened(order="9"))
    assert "#4711 left the board" in html(opened(order="4711"))


def test_several_cities_are_a_menu_and_a_closed_one_is_not_stale(stores: FakeTables) -> None:
    closed = msgspec.structs.replace(stores.stands.view, closed=True)
    old = dict.fromkeys(stores.stands.progress, Progress(NOW, WALL - 3_600_000))
    both = stores.stands.cities | {CityId("east"): CityCard("East Harbour", NOW)}
    stores.stands = msgspec.structs.replace(stores.stands, view=closed, progress=old, cities=both)

    page = opened()

    assert "<b>Closed</b>" in html(page)
    assert "As of" not in html(page)
    assert len(page.get("menu_button")) == 1


@pytest.mark.parametrize(
    ("told", "chosen"), [(["4", "4"], "4"), (["4", "7"], "7"), (["4", ""], None), (["4", None], "4")]
)
def test_a_choice_that_is_told_twice_is_still_the_choice(
    told: list[str | None], chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy server a click came twice: the card opened, and closed again by itself."""
    said = SimpleNamespace(order=None)
    page = SimpleNamespace(session_state={"orders": said}, query_params=dict[str, str]())
    monkeypatch.setattr(live, "st", page)
    for said.order in told:
        live.choose_order("orders")

    assert page.query_params.get("order") == chosen
