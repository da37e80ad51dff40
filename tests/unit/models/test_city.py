"""What each fact does to a city, in the order of a day."""

from typing import get_args

import msgspec
import pytest

from models.city import FOLD, City, apply
from models.commands import (
    AcceptOrder,
    AnnounceReady,
    ArriveAtDoor,
    ArriveAtRestaurant,
    BecomeFree,
    CancelOrder,
    CloseCity,
    Deliver,
    EndShift,
    MarkReady,
    OpenCity,
    PickUp,
)
from models.driver import Driver
from models.errors import IllFittingLog
from models.events import CityOpened, Fact, Happened, StreetClosed
from models.geo import Point
from models.ids import CommandId
from models.order import Order, OrderStatus
from models.restaurant import Restaurant
from models.rules import Services
from models.street_changes import travel_after
from tests.unit.models.builders import (
    CENTRE,
    CITY,
    D1,
    DOOR,
    HOUR,
    MINUTE,
    O1,
    O2,
    O3,
    R1,
    T0,
    TRAVEL,
    Town,
    bundle_town,
    delivered_town,
    minute,
    opened_city,
    opened_town,
    order_town,
    placed,
    position,
    refold,
    rules,
    shift,
    turn,
)


def test_every_fact_that_can_happen_has_its_place_in_the_fold() -> None:
    assert set(FOLD) == set(get_args(Happened))


def test_a_city_that_opened_knows_its_rules_and_what_time_it_is() -> None:
    city = Town().do(OpenCity(rules())).city

    assert (city.rules, city.opened_at, city.now, city.turn, city.closed) == (rules(), T0, T0, None, False)


def test_half_a_service_lies_before_the_hand_over_and_half_after() -> None:
    odd = Services(pickup_seconds=241, dropoff_seconds=121)

    assert (odd.half_pickup_ms, odd.half_dropoff_ms) == (120_500, 60_500)


def test_a_restaurant_stands_where_it_was_added() -> None:
    assert opened_city().restaurants[R1] == Restaurant(R1, "Roma", CENTRE)


def test_a_driver_begins_the_shift_available_and_at_a_point() -> None:
    city = opened_town().do(shift(point=DOOR), at=minute(5)).city

    assert city.drivers[D1] == Driver(D1, "Driver d1", "car", DOOR, minute(5), DOOR, minute(5), minute(600))


def test_a_second_shift_is_a_later_version_of_the_same_driver() -> None:
    town = opened_town().do(shift(), EndShift(D1))
    version = town.driver().version

    assert town.do(shift()).driver().version == version + 1


def test_an_order_begins_pending_with_its_promise() -> None:
    ask = placed(promise=33)
    town = opened_town().do(ask, at=minute(3))

    assert town.order() == Order(O1, ask.customer, R1, DOOR, ask.items, minute(3), minute(33))


def test_each_stamp_is_the_time_of_its_fact() -> None:
    town = opened_town().do(shift(), placed()).do(AcceptOrder(O1), at=minute(1)).tick(2)
    town.do(turn(minute(2), (D1, O1)), at=minute(2)).do(ArriveAtRestaurant(D1), at=minute(4))
    town.do(AnnounceReady(O1, minute(6)), MarkReady(O1), at=minute(5)).do(PickUp(O1, D1), at=minute(7))
    order = town.do(ArriveAtDoor(O1, D1), at=minute(9)).do(Deliver(O1, D1), at=minute(11)).order()

    assert (order.placed_at, order.accepted_at, order.assigned_at) == (T0, minute(1), minute(2))
    assert (order.waited_at, order.ready_known, order.ready_at) == (minute(4), minute(6), minute(5))
    assert (order.picked_up_at, order.at_door_at, order.ended_at) == (minute(7), minute(9), minute(11))
    assert (order.status, order.driver, order.reason) == ("delivered", D1, None)


