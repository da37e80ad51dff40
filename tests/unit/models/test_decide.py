"""What a city answers: the facts of a command, or one refusal that names what stands."""

from typing import get_args

import pytest

from models import events
from models.commands import (
    AcceptOffer,
    AcceptOrder,
    AddRestaurant,
    AnnounceReady,
    ArriveAtDoor,
    ArriveAtRestaurant,
    Asked,
    AssignOrder,
    BecomeFree,
    CancelOrder,
    CloseCity,
    CloseStreet,
    DeclineOrder,
    Deliver,
    DispatchTurn,
    EndShift,
    HoldOrder,
    MarkReady,
    OpenCity,
    OpenStreet,
    PickUp,
    ReleaseOrder,
    Tick,
    UnassignOrder,
)
from models.decide import DECIDE, FURTHEST_AHEAD_MS, decide, happened_at
from models.driver import DriverStatus
from models.geo import Point
from models.ids import DriverId, OrderId, RestaurantId
from models.levers import AcknowledgeIncident, OwnIncident, PauseKitchen, PullLever, ReleaseLever, SnoozeIncident
from models.order import OrderStatus
from tests.unit.models.builders import (
    CENTRE,
    D1,
    D2,
    DOOR,
    FAR,
    HOUR,
    MINUTE,
    O1,
    O2,
    R1,
    STREETS,
    T0,
    Town,
    bundle_town,
    command,
    driver_town,
    minute,
    opened_city,
    opened_town,
    order_town,
    placed,
    position,
    rules,
    shift,
    turn,
)

MOON = Point(100_001.0, 0.0)
NOBODY, NOTHING, NOWHERE = DriverId("nobody"), OrderId("nothing"), RestaurantId("nowhere")
EVERY_ASK: list[Asked] = [
    AddRestaurant(R1, "Roma", CENTRE),
    shift(),
    EndShift(D1),
    placed(),
    AcceptOrder(O1),
    AnnounceReady(O1, T0),
    MarkReady(O1),
    ArriveAtRestaurant(D1),
    PickUp(O1, D1),
    ArriveAtDoor(O1, D1),
    Deliver(O1, D1),
    BecomeFree(D1),
    CancelOrder(O1, "customer"),
    AcceptOffer(O1, D1),
    DeclineOrder(O1, D1),
    AssignOrder(O1, D1),
    UnassignOrder(O1, "flat tyre"),
    HoldOrder(O1, None),
    ReleaseOrder(O1),
    Tick(minute(1), ()),
    turn(minute(1)),
    CloseCity(),
    CloseStreet("West Bridge"),
    OpenStreet("West Bridge"),
    PullLever("pause", PauseKitchen(R1), minute(30)),
    ReleaseLever("pause"),
    OwnIncident("kitchen:r1:1", "ann"),
    AcknowledgeIncident("kitchen:r1:1", "ann"),
    SnoozeIncident("kitchen:r1:1", minute(30)),
]
AFTER_CLOSING = (Tick, DispatchTurn)


def test_every_command_has_its_decision() -> None:
    assert set(DECIDE) == set(get_args(Asked)) == {OpenCity, *map(type, EVERY_ASK)}


@pytest.mark.parametrize("ask", EVERY_ASK, ids=lambda a: type(a).__name__)
def test_a_city_that_was_never_opened_refuses_everything_else(ask: Asked) -> None:
    assert Town().ask(ask) == [events.CommandRejected(type(ask).__name__, "unknown city", "")]


@pytest.mark.parametrize(
    "ask", [a for a in EVERY_ASK if not isinstance(a, AFTER_CLOSING)], ids=lambda a: type(a).__name__
)
def test_a_closed_city_refuses_all_work(ask: Asked) -> None:
    assert opened_town().do(shift(), placed(), CloseCity()).refusal(ask) == ("city is closed", "closed")


def test_a_closed_city_still_counts_time_and_closes_its_last_turn() -> None:
    town = opened_town().do(CloseCity()).tick(1).do(turn(minute(1)))

    assert (town.city.now, town.city.turn) == (minute(1), minute(1))


def test_a_city_opens_once() -> None:
    assert Town().ask(OpenCity(rules())) == [events.CityOpened(rules())]
    assert opened_town().refusal(OpenCity(rules(name="Other"))) == ("already open", "Small City")


def test_a_city_opens_only_with_a_policy_that_exists() -> None:
    assert Town().refusal(OpenCity(rules(policy="guess"))) == ("unknown policy", "known: batch, nearest, rolling")


