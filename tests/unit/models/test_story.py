"""An order's story: every sentence of it is true of the log, and plain."""

from datetime import UTC, datetime

import pytest

from models import commands
from models.city import City
from models.commands import (
    AcceptOffer,
    AcceptOrder,
    AnnounceReady,
    ArriveAtDoor,
    ArriveAtRestaurant,
    Assignment,
    AssignOrder,
    BecomeFree,
    CancelOrder,
    CloseCity,
    DeclineOrder,
    Deliver,
    DispatchTurn,
    EndShift,
    HoldOrder,
    MarkReady,
    PickUp,
    ReleaseOrder,
    Tick,
    UnassignOrder,
)
from models.eta import Etas
from models.events import Option, Why
from models.ids import DriverId, Instant, OrderId
from models.sentences import Kind
from models.story import Telling
from tests.unit.models.builders import (
    CENTRE,
    CITY,
    D1,
    D2,
    D3,
    DOOR,
    FAR,
    O1,
    O2,
    O3,
    R1,
    R2,
    Town,
    bundle_town,
    minute,
    opened_town,
    placed,
    shift,
    turn,
)


def clock(at: Instant) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%H:%M}"


def telling(town: Town, order: OrderId = O1, everything: bool = False) -> Telling:
    found = Telling(Etas(City(CITY)), order, clock, everything)
    for fact in town.log:
        found.take(fact)
    found.settle()
    return found


def happened(town: Town, order: OrderId = O1) -> list[str]:
    """What happened, each sentence with what is known beside it; not what the customer was told."""
    told = [s for s in telling(town, order).sentences if s.kind is not Kind.TOLD]
    return [" | ".join((f"{clock(s.at)} {s.text}", *s.more)) for s in told]


def reasoned(t: Instant, why: Why, driver: DriverId, *orders: OrderId) -> DispatchTurn:
    return DispatchTurn(t, (Assignment(driver, orders),), (why,))


def out_town() -> Town:
    """Driver d1 is sent for o1, waits for it and has it on board since 00:14."""
    town = opened_town().do(shift(D1), shift(D2), placed(), AcceptOrder(O1))
    why = Why("rolling", "rolling/1", 312_000, minute(11), (Option(D2, 360_000), Option(D3, 372_000)))
    town.do(Tick(minute(1), ()), reasoned(minute(1), why, D1, O1), at=minute(1))
    town.do(ArriveAtRestaurant(D1), at=minute(8)).do(MarkReady(O1), at=minute(12))
    return town.do(PickUp(O1, D1), at=minute(14))


def test_from_the_click_to_the_door_every_step_has_its_time_and_its_reason() -> None:
    town = out_town().do(ArriveAtDoor(O1, D1), at=minute(19)).do(Deliver(O1, D1), at=minute(21))

    assert happened(town) == [
        "00:00 placed at Roma (r1) | promised by 00:40, in 40 min",
        "00:00 the kitchen accepts it",
        "00:01 assigned to Driver d1 by rolling/1 | cost 5.2 min, pick-up expected 00:11 | "
        "next best: Driver d2 +0.8 min, d3 +1.0 min",
        "00:08 Driver d1 is at the restaurant | the food is not ready yet",
        "00:12 ready: the kitchen took 12 min | expected of Roma by then: 17 min (none of its own seen yet)",
        "00:14 picked up by Driver d1, 2 min after it was ready | Driver d1 was there for 6 min",
        "00:19 Driver d1 is at the door",
        "00:21 delivered 21 min after it was placed | 19 min before the promise",
    ]


@pytest.mark.parametrize(
    ("at", "told"),
    [(40, "exactly the promise"), (45.5, "5.5 min after the promise"), (39.5, "30 s before the promise")],
)
def test_late_and_early_are_measured_against_the_promise(at: float, told: str) -> None:
    town = out_town().do(Deliver(O1, D1), at=minute(at))

    assert next(one for one in happened(town) if "delivered" in one).endswith(told)