def test_an_assignment_binds_order_and_driver_to_each_other() -> None:
    town = opened_town().do(shift(), placed(), placed(O2)).assign(D1, O2, O1)

    assert (town.driver().route, town.driver().status) == ((O2, O1), "to_restaurant")
    assert [(town.order(o).driver, town.order(o).place) for o in (O2, O1)] == [(D1, 0), (D1, 1)]
    assert [town.log[town.order(o).assigned_seq - 1].seq for o in (O2, O1)] == [town.city.seq - 2, town.city.seq - 1]


def test_an_arrival_at_the_restaurant_counts_for_every_order_of_the_route() -> None:
    town = bundle_town(O1, O2)

    assert town.order(O1).waited_at == town.order(O2).waited_at == town.at


def test_an_order_given_to_one_on_his_way_comes_in_at_its_place() -> None:
    town = opened_town().do(shift(), *(placed(o) for o in (O1, O2, O3))).assign(D1, O1, O2).assign(D1, O3, O1, O2)

    assert (town.driver().route, town.driver().status) == ((O3, O1, O2), "to_restaurant")
    assert [(town.order(o).place, town.order(o).waited_at) for o in (O3, O1, O2)] == [(0, None), (1, None), (2, None)]
    assert town.order(O1).assigned_at < town.order(O3).assigned_at


def test_who_waits_goes_on_waiting_and_the_new_order_waits_from_now_on() -> None:
    town = bundle_town(O1).do(placed(O2))
    came = town.order().waited_at
    town.assign(D1, O1, O2)

    assert (town.driver().route, town.driver().status) == ((O1, O2), "waiting")
    assert (town.order(O1).waited_at, town.order(O2).waited_at) == (came, town.at)


def test_an_order_of_a_late_turn_waits_from_the_arrival_on() -> None:
    """The turn of minute 2 comes after the driver of minute 2½."""
    town = opened_town().do(shift(), placed(), placed(O2)).assign(D1, O1).tick(2)
    town.do(ArriveAtRestaurant(D1), at=minute(2.5)).do(turn(minute(2), (D1, O1, O2)), at=minute(2))

    assert town.order(O2).waited_at == minute(2.5)


def test_an_order_that_lost_its_driver_waits_as_if_it_had_never_had_one() -> None:
    town = order_town(OrderStatus.PREPARING).do(ArriveAtRestaurant(D1), EndShift(D1))
    order = town.order()

    assert (order.driver, order.place, order.assigned_at, order.assigned_seq, order.waited_at) == (
        None,
        0,
        None,
        0,
        None,
    )
    assert (town.driver().route, town.driver().status) == ((), "off")


def test_a_delivered_order_leaves_the_route_and_keeps_its_driver() -> None:
    town = bundle_town(O1, O2).do(PickUp(O1, D1), PickUp(O2, D1), Deliver(O1, D1))

    assert (town.driver().route, town.driver().status) == ((O2,), "to_door")
    assert town.order().driver == D1


def test_a_driver_who_left_the_last_door_is_available() -> None:
    town = order_town(OrderStatus.DELIVERED)

    assert town.driver().status == "to_door"
    assert town.do(BecomeFree(D1)).driver().status == "available"


def test_a_cancelled_order_says_why() -> None:
    order = order_town(OrderStatus.PREPARING).do(CancelOrder(O1, "kitchen closed"), at=minute(8)).order()

    assert (order.status, order.ended_at, order.reason) == ("cancelled", minute(8), "kitchen closed")


def test_a_tick_brings_time_and_positions_but_no_new_version() -> None:
    town = opened_town().do(shift()).tick(1, position(D1, minute(0.5), DOOR))
    driver = town.driver()

    assert town.city.now == minute(1)
    assert (driver.point, driver.seen_at, driver.version) == (DOOR, minute(0.5), 1)
    assert (driver.stood, driver.stood_at) == (CENTRE, T0)


