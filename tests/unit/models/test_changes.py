"""Which rows and views a fact changes: all that did, as they stood right after it, however the batch was cut."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.changes import AssignmentEnd, Changes, Desk, change, touched
from models.city import City
from models.commands import (
    AcceptOrder,
    AssignOrder,
    CancelOrder,
    CloseCity,
    DeclineOrder,
    Deliver,
    EndShift,
    HoldOrder,
    PickUp,
    Tick,
    UnassignOrder,
)
from models.events import Fact, Happened, OrderAccepted, OrderCancelled, OrderPlaced, ShiftEnded, Ticked
from models.ids import CommandId
from models.order import OrderStatus
from models.views import DriverView, OrderView, driver_view, order_view
from tests.unit.models.builders import (
    CITY,
    D1,
    D2,
    DOOR,
    MINUTE,
    O1,
    O2,
    O3,
    R1,
    R2,
    T0,
    Town,
    bundle_town,
    delivered_town,
    minute,
    opened_town,
    order_town,
    placed,
    position,
    shift,
)
from tests.unit.models.steps import DAYS, asks


def _changes(log: list[Fact], desk: Desk | None = None) -> Changes:
    changes, desk = Changes(), desk or Desk(City(CITY))
    for fact in log:
        change(desk, changes, fact)
    return changes


def _fact(body: Happened) -> Fact:
    return Fact(CITY, 1, CommandId("k"), T0, body)


def _ends(town: Town) -> list[tuple[str, int | None, str | None]]:
    return [(a.order.id, a.at, a.outcome) for a in _changes(town.log).assignments.values()]


def test_a_cancelled_order_changes_its_driver_too() -> None:
    town = order_town(OrderStatus.PREPARING)

    assert touched(town.city, _fact(OrderCancelled(O1, "customer"))) == ({O1}, {D1})


def test_a_driver_s_fact_changes_the_orders_of_the_route() -> None:
    assert touched(bundle_town(O1, O2).city, _fact(ShiftEnded(D1))) == ({O1, O2}, {D1})


def test_a_fact_of_an_order_nobody_carries_changes_the_order_alone() -> None:
    town = opened_town().do(shift(), placed())

    assert touched(town.city, _fact(OrderAccepted(O1))) == ({O1}, set())


def test_a_position_alone_changes_no_row() -> None:
    town = opened_town().do(shift()).tick(1, position(D1, minute(0.5), DOOR))

    assert touched(town.city, _fact(Ticked(minute(2), ()))) == (set(), set())
    assert _changes(town.log[-1:], Desk(_without_last(town))).drivers == {}


def _without_last(town: Town) -> City:
    desk = Desk(City(CITY))
    _changes(town.log[:-1], desk)
    return desk.city


def test_an_open_and_a_closed_city_are_changes_of_its_own_row() -> None:
    town = opened_town().tick(1)
    opened, ticked = _changes(town.log[:1]), _changes(town.log[-1:], Desk(_without_last(town)))

    assert (opened.city, ticked.city) == (True, False)
    assert _changes(town.do(CloseCity()).log).city


def test_restaurants_and_placed_orders_are_kept_for_their_rows() -> None:
    changes = _changes(opened_town().do(placed()).log)

    assert list(changes.restaurants) == [R1, R2]
    assert [type(one) for one in changes.placed] == [OrderPlaced]


def test_an_assignment_is_open_while_the_driver_has_the_order() -> None:
    town = order_town(OrderStatus.PREPARING)
    (key, one), *_ = _changes(town.log).assignments.items()

    assert key == (O1, town.order().assigned_seq)
    assert (one.at, one.outcome, one.order.driver) == (None, None, D1)


def test_an_assignment_ends_with_how_it_ended() -> None:
    delivered = bundle_town(O1).do(PickUp(O1, D1)).do(Deliver(O1, D1), at=minute(20))
    cancelled = bundle_town(O1).do(CancelOrder(O1, "customer"), at=minute(20))
    given_back = bundle_town(O1).do(EndShift(D1), at=minute(20))

    assert _ends(delivered) == [(O1, minute(20), "delivered")]
    assert _ends(cancelled) == [(O1, minute(20), "cancelled")]
    assert _ends(given_back) == [(O1, minute(20), "shift ended")]


def test_an_assignment_that_a_driver_or_a_person_ends_says_how() -> None:
    declined = bundle_town(O1).do(DeclineOrder(O1, D1), at=minute(20))
    reassigned = bundle_town(O1).do(shift(D2), AssignOrder(O1, D2), at=minute(20))
    taken = bundle_town(O1).do(UnassignOrder(O1, "flat tyre"), at=minute(20))

    assert _ends(declined) == [(O1, minute(20), "declined")]
    assert _ends(reassigned) == [(O1, minute(20), "reassigned by hand"), (O1, None, None)]
    assert _ends(taken) == [(O1, minute(20), "flat tyre")]


def test_an_order_that_comes_in_between_moves_the_places_behind_it() -> None:
    town = opened_town().do(shift(), *(placed(o) for o in (O1, O2, O3))).assign(D1, O1, O2)
    before = len(town.log)
    desk = Desk(City(CITY))
    _changes(town.log, desk)
    changed = _changes(town.assign(D1, O1, O3, O2).log[before:], desk)

    assert {a.order.id: a.order.place for a in changed.assignments.values()} == {O1: 0, O3: 1, O2: 2}
    assert {o: one.place for o, one in changed.orders.items()} == {O1: 0, O3: 1, O2: 2}


def test_an_order_that_had_no_driver_ends_no_assignment() -> None:
    assert _ends(opened_town().do(placed(), CancelOrder(O1, "customer"))) == []


def test_a_second_driver_is_a_second_assignment() -> None:
    town = bundle_town(O1).do(EndShift(D1), shift(D2)).assign(D2, O1)

    assert [a.order.driver for a in _changes(town.log).assignments.values()] == [D1, D2]
    assert isinstance(next(iter(_changes(town.log).assignments.values())), AssignmentEnd)


def test_a_tick_tells_the_screens_what_changed_since_the_last_one() -> None:
    town = opened_town().do(shift(), placed()).tick(1).do(AcceptOrder(O1))
    town.refusal(AcceptOrder(O1))
    (_, first), (seq, second) = _changes(town.tick(2, position(D1, minute(1), DOOR)).log).deltas

    assert ([o.status for o in first.orders], [d.id for d in first.drivers]) == (["pending"], [D1])
    assert (seq, second.t, [o.status for o in second.orders]) == (town.city.seq, minute(2), ["preparing"])
    assert (second.drivers, second.positions) == ((), (position(D1, minute(1), DOOR),))
    assert list(second.outcomes.values()) == [None, "illegal move", None]


def test_a_hold_that_ends_at_a_tick_is_told_with_that_tick() -> None:
    (_, first), (_, second) = _changes(opened_town().do(placed(), HoldOrder(O1, minute(2))).tick(1).tick(2).log).deltas

    assert [[order.held for order in delta.orders] for delta in (first, second)] == [[True], [False]]


def test_an_order_whose_hour_is_over_is_gone_from_the_screens() -> None:
    changes = _changes(delivered_town((O1, 0, 10)).tick(71).log)
    _, delta = changes.deltas[-1]

    assert changes.gone == [O1]
    assert (delta.gone, [o.id for o in delta.orders]) == ((O1,), [])


def test_a_desk_knows_its_place_in_the_log() -> None:
    desk, town = Desk(City(CITY)), opened_town()
    _changes(town.log, desk)

    assert desk.seq == town.city.seq


Day = list[tuple[object, int | None, int | None]]
STEADY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _lived(day: Day) -> Town:
    town = opened_town().do(shift(D1), shift(D2))
    for step, at, version in day:
        for ask in asks(town.city, step):  # type: ignore[arg-type]
            town.at = at
            town.ask(ask, version)
    return town


@STEADY
@given(DAYS, st.integers(1, 40))
def test_rows_that_follow_the_changes_are_the_city_wherever_batches_are_cut(day: Day, size: int) -> None:
    town = _lived(day)
    desk, orders, drivers, assignments = Desk(City(CITY)), {}, {}, {}
    for start in range(0, len(town.log), size):
        changes = _changes(town.log[start : start + size], desk)
        orders.update(changes.orders)
        drivers.update(changes.drivers)
        assignments.update(changes.assignments)

    assert {o: orders[o] for o in town.city.orders} == town.city.orders
    assert {d: driver_view(one) for d, one in drivers.items()} == {
        d: driver_view(one) for d, one in town.city.drivers.items()
    }
    assert assignments == _changes(town.log).assignments


@STEADY
@given(DAYS)
def test_old_screens_and_deltas_make_the_new_screen(day: Day) -> None:
    town = _lived(day)
    town.ask(Tick((town.city.now or T0) + MINUTE, ()))
    orders: dict[str, OrderView] = {}
    drivers: dict[str, DriverView] = {}
    for _, delta in _changes(town.log).deltas:
        orders.update((o.id, o) for o in delta.orders)
        drivers.update((d.id, d) for d in delta.drivers)
        for gone in delta.gone:
            orders.pop(gone, None)

    assert orders == {o: order_view(one) for o, one in town.city.orders.items()}
    assert drivers == {d: driver_view(one) for d, one in town.city.drivers.items()}