def test_a_restaurant_is_added_once() -> None:
    town, ask = opened_town(), AddRestaurant(RestaurantId("r3"), "Riva", DOOR)

    assert town.ask(ask) == [events.RestaurantAdded(RestaurantId("r3"), "Riva", DOOR)]
    assert town.refusal(ask) == ("restaurant exists", "")


def test_a_shift_starts_as_it_was_asked() -> None:
    ask = shift(until=90)

    assert opened_town().ask(ask) == [events.ShiftStarted(D1, "Driver d1", "car", CENTRE, minute(90))]


def test_an_order_is_placed_as_it_was_asked() -> None:
    ask = placed()
    fact = events.OrderPlaced(O1, ask.customer, R1, DOOR, ask.items, ask.promised_at)

    assert opened_town().ask(ask) == [fact]


def test_the_same_order_is_not_placed_twice_not_even_at_another_restaurant() -> None:
    town = opened_town().do(placed())

    assert town.refusal(placed()) == ("order exists", "pending")
    assert town.refusal(placed(restaurant=NOWHERE)) == ("order exists", "pending")


def test_a_promise_of_the_past_is_the_customer_s_not_ours_to_refuse() -> None:
    """Recorded days promise some orders before they were placed."""
    assert opened_town().do(placed(promise=-5)).order().promised_at == minute(-5)


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (AcceptOrder(NOTHING), "unknown order"),
        (AnnounceReady(NOTHING, T0), "unknown order"),
        (MarkReady(NOTHING), "unknown order"),
        (PickUp(NOTHING, D1), "unknown order"),
        (ArriveAtDoor(NOTHING, D1), "unknown order"),
        (Deliver(NOTHING, D1), "unknown order"),
        (CancelOrder(NOTHING, "customer"), "unknown order"),
        (AcceptOffer(NOTHING, D1), "unknown order"),
        (DeclineOrder(NOTHING, D1), "unknown order"),
        (AssignOrder(NOTHING, D1), "unknown order"),
        (UnassignOrder(NOTHING, "flat tyre"), "unknown order"),
        (HoldOrder(NOTHING, None), "unknown order"),
        (ReleaseOrder(NOTHING), "unknown order"),
        (ArriveAtRestaurant(NOBODY), "unknown driver"),
        (BecomeFree(NOBODY), "unknown driver"),
        (EndShift(NOBODY), "unknown driver"),
        (placed(restaurant=NOWHERE), "unknown restaurant"),
    ],
    ids=lambda a: a if isinstance(a, str) else type(a).__name__,
)
def test_what_is_unknown_is_refused_by_rule(ask: Asked, reason: str) -> None:
    assert opened_town().do(shift()).refusal(ask) == (reason, "")
    assert opened_town().refusal(ask, version=1) == (reason, "")


def test_who_saw_an_older_order_must_look_again() -> None:
    town = order_town(OrderStatus.PREPARING)
    version = town.order().version

    assert town.refusal(CancelOrder(O1, "late"), version - 1) == ("changed meanwhile", f"version {version}, preparing")
    assert town.ask(CancelOrder(O1, "late"), version) == [events.OrderCancelled(O1, "late")]


def test_who_saw_an_older_driver_must_look_again() -> None:
    town = driver_town(DriverStatus.AVAILABLE)

    assert town.refusal(EndShift(D1), 7) == ("changed meanwhile", "version 1, available")
    assert town.ask(EndShift(D1), 1) == [events.ShiftEnded(D1)]


def test_a_command_on_both_names_the_version_of_the_order() -> None:
    town = bundle_town(O1)

    assert town.order().version != town.driver().version
    assert town.do(PickUp(O1, D1)).order().status == "out_for_delivery"
    assert town.refusal(Deliver(O1, D1), town.driver().version + 9)[0] == "changed meanwhile"


def test_a_version_says_nothing_where_there_is_no_row() -> None:
    assert opened_town().ask(Tick(minute(1), ()), version=5) == [events.Ticked(minute(1), ())]


def test_ending_a_shift_gives_the_orders_back_first() -> None:
    town = opened_town().do(shift(), placed(), placed(O2)).assign(D1, O1, O2)
    left = [events.DriverUnassigned(o, D1, "shift ended") for o in (O1, O2)]

    assert town.ask(EndShift(D1)) == [*left, events.ShiftEnded(D1)]
    assert town.driver().status == "off"