def test_a_late_order_s_story_ends_with_where_its_minutes_went() -> None:
    town = out_town().do(Deliver(O1, D1), at=minute(45.5))

    assert happened(town)[-1] == "00:45 5.5 min late: 5.5 min on the ride"


def test_a_driver_who_declines_is_named_and_so_is_the_person_s_choice_of_another() -> None:
    town = opened_town(offer_seconds=120).do(shift(D1), shift(D2), placed()).assign(D1, O1)
    town.do(DeclineOrder(O1, D1)).assign(D2, O1).do(AcceptOffer(O1, D2)).do(AssignOrder(O1, D1))

    assert happened(town)[1:] == [
        "00:01 assigned to Driver d1 | the log does not say why",
        "00:01 Driver d1 declines it",
        "00:02 assigned to Driver d2 | the log does not say why",
        "00:02 Driver d2 takes it",
        "00:02 taken from Driver d2 by hand, for another driver",
        "00:02 assigned to Driver d1 by hand",
    ]


def test_an_offer_that_nobody_answers_is_lost_and_an_order_can_outlive_its_driver_s_shift() -> None:
    town = opened_town(offer_seconds=60).do(shift(D1), shift(D2), placed()).assign(D1, O1).tick(2)
    town.do(turn(minute(2), (D2, O1)), AcceptOffer(O1, D2), EndShift(D2))

    assert [line for line in happened(town) if "assigned" not in line][1:] == [
        "00:02 Driver d1 did not answer in time and loses it",
        "00:02 Driver d2 takes it",
        "00:02 taken from Driver d2, whose shift ended",
    ]


def test_a_person_s_hold_release_and_unassignment_are_told_with_the_reason() -> None:
    town = opened_town().do(shift(), placed(), Tick(minute(1), ()))
    town.do(HoldOrder(O1, None), ReleaseOrder(O1), HoldOrder(O1, minute(3))).tick(3)
    town.assign(D1, O1).do(UnassignOrder(O1, "flat tyre"))

    assert happened(town)[1:] == [
        "00:00 held by hand until it is released: dispatch leaves it alone",
        "00:00 released by hand: dispatch has it again",
        "00:00 held by hand until 00:03: dispatch leaves it alone",
        "00:03 its hold is over: dispatch has it again",
        "00:04 assigned to Driver d1 | the log does not say why",
        "00:04 taken from Driver d1 by hand: flat tyre",
    ]


def test_orders_that_one_turn_weighed_together_say_so_and_who_is_brought_first() -> None:
    town = opened_town().do(shift(), *(placed(o) for o in (O1, O2)), *(AcceptOrder(o) for o in (O1, O2)))
    why = Why("rolling", "rolling/1", 600_000, minute(9))
    town.do(MarkReady(O1), MarkReady(O2), Tick(minute(1), ()), reasoned(minute(1), why, D1, O1, O2), at=minute(1))
    town.do(ArriveAtRestaurant(D1), PickUp(O1, D1), PickUp(O2, D1), Deliver(O1, D1), at=minute(9))

    assert happened(town, O2)[3:] == [
        "00:01 assigned to Driver d1 by rolling/1 | cost 10 min, pick-up expected 00:09 | nobody else could go | "
        "with o1, weighed as one: door 2 of 2",
        "00:09 Driver d1 is at the restaurant | the food stood ready for 8 min",
        "00:09 picked up by Driver d1, 8 min after it was ready | Driver d1 was there for 0 min",
        "00:09 Driver d1 brings o1 first",
    ]
    assert "with o2, weighed as one: door 1 of 2" in happened(town, O1)[3]


