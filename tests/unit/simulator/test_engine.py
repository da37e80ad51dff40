"""a small town with one driver or two → the engine → what they do, minute by minute."""

from itertools import count

import msgspec
import pytest

from models import commands, events
from models.commands import Asked
from models.geo import LatLon, Point
from models.ids import CityId, CommandId, CustomerId, DriverId, OrderId, RestaurantId
from models.rules import Rules, Services
from models.travel import PlaneTravel
from models.ways import MINUTE_MS, Vehicle
from simulator.engine import Engine, Step
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario

NOON = 1_514_808_000_000
HERE, KITCHEN, DOOR, FAR_DOOR = Point(0, 0), Point(500, 0), Point(500, 300), Point(500, 700)
"""At 100 m a minute: 5 minutes to the kitchen, 3 to the door, 4 from one door to the other."""
RULES = Rules("town", "nearest", "known", 60, 60, PlaneTravel(100, 60, LatLon(0, 0)), Services(240, 240), "UTC")


def minute(n: float) -> int:
    return NOON + round(n * MINUTE_MS)


def order(which: str, placed: float = 1, ready: float = 10, door: Point = DOOR) -> PlannedOrder:
    customer, restaurant = CustomerId("someone"), RestaurantId("r1")
    times = minute(placed), minute(placed + 40), minute(ready)
    return PlannedOrder(OrderId(which), customer, restaurant, door, (), *times)


def shift(which: str = "d1", on: float = 0, until: float = 600) -> PlannedShift:
    return PlannedShift(DriverId(which), f"Driver {which}", "car", HERE, minute(on), minute(until))


def town(*orders: PlannedOrder, shifts: tuple[PlannedShift, ...] = (shift(),), **rules: object) -> Engine:
    restaurants = (PlannedRestaurant(RestaurantId("r1"), "Restaurant r1", KITCHEN),)
    changed = msgspec.structs.replace(RULES, **rules)
    return Engine(Scenario("town", "test", changed, minute(-1), restaurants, shifts, orders), CityId("town"))


seq = count(1)


def tell(engine: Engine, at: float, body: events.Happened) -> None:
    engine.learn(events.Fact(engine.city_id, next(seq), CommandId("told"), minute(at), body))


def assign(engine: Engine, at: float, *orders: str, driver: str = "d1") -> None:
    for place, which in enumerate(orders):
        tell(engine, at, events.DriverAssigned(OrderId(which), DriverId(driver), place))


def said(step: Step) -> list[tuple[float, Asked]]:
    """The commands of a step, with their minute."""
    return [((c.at or 0) - NOON, c.body) for c in step.commands]


def when(step: Step, kind: type) -> list[float]:
    return [ms / MINUTE_MS for ms, body in said(step) if type(body) is kind]


def test_a_city_opens_one_tick_before_its_first_with_its_restaurants() -> None:
    opening = town().opening()

    assert [type(c.body) for c in opening] == [commands.OpenCity, commands.AddRestaurant]
    assert {c.at for c in opening} == {minute(-1)}


def test_a_customer_orders_and_the_kitchen_accepts_announces_and_cooks() -> None:
    step = town(order("o1", placed=3, ready=17)).advance(minute(20))

    kinds = (commands.PlaceOrder, commands.AcceptOrder, commands.AnnounceReady, commands.MarkReady)
    assert [when(step, kind) for kind in kinds] == [[3], [3], [3], [17]]


def test_where_ready_times_are_estimated_no_kitchen_announces_one() -> None:
    step = town(order("o1"), ready_mode="estimated").advance(minute(20))

    assert when(step, commands.AnnounceReady) == []
    assert when(step, commands.MarkReady) == [10]


def test_a_driver_carries_an_order_by_the_published_rules() -> None:
    """5 minutes there, pick-up 2 later, 2 more and 3 to the door, delivered 2 later, free 2 later."""
    engine = town(order("o1", ready=4))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    step = engine.advance(minute(60))

    kinds = (commands.ArriveAtRestaurant, commands.PickUp, commands.ArriveAtDoor, commands.Deliver, commands.BecomeFree)
    assert [when(step, kind) for kind in kinds] == [[6], [8], [13], [15], [17]]


def test_a_driver_waits_for_food_that_is_not_ready() -> None:
    engine = town(order("o1", ready=30))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    step = engine.advance(minute(60))

    assert when(step, commands.ArriveAtRestaurant) == [6]
    assert when(step, commands.PickUp) == [30]


