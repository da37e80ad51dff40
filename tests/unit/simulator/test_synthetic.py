"""a seed → synthetic.build → Port Merrin, whose measures are those of the recorded days."""

from collections.abc import Callable
from datetime import UTC, datetime
from statistics import mean

import msgspec
import pytest

from models import codec, events, topics
from models.geo import plane_metres
from models.quantiles import quantile
from models.travel import MINUTE_MS
from simulator.engine import Engine
from simulator.scenario import Scenario
from simulator.schedule_check import check
from simulator.score import score
from simulator.sources import synthetic

SEEDS = (1, 2, 7)


@pytest.fixture(scope="module", params=SEEDS)
def rush(request: pytest.FixtureRequest) -> Scenario:
    return synthetic.build(seed=request.param)


def between(least: float, value: float, most: float) -> bool:
    return least <= value <= most


def test_the_same_seed_gives_the_same_city_and_another_seed_another() -> None:
    assert synthetic.build(1) == synthetic.build(1)
    assert synthetic.build(1) != synthetic.build(2)


def test_preparation_takes_as_long_as_on_the_recorded_days(rush: Scenario) -> None:
    """Published: mean 17.7, p50 15, p90 30 minutes."""
    minutes = sorted((o.ready_at - o.placed_at) / MINUTE_MS for o in rush.orders)

    assert between(16, mean(minutes), 19.5)
    assert between(13.5, quantile(minutes, 50), 16.5)
    assert between(27, quantile(minutes, 90), 34)


def test_doors_are_as_far_as_on_the_recorded_days(rush: Scenario) -> None:
    """Published: straight-line mean 2.3 km, p90 4.4 km."""
    kitchens = {r.restaurant: r.point for r in rush.restaurants}
    metres = sorted(plane_metres(kitchens[o.restaurant], o.door) for o in rush.orders)

    assert between(2_100, mean(metres), 2_500)
    assert between(4_100, quantile(metres, 90), 4_700)


def test_drivers_carry_as_many_orders_an_hour_as_on_the_recorded_days(rush: Scenario) -> None:
    """Published: 1.2 to 2.4 orders per driver and hour."""
    hours = sum(s.until - s.on_at for s in rush.shifts) / (60 * MINUTE_MS)

    assert between(1.2, len(rush.orders) / hours, 2.4)


def test_the_rush_is_highest_around_seven(rush: Scenario) -> None:
    clock = [datetime.fromtimestamp(o.placed_at / 1000, UTC) for o in rush.orders]
    hours = [c.hour + c.minute / 60 for c in clock]
    busiest = max((sum(h <= x < h + 1 for x in hours), h) for h in (17.5, 18.0, 18.5, 19.0, 19.5, 20.0))

    assert between(17.5, min(hours), 17.7)
    assert between(20.8, max(hours), 21)
    assert busiest[1] in (18.0, 18.5, 19.0)


def test_names_are_sayable_and_ids_are_those_of_the_screens(rush: Scenario) -> None:
    names = [r.name for r in rush.restaurants]

    assert len(set(names)) == len(names) == 120
    assert all(n.isascii() and len(n.split()) == 2 for n in names)
    assert "D-118" in {s.driver for s in rush.shifts}
    assert len(rush.shifts) == 300
    assert "8077" in {o.order for o in rush.orders}


def test_an_order_has_one_to_four_lines_with_prices_in_cents(rush: Scenario) -> None:
    assert {len(o.items) for o in rush.orders} == {1, 2, 3, 4}
    assert all(i.price == round(i.price, 2) > 0 for o in rush.orders for i in o.items)


def test_everything_lies_in_the_city(rush: Scenario) -> None:
    points = [*(r.point for r in rush.restaurants), *(s.point for s in rush.shifts), *(o.door for o in rush.orders)]

    assert all(between(0, p.x, 9_000) and between(0, p.y, 7_000) for p in points)


def test_the_day_can_be_moved_to_another_midnight() -> None:
    """So that the city's evening is now."""
    day = 24 * 60 * MINUTE_MS
    today, tomorrow = (synthetic.build(1, midnight=synthetic.MIDNIGHT + n * day) for n in (0, 1))

    assert tomorrow.live_from == (today.live_from or 0) + day
    assert [o.placed_at + day for o in today.orders] == [o.placed_at for o in tomorrow.orders]


def test_what_the_engine_says_can_be_read_by_everyone(rush: Scenario) -> None:
    """A value that the wire refuses would be a dead letter for each order."""
    engine = Engine(rush, events.CityId("port-merrin"))
    said = [*engine.opening(), *engine.advance(rush.live_from or 0).commands]

    topic = topics.CITY_COMMANDS.name
    assert [codec.decode(topic, codec.encode(c), codec.HEADERS).message for c in said] == said


def test_most_orders_are_on_time_and_a_few_per_cent_are_late(lockstep: Callable) -> None:
    built = synthetic.build(seed=1)
    scenario = msgspec.structs.replace(built, rules=msgspec.structs.replace(built.rules, ping_seconds=60))
    result = lockstep(scenario).run(every=60)
    promised = {o.order: o.promised_at for o in scenario.orders}
    delivered = [(f.at, f.body.order) for f in result.facts if isinstance(f.body, events.OrderDelivered)]
    on_time = mean(at <= promised[o] for at, o in delivered)

    assert between(0.90, on_time, 0.98)
    assert check(result.facts, scenario) == []
    assert score(result.facts, scenario, result.predictions).undelivered == 0


def test_a_few_drivers_by_the_second_break_no_rule(lockstep: Callable) -> None:
    """The pace of a live city: a tick each second, a ping each five."""
    scenario = synthetic.build(seed=3, drivers=6, orders_per_hour=8)
    short = msgspec.structs.replace(scenario, shifts=scenario.shifts[:4])

    assert check(lockstep(short).run().facts, short) == []