def test_what_comes_onto_the_driver_s_route_later_and_leaves_it_again_is_told() -> None:
    town = opened_town().do(shift(), placed(), placed(O2), placed(O3)).assign(D1, O1)
    town.do(AssignOrder(O2, D1)).do(ArriveAtRestaurant(D1)).do(AssignOrder(O3, D1))
    town.do(CancelOrder(O2, "customer")).do(UnassignOrder(O3, "too many"))

    assert happened(town)[2:] == [
        "00:01 Driver d1 will bring o2 too: this one is door 1 of 2",
        "00:01 Driver d1 is at the restaurant | the food is not ready yet",
        "00:01 Driver d1 will bring o3 too: this one is door 1 of 3",
        "00:01 Driver d1 has o2 no longer: this one is door 1 of 2",
        "00:01 Driver d1 has o3 no longer: this one is door 1 of 1",
    ]
    assert happened(town, O2)[-2:] == [
        "00:01 Driver d1 will bring o3 too: this one is door 2 of 3",
        "00:01 cancelled: customer | Driver d1 had not picked it up",
    ]
    assert happened(town, O2)[1] == (
        "00:01 assigned to Driver d1 by hand | who is on the way there already | with o1: door 2 of 2"
    )
    assert happened(town, O3)[1] == (
        "00:01 assigned to Driver d1 by hand | who waits there already | with o1, o2: door 3 of 3"
    )


def test_the_nearest_driver_is_told_by_his_way_and_a_cheaper_one_was_needed_elsewhere() -> None:
    near = Why("nearest", "nearest/1", 180_000, minute(6), (Option(D2, 240_000),))
    dear = Why("rolling", "rolling/1", 180_000, minute(6), (Option(D2, 120_000),))
    lines = []
    for why in (near, dear):
        town = opened_town().do(shift(D1), shift(D2), placed(), Tick(minute(1), ()), at=minute(1))
        lines.append(happened(town.do(reasoned(minute(1), why, D1, O1)))[-1])

    assert lines == [
        "00:01 assigned to Driver d1 by nearest/1 | 3 min away, pick-up expected 00:06 | next best: Driver d2 +1.0 min",
        "00:01 assigned to Driver d1 by rolling/1 | cost 3 min, pick-up expected 00:06 | "
        "the others: Driver d2 −1.0 min | a cheaper one was worth more elsewhere",
    ]


def test_a_cancelled_order_says_why_and_who_had_it() -> None:
    waiting = opened_town().do(placed())
    fetched = opened_town().do(shift(), placed()).assign(D1, O1)
    taken = opened_town().do(shift(), placed()).assign(D1, O1).do(UnassignOrder(O1, "flat tyre"))

    assert happened(waiting.do(CancelOrder(O1, "changed my mind")))[-1] == (
        "00:00 cancelled: changed my mind | no driver was ever sent for it"
    )
    assert happened(fetched.do(CloseCity()))[-1] == (
        "00:01 undelivered: the city closed while it was open | Driver d1 had not picked it up"
    )
    assert happened(taken.do(CloseCity()))[-1].endswith("| nobody had it then")
    assert happened(out_town().do(CancelOrder(O1, "accident")))[-1].endswith(
        "cancelled: accident | Driver d1 had it on board"
    )


def test_of_an_order_that_ended_nothing_more_is_told() -> None:
    town = out_town().do(Deliver(O1, D1), at=minute(21))
    before = telling(town).sentences
    town.do(BecomeFree(D1), placed(O2)).assign(D1, O2)

    assert telling(town).sentences == before
    assert telling(town).end == town.order()


def test_two_drivers_of_one_name_keep_their_ids() -> None:
    named = [commands.StartShift(d, "Ana", "car", CENTRE, minute(600)) for d in (D1, D2)]
    town = opened_town().do(*named, placed()).assign(D1, O1).do(AssignOrder(O1, D2)).do(ArriveAtRestaurant(D2))

    assert happened(town)[1:] == [
        "00:01 assigned to Ana (d1) | the log does not say why",
        "00:01 taken from Ana by hand, for another driver",
        "00:01 assigned to Ana (d2) by hand",
        "00:01 Ana (d2) is at the restaurant | the food is not ready yet",
    ]


