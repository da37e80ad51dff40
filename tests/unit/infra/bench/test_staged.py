"""A scenario and a fault's name → the fault as `track fault` would plan it, in the kitchen that has most to do."""

from infra.bench.staged import busiest, staged
from models.ways import MINUTE_MS
from simulator.sources import synthetic

DAY = synthetic.build(3, 20, 40)
AT = DAY.opens_at + 60 * MINUTE_MS


def test_the_busiest_kitchen_of_a_time_has_no_fewer_orders_then_than_any_other() -> None:
    until = AT + 60 * MINUTE_MS
    orders = [one.restaurant for one in DAY.orders if AT <= one.placed_at < until]

    assert orders.count(busiest(DAY, AT, until)) == max(map(orders.count, orders)) > 1


def test_a_fault_without_an_end_of_its_own_lasts_as_long_as_is_said_and_strikes_whom_is_named() -> None:
    one = staged("stopped-driver", DAY, AT, 45 * MINUTE_MS, 7)
    other = staged("no-shows", DAY, AT, 45 * MINUTE_MS, 7, DAY.shifts[0].driver)

    assert (one.until, one.whom) == (AT + 10 * MINUTE_MS, None)
    assert (other.until, other.whom, other.seed) == (AT + 45 * MINUTE_MS, DAY.shifts[0].driver, 7)