def test_a_row_that_changes_takes_the_driver_s_latest_position_along() -> None:
    town = opened_town().do(shift()).tick(1, position(D1, minute(0.5), DOOR)).do(EndShift(D1))

    assert (town.driver().stood, town.driver().stood_at) == (DOOR, minute(0.5))


def test_a_position_that_is_not_newer_never_moves_the_driver_back() -> None:
    fixes = [position(D1, minute(n), Point(x, 0.0)) for n, x in ((2, 20.0), (1, 10.0), (2, 21.0))]
    town = opened_town().do(shift()).tick(4, *fixes)

    assert town.driver().point == Point(20.0, 0.0)
    assert town.tick(5, position(D1, minute(3), DOOR)).driver().point == DOOR


def test_a_closed_turn_is_remembered() -> None:
    assert opened_town().tick(1).do(turn(minute(1))).city.turn == minute(1)


def test_a_refusal_changes_nothing_but_the_place_in_the_log() -> None:
    town = opened_town()
    before = msgspec.structs.asdict(town.city)
    town.refusal(AcceptOrder(O1))

    assert msgspec.structs.asdict(town.city) == before | {"seq": before["seq"] + 1}


def test_a_city_stays_closed() -> None:
    assert opened_town().do(CloseCity()).city.closed


@pytest.mark.parametrize("end", [OrderStatus.DELIVERED, OrderStatus.CANCELLED])
def test_an_ended_order_leaves_its_city_after_an_hour_and_not_before(end: OrderStatus) -> None:
    town = order_town(end)
    ended = town.order().ended_at
    assert ended is not None
    minutes = (ended + HOUR - T0) / MINUTE

    assert O1 in town.tick(minutes).city.orders
    assert O1 not in town.tick(minutes + 1).city.orders
    assert town.city.ended == {}


def test_orders_leave_in_the_order_they_ended() -> None:
    town = delivered_town((O1, 0, 10), (O2, 11, 20), (O3, 21, 30))

    assert list(town.city.ended) == [O1, O2, O3]
    assert list(town.tick(81).city.orders) == [O3]


def test_an_open_order_stays_however_old_it_is() -> None:
    assert O1 in order_town(OrderStatus.PREPARING).tick(24 * 60).city.orders


@pytest.mark.parametrize("seq", [0, 1, 3])
def test_a_fact_that_is_not_the_next_one_is_not_applied(seq: int) -> None:
    city = Town().do(OpenCity(rules())).city
    fact = Fact(CITY, seq, CommandId("k"), T0, CityOpened(rules(name="Other")))

    with pytest.raises(IllFittingLog, match=f"small: fact {seq} after 1"):
        apply(city, fact)
    assert (city.seq, city.rules) == (1, rules())


def test_a_fact_has_an_id_of_city_and_place() -> None:
    assert opened_town().log[1].id == "small:2"


def test_two_cities_never_share_what_is_in_them() -> None:
    one, other = City(CITY), City(CITY)
    apply(one, order_town(OrderStatus.PENDING).log[0])

    assert one.orders is not other.orders
    assert other == City(CITY)


def test_a_checkpoint_goes_on_where_the_city_stood() -> None:
    """The fold is stored every five minutes; the order in which orders ended is part of it."""
    town = delivered_town((O2, 0, 10), (O1, 11, 20))
    back = msgspec.json.decode(msgspec.json.encode(town.city), type=City)

    assert back == town.city == refold(town.log)
    assert list(back.ended) == [O2, O1]


def test_the_id_of_an_order_that_left_is_refused_for_a_day_and_then_forgotten() -> None:
    """An id used again would fall back to version 1 in every store."""
    town = order_town(OrderStatus.CANCELLED)
    town.tick(120)

    assert town.refusal(placed()) == ("order id was used", "")

    town.tick(25 * 60)

    assert town.city.past == {}


def test_a_city_without_streets_goes_on_as_before_when_one_is_closed() -> None:
    assert travel_after(TRAVEL, StreetClosed("West Bridge")) is TRAVEL
