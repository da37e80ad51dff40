"""the URL, one shared board a tick → here → the Live page. It only draws: what, is in `board.py`; how, in `theme.css`.

State is in the URL (city, filter, order, rows); every choice is an id from the moment it is made.
"""

from typing import Any, cast

import streamlit as st

from dashboard import header, markup, theme
from dashboard.board import Board
from dashboard.frames import Filter
from dashboard.history import History
from dashboard.snapshot import Snapshot, StoreAway
from dashboard.tables import shared as tables
from models.ids import CityId, OrderId

TICK_SECONDS = 1.0
KEPT_SECONDS = 0.8
"""Below a tick, so that each tick of each session reads anew, and near it, so that N sessions share one read."""

orders = st.components.v2.component(
    "orders", html=theme.sheet("orders.html"), css=theme.orders_css(), js=theme.sheet("orders.js")
)
queue = st.components.v2.component(
    "queue", html=theme.sheet("queue.html"), css=theme.sheet("queue.css"), js=theme.sheet("queue.js")
)


@st.cache_resource(ttl=KEPT_SECONDS, max_entries=32, show_spinner=False)
def board(city: CityId) -> Board:
    """The one read of a tick; raises nothing, since a store that is away leaves the last snapshot standing."""
    return Board(tables().snapshot(city), history(city))


@st.cache_resource(ttl=10, max_entries=32, show_spinner=False, refresh_mode="background")
def history(city: CityId) -> History | None:
    """None while Postgres is away; asked in the background, so that nobody waits for it twice."""
    try:
        return tables().history(city)
    except StoreAway:
        return None


@st.cache_resource(ttl=KEPT_SECONDS, show_spinner=False)
def cities() -> dict[CityId, bool] | None:
    """None while Redis is away. Asked only until a city is in the URL."""
    try:
        return tables().cities()
    except StoreAway:
        return None


def page() -> None:
    live()


@st.fragment(run_every=TICK_SECONDS)
def live() -> None:
    """One tick of one session."""
    city = chosen_city()
    with st.container(key="board"):
        if city is None:
            draw_nothing(cities() is None)
        else:
            draw(board(city))


def chosen_city() -> CityId | None:
    """The URL's city, or the foremost; one that is not at work is shown until another is, and no link keeps it."""
    if asked := st.query_params.get("city"):
        return CityId(asked)
    if not (known := cities()):
        return None
    city, at_work = next(iter(known.items()))
    if at_work:
        st.query_params["city"] = city
    return city


def draw_nothing(away: bool) -> None:
    """No city, or no way to know."""
    with st.container(key="top"):
        st.html(header.brand(""))
        st.html(header.link(None))
    with st.container(key="nothing"):
        if away:
            notice = markup.notice(
                "Redis does not answer", "Nothing is lost: the city's log keeps every order. Asked again every second."
            )
        else:
            notice = markup.notice("No city is open", "`track simulate` opens one. It appears here by itself.")
        st.html(notice)


def draw(b: Board) -> None:
    """The same boxes in every state; the map last, so that numbers and list stand before its code is loaded."""
    draw_top(b.snapshot, b.link)
    with st.container(key="tiles"):
        st.html(b.tiles)
    draw_queue(b)
    draw_list(b)
    draw_card(b)
    with st.container(key="status"):
        st.html(b.status)
    draw_map(b)


def draw_top(s: Snapshot, link: str) -> None:
    """With one city its name is text; with several it is a menu."""
    card = s.cities.get(s.city)
    several = len(s.cities) > (1 if card else 0)
    name = card.name if card else s.city
    with st.container(key="top"):
        st.html(header.brand("" if several else name))
        if several:
            ids = sorted(s.cities, key=lambda city: (s.cities[city].name, city))
            st.menu_button(
                name,
                ids,
                key="city",
                type="tertiary",
                format_func=header.city_labels(s.cities).__getitem__,
                on_click=go_to_city,
            )
        st.html(link)


def draw_map(b: Board) -> None:
    """The shapes are hollow or filled by the theme's own land, so the map is the one part that asks for the theme."""
    with st.container(key="map"):
        if b.snapshot.view is None:
            why = "It appears with the city's first tick." if b.snapshot.answered else "Redis does not answer."
            st.html(markup.notice("No map yet", why))
            return
        dark = st.context.theme.type != "light"
        with st.container(key="canvas"):
            st.pydeck_chart(cast("Any", b.drawn(dark, chosen_order())), height="stretch", key="deck")
        st.html(b.map_notes)


def draw_card(b: Board) -> None:
    """The chosen order, or how the orders are spread. The button waits hidden: its code would come late."""
    order = chosen_order()
    with st.container(key="card-chosen" if order else "card"):
        st.html(b.card(order) if order else b.overview)
        st.button("Close", key="close", on_click=forget_order)


def draw_queue(b: Board) -> None:
    with st.container(key="queue"):
        queue(
            key="needs",
            data=b.queue_bytes(chosen_order()),
            on_order_change=lambda: choose_order("needs"),
            height="stretch",
        )


def draw_list(b: Board) -> None:
    everything = st.query_params.get("rows") == "all"
    with st.container(key="list"):
        orders(
            key="orders",
            data=b.list_bytes(chosen_filter(), everything, chosen_order()),
            on_order_change=lambda: choose_order("orders"),
            on_filter_change=choose_filter,
            on_more_change=lambda: st.query_params.update(rows="all"),
            height="stretch",
        )


def chosen_order() -> OrderId | None:
    asked = st.query_params.get("order")
    return OrderId(asked) if asked else None


def chosen_filter() -> Filter:
    """A filter that is none of ours shows all: an old link must not break the page."""
    asked = st.query_params.get("filter", Filter.ALL)
    return Filter(asked) if asked in set(Filter) else Filter.ALL


def go_to_city() -> None:
    """Another city has other orders: what was chosen in the last one is forgotten."""
    st.query_params.from_dict({"city": cast(str, st.session_state["city"])})


def forget_order() -> None:
    st.query_params.pop("order", None)


def choose_order(where: str) -> None:
    """A panel says which order is chosen now, "" for none: told twice, as on a busy server, it is still that one."""
    match st.session_state[where].order:
        case "":
            forget_order()
        case str(order):
            st.query_params["order"] = order


def choose_filter() -> None:
    st.query_params["filter"] = st.session_state["orders"].filter
