"""Facts → the hour that ends with a minute: how long orders and drivers took, and how much came about of what was meant."""

from models.city import City
from models.commands import (
    AcceptOrder,
    ArriveAtRestaurant,
    BecomeFree,
    CancelOrder,
    Deliver,
    EndShift,
    MarkReady,
    PickUp,
    UnassignOrder,
)
from models.kpi_hour import KpiHour
from models.kpis import Kpis, count
from models.spreads import spread
from models.zones import zone_of
from tests.unit.models.builders import (
    CITY,
    D1,
    D2,
    MINUTE,
    O1,
    O2,
    R1,
    R2,
    Town,
    bundle_town,
    minute,
    opened_town,
    placed,
    shift,
)


def hours(town: Town) -> list[KpiHour]:
    kpis = Kpis(City(CITY))
    return [made for fact in town.log for made in count(kpis, fact) if isinstance(made, KpiHour)]


def last(town: Town) -> KpiHour:
    return hours(town)[-1]


def trip() -> Town:
    """d1 on shift at 0 and sent at 1; there at 4, food ready at 8, picked up at 9, delivered at 50, free at 52."""
    town = opened_town().do(shift(), placed(), AcceptOrder(O1)).assign(D1, O1)
    town.tick(4).do(ArriveAtRestaurant(D1)).tick(8).do(MarkReady(O1)).tick(9).do(PickUp(O1, D1))
    return town.tick(50).do(Deliver(O1, D1)).tick(52).do(BecomeFree(D1))


def test_durations_of_an_order_are_those_of_their_definitions() -> None:
    """The driver's own service is over at 6: food comes two minutes late, and he waits three."""
    row = last(trip().tick(55))

    assert (row.click_to_door_p50_minutes, row.click_to_door_mean_minutes) == (50.0, 50.0)
    assert (row.overage_p50_minutes, row.ready_to_pickup_p90_minutes, row.ready_to_door_p10_minutes) == (
        10.0,
        1.0,
        42.0,
    )
    assert (row.avoidable_wait_p50_minutes, row.picked_up, row.late_food) == (3.0, 1, 1)
    assert (row.delivered, row.cancelled, row.due, row.kept) == (1, 0, 1, 0)


def test_driver_time_is_with_an_order_and_on_shift() -> None:
    row = last(trip().tick(55).do(EndShift(D1)).tick(58))

    assert (row.engaged_ms, row.on_duty_ms) == (49 * MINUTE, 55 * MINUTE)


def test_two_orders_at_once_are_one_driver_s_time_once() -> None:
    town = bundle_town(O1, O2).tick(10).do(PickUp(O1, D1), PickUp(O2, D1)).tick(20).do(Deliver(O1, D1)).tick(30)

    assert last(town.do(Deliver(O2, D1)).tick(40)).engaged_ms == 29 * MINUTE


def test_who_loses_his_order_is_not_engaged_any_more() -> None:
    town = opened_town().do(shift(), placed()).assign(D1, O1).tick(5).do(UnassignOrder(O1, "flat tyre")).tick(9)
    cancelled = (
        opened_town().do(shift(), shift(D2), placed()).assign(D1, O1).tick(3).do(CancelOrder(O1, "customer")).tick(9)
    )

    assert (last(town).engaged_ms, last(cancelled).engaged_ms) == (4 * MINUTE, 2 * MINUTE)
    assert last(cancelled).cancelled == 1


def test_after_an_hour_nothing_of_it_counts_but_who_is_still_on_shift() -> None:
    row = last(trip().tick(113))

    assert (row.delivered, row.picked_up, row.engaged_ms, row.on_duty_ms) == (0, 0, 0, 60 * MINUTE)
    assert row.click_to_door_p50_minutes is None
    assert row.window_minutes == 60


def test_a_shift_that_ended_is_forgotten_with_its_hour() -> None:
    assert last(opened_town().do(shift()).tick(5).do(EndShift(D1)).tick(66)).on_duty_ms == 0


def test_an_hour_that_is_not_whole_says_so() -> None:
    assert [row.window_minutes for row in hours(opened_town().tick(1).tick(2).tick(59).tick(61))][-3:] == [59, 60, 60]


def test_the_oldest_order_without_a_driver_has_its_age() -> None:
    town = opened_town().do(placed(O1), at=minute(1)).tick(2).do(placed(O2), at=minute(3)).tick(7)

    assert last(town).oldest_unassigned_minutes == 6.0
    assert last(opened_town().tick(1)).oldest_unassigned_minutes is None


def test_supply_is_free_drivers_and_open_orders_zone_by_zone() -> None:
    town = opened_town().do(shift(D1), shift(D2), placed(O1, R1), placed(O2, R2)).tick(1)
    assert town.city.rules is not None
    here, there = (zone_of(town.city.rules.travel.on_map(town.city.restaurants[r].point)) for r in (R1, R2))

    assert last(town).zones == dict(sorted({here: (2, 1), there: (0, 1)}.items()))


def test_percentiles_are_values_that_occurred() -> None:
    told = spread("wait", [n * MINUTE for n in range(1, 12)])

    assert told == {"wait_p10_minutes": 2, "wait_p50_minutes": 6, "wait_p90_minutes": 10, "wait_mean_minutes": 6}
    assert set(spread("wait", []).values()) == {None}