def test_an_announced_ready_time_is_what_the_estimate_stands_on() -> None:
    town = opened_town().do(placed(), AcceptOrder(O1), AnnounceReady(O1, minute(15)), at=minute(0))
    told = [s for s in telling(town, everything=True).sentences if s.kind is Kind.TOLD]

    assert "00:00 the kitchen says that it will be ready at 00:15" in happened(town)
    assert told[-1].more[0] == "not ready: the kitchen says 00:15"
    assert told[0].more[0] == "not ready: a kitchen mean of 17 min (none of its own seen yet)"


def test_what_the_customer_was_told_stands_on_the_stage_and_is_judged_at_the_end() -> None:
    town = out_town().do(ArriveAtDoor(O1, D1), at=minute(19)).do(Deliver(O1, D1), at=minute(21))
    found = telling(town)
    told = [s for s in found.sentences if s.kind is Kind.TOLD]
    grounds = [more for s in told for more in s.more]

    assert told[0].text.startswith("told: expected 00:")
    assert [g.partition(";")[0] for g in grounds if "mean" not in g] == [
        "no driver yet",
        "ready, Driver d1 is there",
        "on the way with Driver d1",
        "at the door",
    ]
    assert [s.text.partition(":")[0] for s in told[-3:]] == [
        "told when it was placed",
        "told once it was ready",
        "told once it was picked up",
    ]
    assert told[-3].more[0].startswith("the restaurant's mean alone: 00:")
    assert [s.made_at for s in found.scores] == sorted(s.made_at for s in found.scores)
    assert len(found.estimates) > len(told) - 3


def test_a_ready_order_waits_for_a_driver_or_for_one_who_comes() -> None:
    town = opened_town().do(shift(), placed(), AcceptOrder(O1), MarkReady(O1)).assign(D1, O1)
    grounds = [more for s in telling(town).sentences if s.kind is Kind.TOLD for more in s.more]

    assert any(g.startswith("ready, no driver yet; pick-up expected") for g in grounds)
    assert any(g.startswith("ready, Driver d1 comes for it; pick-up expected") for g in grounds)


def test_every_estimate_is_told_where_all_are_asked_for_and_else_only_what_moved() -> None:
    town = opened_town().do(shift(), placed(), AcceptOrder(O1))
    for n in range(1, 30):
        town.tick(n)
    every, some = telling(town, everything=True), telling(town)
    told = [s for s in some.sentences if s.kind is Kind.TOLD]

    assert [s for s in every.sentences if s.kind is Kind.TOLD] != told
    assert len(told) < len(every.estimates) == len(some.estimates)


def test_an_estimate_says_who_will_bring_what_is_not_ready() -> None:
    more = [m for s in telling(out_town(), everything=True).sentences if s.kind is Kind.TOLD for m in s.more]

    assert "Driver d1 will bring it; pick-up expected 00:16" in more


def test_a_bundle_that_a_person_made_is_not_said_to_be_weighed() -> None:
    town = bundle_town(O1)
    town.do(placed(O2)).do(AssignOrder(O2, D1))

    assert happened(town, O2)[-1].endswith("who waits there already | with o1: door 2 of 2")


def test_kitchens_that_have_cooked_are_told_with_how_many_orders_were_seen() -> None:
    town = opened_town().do(placed(O1), AcceptOrder(O1), placed(O2), AcceptOrder(O2), placed(O3), AcceptOrder(O3))
    town.do(MarkReady(O1), at=minute(10)).do(MarkReady(O2), at=minute(12)).do(MarkReady(O3), at=minute(14))

    assert "(1 order seen)" in happened(town, O2)[-1]
    assert "(2 orders seen)" in happened(town, O3)[-1]


def test_far_restaurants_and_doors_are_named_like_any_other() -> None:
    town = opened_town().do(placed(O1, R2, DOOR), placed(O2, R1, FAR))

    assert [happened(town, o)[0].partition(" |")[0] for o in (O1, O2)] == [
        "00:00 placed at Rio (r2)",
        "00:00 placed at Roma (r1)",
    ]
