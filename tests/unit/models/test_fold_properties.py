"""Whatever a city is asked, in whatever order: these sentences stay true after every fact."""

import msgspec
from hypothesis import HealthCheck, given, settings

from models import codec, topics
from models.city import City
from models.commands import OpenCity
from models.driver import Driver, DriverStatus
from models.events import Fact
from models.ids import DriverId, OrderId
from models.order import MOVES, Order, OrderStatus
from tests.unit.models.builders import D1, D2, Town, opened_town, refold, shift
from tests.unit.models.steps import DAYS, GARBAGE, Step, asks

STEADY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEGAL = {(before, after) for moves in MOVES.values() for before, after in moves.items()}
BEGUN = {DriverStatus.TO_RESTAURANT, DriverStatus.WAITING}
Day = list[tuple[Step, int | None, int | None]]


def _live(town: Town, day: Day) -> Town:
    """The whole day, every invariant asked after each command."""
    for step, at, version in day:
        for ask in asks(town.city, step):
            before = (dict(town.city.orders), dict(town.city.drivers), town.city.now)
            town.at = at
            town.ask(ask, version)
            _orders_and_drivers_agree(town.city)
            _only_legal_steps(town.city, *before)
    return town


def _orders_and_drivers_agree(city: City) -> None:
    in_a_route = [(o, d.id) for d in city.drivers.values() for o in d.route]
    in_hands = [(o.id, o.driver) for o in city.orders.values() if o.open and o.driver is not None]
    assert sorted(in_a_route) == sorted(in_hands), "an order's driver has it in the route, and nobody else"
    for order in city.orders.values():
        _order_is_sound(city, order)
    for driver in city.drivers.values():
        assert len(set(driver.route)) == len(driver.route)
        _driver_is_sound(city, driver)
    assert city.ended.keys() == {o.id for o in city.orders.values() if not o.open}


def _order_is_sound(city: City, order: Order) -> None:
    if order.status is OrderStatus.OUT_FOR_DELIVERY:
        assert order.driver in city.drivers
        assert order.picked_up_at is not None
    assert not (order.open and order.held and order.driver), "what is held is in nobody's hands"
    assert order.open is (order.status not in {OrderStatus.DELIVERED, OrderStatus.CANCELLED})


def _driver_is_sound(city: City, driver: Driver) -> None:
    route = [city.orders[o] for o in driver.route]
    assert len({o.restaurant for o in route}) <= 1, "a driver carries orders of one restaurant"
    if driver.status in {DriverStatus.AVAILABLE, DriverStatus.OFF}:
        assert not route, "who is available or off has nothing to carry"
    if driver.status in BEGUN:
        assert any(o.picked_up_at is None for o in route), "who fetches has something to fetch"
    if driver.status is DriverStatus.TO_DOOR:
        assert all(o.picked_up_at is not None for o in route), "who is on the way has all on board"


def _only_legal_steps(
    city: City, orders: dict[OrderId, Order], drivers: dict[DriverId, Driver], now: int | None
) -> None:
    for was in orders.values():
        order = city.orders.get(was.id, was)
        assert order.version >= was.version, "a version never falls"
        assert order == was or order.version > was.version, "a row that changed has another version"
        assert order.status is was.status or (was.status, order.status) in LEGAL
    for before in drivers.values():
        assert city.drivers[before.id].version >= before.version
    assert now is None or (city.now is not None and city.now >= now), "time goes on"


def _through_the_wire(fact: Fact) -> Fact:
    message = codec.decode(topics.CITY_EVENTS.name, codec.encode(fact), codec.HEADERS).message
    assert isinstance(message, Fact)
    return message


@STEADY
@given(DAYS)
def test_no_day_breaks_a_city(day: Day) -> None:
    """decide never raises, and orders, drivers and routes agree after every command."""
    town = _live(opened_town(offer_seconds=90).do(shift(D1), shift(D2)), day)

    assert [fact.seq for fact in town.log] == list(range(1, town.city.seq + 1))


@STEADY
@given(DAYS)
def test_a_city_is_the_fold_of_its_log(day: Day) -> None:
    """Replayed from the bytes of its log, and gone on with from a checkpoint halfway, the city is the same."""
    town = _live(opened_town().do(shift(D1)), day)
    log = [_through_the_wire(fact) for fact in town.log]
    half = len(log) // 2
    checkpoint = msgspec.json.decode(msgspec.json.encode(refold(log[:half])), type=City)

    assert refold(log) == town.city
    assert refold(log[half:], checkpoint) == town.city


@settings(STEADY, max_examples=50)
@given(DAYS)
def test_a_city_that_nobody_opened_refuses_and_stands(day: Day) -> None:
    town = Town()
    for step, at, version in day:
        town.at = at
        for ask in (a for a in asks(town.city, step) if not isinstance(a, OpenCity)):
            town.ask(ask, version)

    assert msgspec.structs.replace(town.city, seq=0) == Town().city


@settings(STEADY, max_examples=50)
@given(GARBAGE)
def test_the_same_question_to_the_same_city_has_the_same_answer(ask: object) -> None:
    one, other = (opened_town().do(shift(D1)) for _ in range(2))

    assert one.ask(ask) == other.ask(ask)  # type: ignore[arg-type]
    assert one.city == other.city