def test_food_that_stands_ready_earlier_than_planned_is_picked_up_earlier() -> None:
    """The engine waits for the fact, not for the plan: a person may have said that it is ready."""
    engine = town(order("o1", ready=30))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    engine.advance(minute(20))
    tell(engine, 20, events.OrderReady(OrderId("o1")))

    assert when(engine.advance(minute(29)), commands.PickUp) == [20]


def test_a_driver_takes_all_orders_of_a_route_once_the_last_is_ready_and_delivers_them_in_order() -> None:
    engine = town(order("o2", ready=12, door=FAR_DOOR), order("o1", ready=20))
    engine.advance(minute(1))
    assign(engine, 1, "o1", "o2")
    step = engine.advance(minute(60))

    assert when(step, commands.PickUp) == [20, 20]
    assert when(step, commands.ArriveAtDoor) == [25, 33]
    assert [b.order for _, b in said(step) if isinstance(b, commands.Deliver)] == ["o1", "o2"]
    assert when(step, commands.BecomeFree) == [37]


def test_a_driver_who_already_stands_at_the_restaurant_arrives_when_he_is_sent() -> None:
    engine = town(order("o1"), shifts=(PlannedShift(*_at(shift(), KITCHEN)),))
    engine.advance(minute(1))
    assign(engine, 1, "o1")

    assert when(engine.advance(minute(2)), commands.ArriveAtRestaurant) == [1]


def _at(one: PlannedShift, point: Point) -> tuple[DriverId, str, Vehicle, Point, int, int]:
    return one.driver, one.name, one.vehicle, point, one.on_at, one.until


@pytest.mark.parametrize(("sent", "status"), [(None, "free"), (8, "on the way"), (1, "waiting")])
def test_a_shift_ends_at_its_off_time_when_there_is_no_food_on_board(sent: int | None, status: str) -> None:
    engine = town(order("o1", ready=30), shifts=(shift(until=12),))
    engine.advance(minute(8))
    if sent is not None:
        assign(engine, sent, "o1")
    step = engine.advance(minute(60))

    assert when(step, commands.EndShift) == [12], status
    assert when(step, commands.PickUp) == [], "no pick-up after the off-time"


def test_a_pick_up_at_the_off_time_is_allowed_and_the_driver_goes_home_after_the_door() -> None:
    engine = town(order("o1", ready=12), shifts=(shift(until=12),))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    step = engine.advance(minute(60))

    assert when(step, commands.PickUp) == [12]
    assert when(step, commands.BecomeFree) == when(step, commands.EndShift) == [21]


def test_a_driver_whose_order_is_cancelled_stops_where_he_is_and_may_be_sent_out_again_from_there() -> None:
    engine = town(order("o1"), order("o2"))
    engine.advance(minute(3))
    assign(engine, 1, "o1")
    engine.advance(minute(3))
    tell(engine, 3, events.OrderCancelled(OrderId("o1"), "changed their mind"))
    standing = engine.advance(minute(5))
    assign(engine, 5, "o2")
    step = engine.advance(minute(60))

    assert {p.point for p in standing.pings} == {Point(200, 0)}
    assert when(step, commands.ArriveAtRestaurant) == [8]
    assert [b.order for _, b in said(step) if isinstance(b, commands.MarkReady)] == ["o2"]


def test_a_driver_goes_on_with_the_rest_when_one_order_of_the_route_is_cancelled() -> None:
    """The one that was not ready is gone, so he need not wait for it."""
    engine = town(order("o1", ready=9), order("o2", ready=40, door=FAR_DOOR))
    engine.advance(minute(1))
    assign(engine, 1, "o1", "o2")
    engine.advance(minute(15))
    tell(engine, 15, events.OrderCancelled(OrderId("o2"), "out of stock"))
    step = engine.advance(minute(60))

    assert when(step, commands.PickUp) == [15]
    assert when(step, commands.Deliver) == [22]


def test_a_driver_whose_last_carried_order_is_cancelled_is_free_at_once() -> None:
    engine = town(order("o1", ready=4))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    engine.advance(minute(11))
    tell(engine, 11, events.OrderCancelled(OrderId("o1"), "nobody at home"))
    step = engine.advance(minute(60))

    assert when(step, commands.BecomeFree) == [11]
    assert when(step, commands.ArriveAtDoor) == []
    assert step.pings[-1].point == Point(500, 100)


