"""A day made of a log: what its customers, kitchens and shifts did, once more; and what no log can bring back is counted."""

from collections.abc import Callable

import pytest

from models.commands import (
    AcceptOrder,
    AnnounceReady,
    AssignOrder,
    CancelOrder,
    CloseCity,
    CloseStreet,
    DeclineOrder,
    EndShift,
    HoldOrder,
    MarkReady,
    UnassignOrder,
)
from models.order import OrderStatus
from simulator.engine import Engine
from simulator.sources.logged import NoBeginning, day, with_policy
from tests.real.short_day import short_day
from tests.unit.models.builders import D1, D2, O1, O2, STREETS, minute, opened_town, order_town, placed, shift


def test_a_finished_day_comes_out_of_its_log_as_it_went_in(lockstep: Callable) -> None:
    planned = short_day()
    made = day(lockstep(planned).run().facts)

    assert (made.left_out, made.beyond) == ({}, {})
    assert made.scenario.rules == planned.rules
    assert made.scenario.opens_at == planned.opens_at
    for field in ("restaurants", "shifts", "orders"):
        assert set(getattr(made.scenario, field)) == set(getattr(planned, field)), field


def test_the_same_day_once_more_is_decided_as_its_log_says(lockstep: Callable) -> None:
    first = lockstep(short_day()).run().facts
    again = lockstep(day(first).scenario).run().facts

    assert [f.body for f in again if type(f.body).__name__ == "DriverAssigned"] == [
        f.body for f in first if type(f.body).__name__ == "DriverAssigned"
    ]


def test_the_ticks_are_those_of_the_log() -> None:
    town = opened_town().tick(1).tick(7)

    assert day(town.log).ticks == (minute(1), minute(7))


def test_orders_that_are_open_cancelled_or_were_never_ready_are_left_out_and_counted() -> None:
    town = opened_town().do(placed(O1), placed(O2), CancelOrder(O2, "customer"))
    closed = opened_town().do(placed(O1), CloseCity())

    assert day(town.log).left_out == {"cancelled": 1, "open still": 1}
    assert (day(town.log).scenario.orders, day(closed.log).left_out) == ((), {"never ready": 1})


def test_an_order_that_nobody_brought_is_in_the_day_with_its_ready_time() -> None:
    ready = opened_town().do(placed(O1), AcceptOrder(O1), MarkReady(O1), CloseCity())
    announced = opened_town().do(placed(O1), AcceptOrder(O1), AnnounceReady(O1, minute(30)), CloseCity())

    assert [o.ready_at for o in day(ready.log).scenario.orders] == [minute(0)]
    assert [o.ready_at for o in day(announced.log).scenario.orders] == [minute(30)]


def test_what_people_and_streets_did_is_counted_for_a_rerun_has_none_of_it() -> None:
    town = order_town(OrderStatus.PREPARING).do(shift(D2), AssignOrder(O1, D2), UnassignOrder(O1, "flat tyre"))
    town.do(HoldOrder(O1, None), EndShift(D2)).do(AssignOrder(O1, D1), DeclineOrder(O1, D1))
    streets = opened_town(travel=STREETS).do(CloseStreet("West Bridge"))

    assert day(town.log).beyond == {
        "assignments by hand": 2,
        "holds": 1,
        "orders that their driver declined or lost": 3,
        "shifts that ended early": 1,
    }
    assert day(streets.log).beyond == {"streets closed or opened": 1}


def test_a_log_without_its_beginning_makes_no_day() -> None:
    with pytest.raises(NoBeginning):
        day(opened_town().log[1:])
    with pytest.raises(NoBeginning):
        day([])


def test_another_policy_changes_nothing_else_of_a_day() -> None:
    other = with_policy(short_day(), "rolling")

    assert other.rules.policy == "rolling"
    assert (other.orders, other.shifts) == (short_day().orders, short_day().shifts)
    assert len(Engine(other, "c").opening()) == 1 + len(other.restaurants)  # type: ignore[arg-type]