@pytest.mark.parametrize("age", [0, 1, HOUR])
def test_a_tick_of_the_past_is_refused(age: int) -> None:
    town = opened_town().tick(60)

    assert town.refusal(Tick(minute(60) - age, ())) == ("tick of the past", str(minute(60)))


def test_a_feeder_may_have_been_away_for_a_week_and_no_longer() -> None:
    """Believed, a tick of 2100 would be the last of its city, and KPIs would close 40 million minutes."""
    week = minute(60) + FURTHEST_AHEAD_MS

    assert opened_town().tick(60).ask(Tick(week, ())) == [events.Ticked(week, ())]
    assert opened_town().tick(60).refusal(Tick(week + 1, ())) == ("tick more than a week ahead", str(minute(60)))


def test_a_command_of_an_absurd_time_is_refused_at_the_time_of_its_city() -> None:
    town = opened_town().tick(60)
    town.at = minute(60) + FURTHEST_AHEAD_MS + 1

    assert town.refusal(placed()) == ("more than a week ahead of the city", str(minute(60)))
    assert town.log[-1].at == minute(60)


def test_a_tick_drops_the_positions_of_drivers_nobody_knows() -> None:
    known, unknown = position(D1, T0 + MINUTE, DOOR), position(D2, T0 + MINUTE, DOOR)

    assert opened_town().do(shift()).ask(Tick(minute(1), (unknown, known))) == [events.Ticked(minute(1), (known,))]


def test_a_city_that_closes_cancels_what_is_open_as_undeliverable() -> None:
    town = order_town(OrderStatus.DELIVERED).do(placed(OrderId("o9")), placed(O2), AcceptOrder(O2))
    undeliverable = [events.OrderCancelled(o, "undeliverable") for o in (O2, OrderId("o9"))]

    assert town.ask(CloseCity()) == [*undeliverable, events.CityClosed()]
    assert town.order().status == "delivered"
    assert not any(o.open for o in town.city.orders.values())


def test_food_on_its_way_is_undeliverable_too_when_the_city_closes() -> None:
    town = order_town(OrderStatus.OUT_FOR_DELIVERY).do(CloseCity())

    assert (town.order().status, town.driver().route) == ("cancelled", ())


def test_a_feeder_says_when_a_person_acts_now() -> None:
    """A person's command happens at the city's watermark; before there is one, when it was issued."""
    city = opened_town().tick(7).city

    assert happened_at(city, command(CloseCity(), minute(3))) == minute(3)
    assert happened_at(city, command(CloseCity(), None)) == minute(7)
    assert happened_at(Town().city, command(OpenCity(rules()), None)) == T0


def test_deciding_changes_nothing() -> None:
    city = opened_city()
    for ask in EVERY_ASK:
        decide(city, command(ask, minute(1)))

    assert city == opened_city()


def test_a_turn_without_assignments_still_closes() -> None:
    assert opened_town().tick(1).ask(turn(minute(1))) == [events.Dispatched(minute(1))]


def way(town: Town) -> float:
    assert town.city.rules is not None
    return town.city.rules.travel.metres(CENTRE, FAR)


def test_a_closed_bridge_lengthens_the_ways_of_its_city_until_it_opens() -> None:
    town = opened_town(travel=STREETS)

    assert way(town) == 3200.0
    assert way(town.do(CloseStreet("West Bridge"))) == 2 * 960 + 3200.0
    assert way(town.do(OpenStreet("West Bridge"))) == 3200.0


def test_a_street_is_closed_once_and_by_a_name_that_is_there() -> None:
    town = opened_town(travel=STREETS)

    assert town.refusal(OpenStreet("West Bridge")) == ("street is open", "")
    assert town.do(CloseStreet("West Bridge")).refusal(CloseStreet("West Bridge")) == ("street is closed", "")
    assert town.refusal(CloseStreet("Tower Bridge")) == ("unknown street", "")
    assert opened_town().refusal(CloseStreet("West Bridge")) == ("the city has no streets", "")


@pytest.mark.parametrize(
    "ask",
    [AddRestaurant(NOWHERE, "Moon", MOON), shift(D2, MOON), placed(O2, door=MOON)],
    ids=lambda a: type(a).__name__,
)
def test_nothing_lies_off_the_map(ask: Asked) -> None:
    assert opened_town().refusal(ask) == ("off the map", "")
