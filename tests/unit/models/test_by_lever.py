"""A lever → what a city refuses, promises later or asks for while it is in force, and when that ends."""

import pytest

from models.commands import CloseCity, PlaceOrder
from models.events import CommandRejected, OrderPlaced, Ticked
from models.ids import CustomerId, RestaurantId
from models.levers import (
    AcknowledgeIncident,
    CallDrivers,
    ExtendPromises,
    IncidentAcknowledged,
    IncidentOwned,
    IncidentSnoozed,
    LeverPulled,
    LeverReleased,
    Levers,
    OwnIncident,
    PauseKitchen,
    PullLever,
    ReleaseLever,
    ShrinkRadius,
    SlowKitchen,
    SnoozeIncident,
)
from models.zones import zone_of
from tests.unit.models.builders import DOOR, FAR, MINUTE, O1, O2, O3, R1, R2, Town, minute, opened_town, placed

NOWHERE = RestaurantId("nowhere")


def with_lever(lever: Levers, until: float = 30) -> Town:
    return opened_town().do(PullLever("l1", lever, minute(until)))


def test_a_paused_kitchen_takes_no_order_and_the_other_one_does() -> None:
    town = with_lever(PauseKitchen(R1))

    assert town.refusal(placed(O1, R1)) == ("the kitchen is paused", "Roma")
    assert isinstance(town.ask(placed(O2, R2))[0], OrderPlaced)


def test_a_slowed_kitchen_takes_one_order_in_so_many_minutes() -> None:
    town = with_lever(SlowKitchen(R1, 10)).do(placed(O1, R1))

    assert town.tick(9).refusal(placed(O2, R1)) == ("the kitchen takes few orders for now", "one in 10 min")
    assert isinstance(town.ask(placed(O3, R2))[0], OrderPlaced)
    assert isinstance(town.tick(10).ask(placed(O2, R1))[0], OrderPlaced)


@pytest.mark.parametrize(("restaurant", "refused"), [(None, True), (R1, True), (R2, False)])
def test_doors_beyond_the_radius_get_no_order(restaurant: RestaurantId | None, refused: bool) -> None:
    town = with_lever(ShrinkRadius(1000, restaurant))
    (far,) = town.ask(placed(O1, R1, FAR))

    assert getattr(far, "reason", None) == ("too far away for now" if refused else None)
    assert isinstance(town.ask(placed(O2, R1, DOOR))[0], OrderPlaced)


def test_a_refusal_says_which_lever_it_was() -> None:
    town = with_lever(PauseKitchen(R1)).do(PullLever("l2", PauseKitchen(R2), minute(30)))

    assert town.ask(placed(O1, R2)) == [CommandRejected("PlaceOrder", "the kitchen is paused", "Rio", "l2")]


def own_promise(order: str, restaurant: RestaurantId) -> PlaceOrder:
    return PlaceOrder(O1 if order == "o1" else O2, CustomerId("c"), restaurant, DOOR, (), None)


def test_promises_are_later_while_that_lever_is_in_force_and_only_where_it_is_meant() -> None:
    (usual,), (later,) = (
        opened_town().ask(own_promise("o1", R1)),
        with_lever(ExtendPromises(15)).ask(own_promise("o1", R1)),
    )
    (elsewhere,) = with_lever(ExtendPromises(15, R2)).ask(own_promise("o1", R1))

    assert isinstance(usual, OrderPlaced)
    assert later.promised_at - usual.promised_at == 15 * MINUTE
    assert elsewhere.promised_at == usual.promised_at


def test_what_a_customer_was_told_already_stays() -> None:
    (order,) = with_lever(ExtendPromises(15)).ask(placed(promise=40))

    assert order.promised_at == minute(40)


def test_a_lever_ends_with_its_time_before_the_tick_is_told() -> None:
    town = with_lever(PauseKitchen(R1), until=5).tick(4)
    town.tick(5)

    assert [type(f.body) for f in town.log[-2:]] == [LeverReleased, Ticked]
    assert town.log[-2].body == LeverReleased("l1", "its time was over")
    assert town.city.levers == {}
    assert isinstance(town.ask(placed(O1, R1))[0], OrderPlaced)


def test_a_lever_is_released_by_hand_once() -> None:
    town = with_lever(PauseKitchen(R1))

    assert town.ask(ReleaseLever("l1")) == [LeverReleased("l1", "released by hand")]
    assert town.refusal(ReleaseLever("l1")) == ("this lever is not pulled", "")


def test_a_second_lever_of_a_kind_on_the_same_kitchen_takes_the_first_one_s_place() -> None:
    town = with_lever(SlowKitchen(R1, 10))
    second = PullLever("l2", SlowKitchen(R1, 20), minute(40))

    assert town.ask(second) == [LeverReleased("l1", "replaced by l2"), LeverPulled("l2", second.lever, minute(40))]
    assert list(town.do(PullLever("l3", SlowKitchen(R2, 20), minute(40))).city.levers) == ["l2", "l3"]


def test_the_same_lever_is_not_pulled_twice() -> None:
    pulled = PullLever("l1", PauseKitchen(R1), minute(30))

    assert with_lever(PauseKitchen(R2)).refusal(pulled) == ("this lever is pulled already", "")


@pytest.mark.parametrize("until", [0, 12 * 60 + 1])
def test_a_lever_ends_in_the_future_and_within_a_shift(until: float) -> None:
    reason, _ = opened_town().refusal(PullLever("l1", PauseKitchen(R1), minute(until)))

    assert reason == "until when is past, or more than 12 hours away"


@pytest.mark.parametrize(
    ("lever", "why"),
    [(PauseKitchen(NOWHERE), "unknown restaurant"), (CallDrivers(3, "nowhere"), "unknown zone")],
)
def test_a_lever_on_what_the_city_does_not_have_is_refused(lever: Levers, why: str) -> None:
    assert opened_town().refusal(PullLever("l1", lever, minute(30))) == (why, "")


def test_drivers_are_called_to_anywhere_or_to_a_zone_with_a_kitchen() -> None:
    town = opened_town()
    assert town.city.rules is not None
    zone = zone_of(town.city.rules.travel.on_map(town.city.restaurants[R1].point))

    assert town.ask(PullLever("l1", CallDrivers(3), minute(30)))[0].lever == CallDrivers(3)
    assert town.ask(PullLever("l2", CallDrivers(3, zone), minute(30)))[-1].lever == CallDrivers(3, zone)


def test_a_person_s_word_on_an_incident_is_a_fact_and_changes_no_order() -> None:
    town, which = opened_town(), "kitchen:r1:1"

    assert town.ask(OwnIncident(which, "ann")) == [IncidentOwned(which, "ann")]
    assert town.ask(AcknowledgeIncident(which, "bob")) == [IncidentAcknowledged(which, "bob")]
    assert town.ask(SnoozeIncident(which, minute(15))) == [IncidentSnoozed(which, minute(15))]
    assert town.refusal(SnoozeIncident(which, minute(0)))[0] == "until when is past, or more than 12 hours away"


def test_a_closed_city_has_no_levers_to_pull() -> None:
    assert opened_town().do(CloseCity()).refusal(PullLever("l1", PauseKitchen(R1), minute(30)))[0] == "city is closed"