def test_an_order_taken_from_a_driver_is_brought_by_another() -> None:
    engine = town(order("o1", ready=4), shifts=(shift("d1"), shift("d2")))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    engine.advance(minute(3))
    tell(engine, 3, events.DriverUnassigned(OrderId("o1"), DriverId("d1"), "reassigned"))
    assign(engine, 3, "o1", driver="d2")
    step = engine.advance(minute(60))

    assert [(b.order, b.driver) for _, b in said(step) if isinstance(b, commands.PickUp)] == [("o1", "d2")]
    assert when(step, commands.ArriveAtRestaurant) == [8]


def test_what_is_learned_late_keeps_its_true_time() -> None:
    """A live city does not wait for its turns: the driver set off at minute 1, whenever the engine heard of it."""
    engine = town(order("o1", ready=4))
    engine.advance(minute(3))
    assign(engine, 1, "o1")
    step = engine.advance(minute(60))

    assert step.pings[0].point == Point(300, 0)
    assert when(step, commands.ArriveAtRestaurant) == [6]


def test_a_driver_who_went_home_meanwhile_is_not_sent_out() -> None:
    engine = town(order("o1"), shifts=(shift(until=2),))
    engine.advance(minute(2))
    assign(engine, 1, "o1")

    assert when(engine.advance(minute(60)), commands.ArriveAtRestaurant) == []


def test_a_driver_who_declines_stays_where_he_is_and_carries_the_next_order() -> None:
    engine = town(order("o1", ready=4), order("o2", ready=4))
    engine.drivers.declines.append(lambda assigned, at: assigned.order == "o1")
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    step = engine.advance(minute(2))

    assert [b for _, b in said(step) if isinstance(b, commands.DeclineOrder)] == [commands.DeclineOrder("o1", "d1")]
    tell(engine, 2, events.DriverUnassigned(OrderId("o1"), DriverId("d1"), "declined"))
    assign(engine, 2, "o2")
    assert when(engine.advance(minute(60)), commands.ArriveAtRestaurant) == [7]


def test_a_driver_accepts_an_offer_at_once_and_where_there_are_no_offers_he_just_goes() -> None:
    for offer_seconds, answers in ((60, [1]), (None, [])):
        engine = town(order("o1", ready=4), offer_seconds=offer_seconds)
        engine.advance(minute(1))
        assign(engine, 1, "o1")

        assert when(engine.advance(minute(60)), commands.AcceptOffer) == answers


def test_a_driver_who_waits_takes_one_more_order_of_the_restaurant_and_waits_for_both() -> None:
    engine = town(order("o1", ready=20), order("o2", ready=30))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    engine.advance(minute(10))
    tell(engine, 10, events.DriverAssigned(OrderId("o2"), DriverId("d1"), 1))
    step = engine.advance(minute(90))

    assert [(ms / MINUTE_MS, b.order) for ms, b in said(step) if isinstance(b, commands.PickUp)] == [
        (30, "o1"),
        (30, "o2"),
    ]
    assert [b.order for _, b in said(step) if isinstance(b, commands.Deliver)] == ["o1", "o2"]


@pytest.mark.parametrize("given", [3, 8], ids=["on the way", "waiting"])
def test_who_still_fetches_takes_another_order_along_and_waits_for_it_too(given: float) -> None:
    """He came at 6; his own is ready at 10, the other at 20, and its door comes first."""
    engine = town(order("o1", ready=10, door=FAR_DOOR), order("o2", ready=20))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    before = engine.advance(minute(given))
    assign(engine, given, "o2")
    step = engine.advance(minute(60))

    assert when(before, commands.ArriveAtRestaurant) + when(step, commands.ArriveAtRestaurant) == [6]
    assert when(step, commands.PickUp) == [20, 20]
    assert [b.order for _, b in said(step) if isinstance(b, commands.Deliver)] == ["o2", "o1"]
    assert when(step, commands.DeclineOrder) == []


def test_an_order_whose_food_stands_there_does_not_hold_back_who_waits() -> None:
    engine = town(order("o1", ready=12), order("o2", ready=4))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    engine.advance(minute(8))
    assign(engine, 8, "o2")

    assert when(engine.advance(minute(60)), commands.PickUp) == [12, 12]


