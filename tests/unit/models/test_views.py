"""What a screen may see, under which key, and when a promise is at risk."""

import msgspec
import pytest

from models.commands import HoldOrder
from models.driver import DriverStatus
from models.ids import CityId
from models.order import OrderStatus
from models.views import (
    AT_WORK_MS,
    CITIES,
    VERSION,
    CityCard,
    CityNow,
    DriverView,
    Key,
    OrderView,
    city_now,
    driver_view,
    foremost,
    key,
    order_view,
    progress_key,
)
from tests.unit.models.builders import CITY, D1, O1, T0, Town, driver_town, minute, opened_town, order_town, placed

PROMISE = minute(40)


def test_a_city_is_shown_from_its_first_fact_on() -> None:
    assert city_now(Town().city) is None
    assert city_now(opened_town().tick(3).city) == CityNow(minute(3), 4, False)


@pytest.mark.parametrize("status", OrderStatus)
def test_a_board_shows_an_order_without_its_customer(status: OrderStatus) -> None:
    order = order_town(status).order()
    view = order_view(order)

    assert (view.id, view.status, view.version, view.reason) == (O1, status, order.version, order.reason)
    assert not {"customer", "items"} & set(OrderView.__struct_fields__)


def test_a_board_shows_whether_a_person_holds_an_order_back() -> None:
    town = opened_town().do(placed())

    assert not order_view(town.order()).held
    assert order_view(town.do(HoldOrder(O1, None)).order()).held


def test_a_view_of_the_first_release_is_of_an_order_that_nobody_holds() -> None:
    view = order_view(opened_town().do(placed()).order())
    old = msgspec.json.encode({k: v for k, v in msgspec.to_builtins(view).items() if k != "held"})

    assert msgspec.json.decode(old, type=OrderView) == view


def test_a_driver_s_view_stands_where_the_row_does() -> None:
    driver = driver_town(DriverStatus.WAITING).driver()
    view = driver_view(driver)

    assert (view.id, view.status, view.route, view.version) == (D1, "waiting", (O1,), driver.version)
    assert (view.stood, view.stood_at, view.until) == (driver.stood, driver.stood_at, driver.until)


def test_a_view_comes_back_from_redis_as_it_went_in() -> None:
    order, driver = (
        order_view(order_town(OrderStatus.DELIVERED).order()),
        driver_view(order_town(OrderStatus.PENDING).driver()),
    )

    assert msgspec.json.decode(msgspec.json.encode(order), type=OrderView) == order
    assert msgspec.json.decode(msgspec.json.encode(driver), type=DriverView) == driver


def test_keys_of_a_city_lie_on_one_node_and_say_their_version() -> None:
    assert key(CITY, Key.ORDERS) == "track:1:{small}:orders"
    assert progress_key(CITY, "order_etas") == "track:1:{small}:agent:order_etas"
    assert f"track:{VERSION}:cities" == CITIES


def test_no_two_keys_are_the_same() -> None:
    keys = {key(CityId(city), name) for city in ("a", "b") for name in Key}

    assert len(keys) == 2 * len(Key)


def test_of_the_cities_at_work_the_one_that_opened_last_is_foremost_and_then_come_those_that_were_silent() -> None:
    first, second, silent, never, shut = (CityId(name) for name in ("first", "second", "silent", "never", "shut"))
    cards = {first: CityCard("A", 1), second: CityCard("B", 2), silent: CityCard("C", 3), never: CityCard("D", 4)}
    cards[shut] = CityCard("E", 5, closed=True)
    told_at = {first: T0, second: T0 - AT_WORK_MS, silent: T0 - AT_WORK_MS - 1, shut: T0}

    found = foremost(cards, told_at, T0)
    assert list(found.items()) == [(second, True), (first, True), (shut, False), (never, False), (silent, False)]
    assert foremost({}, {}, T0) == {}