def test_who_left_the_restaurant_before_he_heard_of_an_order_gives_it_back() -> None:
    """Decided at 9, picked up at 10, heard at 11: the rest of his route stays as it is."""
    engine = town(order("o1", ready=10), order("o2", ready=9))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    engine.advance(minute(11))
    tell(engine, 9, events.DriverAssigned(OrderId("o2"), DriverId("d1"), 1))
    step = engine.advance(minute(12))
    tell(engine, 11, events.DriverUnassigned(OrderId("o2"), DriverId("d1"), "declined"))

    assert said(step)[0] == (11 * MINUTE_MS, commands.DeclineOrder(OrderId("o2"), DriverId("d1")))
    assert [b.order for _, b in said(engine.advance(minute(60))) if isinstance(b, commands.Deliver)] == ["o1"]


def test_an_order_that_a_person_placed_is_cooked_and_carried_like_any_other() -> None:
    """15 minutes of preparation: the median of the recorded days."""
    engine = town()
    engine.advance(minute(2))
    door = events.OrderPlaced(OrderId("x"), CustomerId("c"), RestaurantId("r1"), DOOR, (), minute(40))
    tell(engine, 2, door)
    assign(engine, 2, "x")
    step = engine.advance(minute(60))

    kinds = (commands.AcceptOrder, commands.MarkReady, commands.PickUp, commands.Deliver)
    assert [when(step, kind) for kind in kinds] == [[2], [17], [17], [24]]


def test_a_driver_pings_at_every_tick_exactly_where_he_is() -> None:
    engine = town(order("o1"))
    engine.advance(minute(1))
    assign(engine, 1, "o1")
    step = engine.advance(minute(6))

    assert [(p.at, p.point.x) for p in step.pings] == [(minute(1 + n), 100.0 * n) for n in range(1, 6)]


def test_pings_of_a_live_city_spread_over_the_ticks() -> None:
    """Five drivers, a ping each every 5 s, a tick each second: one ping a tick."""
    engine = town(shifts=tuple(shift(f"d{n}") for n in range(5)), tick_seconds=1, ping_seconds=5)
    engine.advance(minute(1))
    steps = [engine.advance(minute(1) + 1000 * second) for second in range(1, 11)]

    assert [len(step.pings) for step in steps] == [1] * 10


def test_a_day_cut_into_other_steps_is_the_same_day() -> None:
    """A live city catches up by the minute and then goes by the second."""

    def day(seconds: int) -> tuple[list[commands.Command], list[commands.Ping]]:
        engine = town(order("o1"), order("o2", placed=2, door=FAR_DOOR))
        steps = [engine.advance(minute(2))]
        assign(engine, 2, "o1", "o2")
        steps += [engine.advance(t) for t in range(minute(2) + 1000 * seconds, minute(50) + 1, 1000 * seconds)]
        return [c for s in steps for c in s.commands], [p for s in steps for p in s.pings]

    assert day(1) == day(60) == day(480)


def test_commands_come_in_order_of_time_and_within_an_instant_in_the_order_of_cause() -> None:
    step = town(*(order(f"o{n}", placed=1, ready=1) for n in range(3))).advance(minute(1))

    assert [(type(c.body).__name__, getattr(c.body, "order", "")) for c in step.commands[1:]] == [
        (kind, f"o{n}") for kind in ("PlaceOrder", "AcceptOrder", "AnnounceReady", "MarkReady") for n in range(3)
    ]


def test_every_command_has_an_id_of_its_own_and_the_time_of_its_event() -> None:
    engine = town(order("o1"), order("o2", door=FAR_DOOR))
    engine.advance(minute(1))
    assign(engine, 1, "o1", "o2")
    said_ = [*engine.opening(), *engine.advance(minute(601)).commands]

    assert len({c.id for c in said_}) == len(said_)
    assert all(c.at == c.issued_at and c.issued_by == "simulator" for c in said_)


def test_the_city_closes_when_all_is_placed_and_cooked_and_everyone_is_home() -> None:
    engine = town(order("o1", placed=1, ready=3), shifts=(shift(until=10),))
    last = [(t, engine.advance(t)) for t in engine.ticks()][-1]

    assert engine.finished
    assert last[0] == minute(10)
    assert [type(c.body) for c in last[1].commands] == [commands.EndShift, commands.CloseCity]


def test_an_order_placed_after_the_last_shift_is_still_placed_before_the_city_closes() -> None:
    engine = town(order("o1", placed=20, ready=33), shifts=(shift(until=10),))

    ran = [(t, engine.advance(t)) for t in engine.ticks()]

    assert when(ran[19 + 1][1], commands.PlaceOrder) == [20]
    assert ran[-1][0] == minute(33)
