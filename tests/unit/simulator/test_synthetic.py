"""a seed → synthetic.build → a day in Port Merrin, whose measures are those of the recorded days."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from statistics import mean

import msgspec
import pytest
import shapely

from models import codec, events, topics
from models.geo import plane_metres
from models.ids import CityId
from models.quantiles import quantile
from models.ways import MINUTE_MS
from simulator.engine import Engine
from simulator.scenario import Scenario
from simulator.schedule_check import check
from simulator.score import score
from simulator.sources import demand, synthetic
from simulator.sources.town import town

SEEDS = (1, 2, 7)


@pytest.fixture(scope="module", params=SEEDS)
def rush(request: pytest.FixtureRequest) -> Scenario:
    return synthetic.build(seed=request.param)


@pytest.fixture(scope="module", params=SEEDS)
def day(request: pytest.FixtureRequest) -> Scenario:
    return synthetic.build(seed=request.param, whole_day=True)


def between(least: float, value: float, most: float) -> bool:
    return least <= value <= most


def test_the_same_seed_gives_the_same_city_and_another_seed_another() -> None:
    assert synthetic.build(1) == synthetic.build(1)
    assert synthetic.build(1) != synthetic.build(2)


def test_preparation_takes_as_long_as_on_the_recorded_days(day: Scenario) -> None:
    """Published: mean 17.7, p50 15, p90 30 minutes."""
    minutes = sorted((o.ready_at - o.placed_at) / MINUTE_MS for o in day.orders)

    assert between(15.5, mean(minutes), 19.5)
    assert between(13.5, quantile(minutes, 50), 16.5)
    assert between(27, quantile(minutes, 90), 33)


def test_in_the_rush_orders_wait_for_a_free_pair_of_hands(rush: Scenario, day: Scenario) -> None:
    """The same kitchens: what is ordered at the peak of the evening takes longer than what is ordered at noon."""

    def took(scenario: Scenario, *hours: float) -> float:
        begins, ends = (day.opens_at + (h - 10.75) * 60 * MINUTE_MS for h in hours)
        return mean(o.ready_at - o.placed_at for o in scenario.orders if begins <= o.placed_at < ends)

    assert took(day, 19, 20) > took(day, 14.5, 17.5)


def test_doors_are_as_far_as_on_the_recorded_days(day: Scenario) -> None:
    """Published: straight-line mean 2.3 km, p90 4.4 km."""
    kitchens = {r.restaurant: r.point for r in day.restaurants}
    metres = sorted(plane_metres(kitchens[o.restaurant], o.door) for o in day.orders)

    assert between(2_100, mean(metres), 2_500)
    assert between(4_100, quantile(metres, 90), 4_700)


def test_drivers_carry_as_many_orders_an_hour_as_on_the_recorded_days(rush: Scenario, day: Scenario) -> None:
    """Published: 1.2 to 2.4 orders per driver and hour."""
    for scenario in (rush, day):
        hours = sum(s.until - s.on_at for s in scenario.shifts) / (60 * MINUTE_MS)

        assert between(1.2, len(scenario.orders) / hours, 2.4)


def test_a_whole_day_has_two_rushes_and_a_quiet_afternoon(day: Scenario) -> None:
    def hourly(begins: float, ends: float) -> float:
        midnight = day.opens_at + 1000 - 10.75 * 60 * MINUTE_MS
        hours = [(o.placed_at - midnight) / (60 * MINUTE_MS) for o in day.orders]
        return sum(begins <= h < ends for h in hours) / (ends - begins)

    assert hourly(18, 20) > hourly(12, 13.5) > 2 * hourly(15, 17)


def test_nobody_orders_where_the_kitchen_is_closed(day: Scenario) -> None:
    rng = Random(7)
    kitchens = {k.restaurant.restaurant: k for k in demand.kitchens(rng, town(0), synthetic.ORDERS_PER_HOUR)}
    seven = synthetic.build(seed=7, whole_day=True)
    for order in seven.orders:
        hour = (order.placed_at - synthetic.MIDNIGHT) / (60 * MINUTE_MS)

        assert kitchens[order.restaurant].opens <= hour + 0.001
        assert hour < kitchens[order.restaurant].closes


def test_four_kinds_of_vehicles_are_out(rush: Scenario) -> None:
    kinds = Counter(s.vehicle for s in rush.shifts)

    assert kinds.most_common() == sorted(kinds.items(), key=lambda one: -one[1])
    assert [kind for kind, _ in kinds.most_common()] == ["motorcycle", "bicycle", "car", "walking"]


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


def test_everything_lies_at_a_street_and_nothing_in_the_water(rush: Scenario) -> None:
    assert rush.rules.scenery is not None
    wet = shapely.union_all([shapely.Polygon([(p.x, p.y) for p in ring]) for ring in rush.rules.scenery.water])
    points = [*(r.point for r in rush.restaurants), *(s.point for s in rush.shifts), *(o.door for o in rush.orders)]

    assert all(between(-20, p.x, 9_020) and between(-20, p.y, 7_020) for p in points)
    assert not any(wet.contains(shapely.Point(p.x, p.y)) for p in points)


def test_other_people_order_in_the_same_streets_and_another_city_has_others() -> None:
    one, two, other = synthetic.build(1), synthetic.build(2), synthetic.build(1, place=1)

    assert one.rules == two.rules
    assert (one.rules.name, other.rules.name) == ("Port Merrin", "Santa Lume")
    assert one.rules.travel != other.rules.travel


def test_the_day_can_be_moved_to_another_midnight() -> None:
    """So that the city's evening is now."""
    day = 24 * 60 * MINUTE_MS
    today, tomorrow = (synthetic.build(1, midnight=synthetic.MIDNIGHT + n * day) for n in (0, 1))

    assert tomorrow.live_from == (today.live_from or 0) + day
    assert [o.placed_at + day for o in today.orders] == [o.placed_at for o in tomorrow.orders]


def test_what_the_engine_says_can_be_read_by_everyone(rush: Scenario) -> None:
    """A value that the wire refuses would be a dead letter for each order."""
    engine = Engine(rush, CityId("port-merrin"))
    said = [*engine.opening(), *engine.advance(rush.live_from or 0).commands]

    topic = topics.CITY_COMMANDS.name
    assert [codec.decode(topic, codec.encode(c), codec.HEADERS).message for c in said] == said


def test_most_orders_are_on_time_and_a_few_per_cent_are_late(
    lockstep: Callable, record_property: Callable[[str, object], None]
) -> None:
    built = synthetic.build(seed=1)
    scenario = msgspec.structs.replace(built, rules=msgspec.structs.replace(built.rules, ping_seconds=60))
    result = lockstep(scenario).run(every=60)
    promised = {f.body.order: f.body.promised_at for f in result.facts if isinstance(f.body, events.OrderPlaced)}
    delivered = [(f.at, f.body.order) for f in result.facts if isinstance(f.body, events.OrderDelivered)]
    on_time = mean(at <= promised[o] for at, o in delivered)
    record_property("figure", f"{100 * on_time:.0f} % on time")

    assert between(0.85, on_time, 0.97)
    assert check(result.facts, scenario) == []
    assert score(result.facts, scenario, result.predictions).undelivered == 0


def test_a_few_drivers_by_the_second_break_no_rule(lockstep: Callable) -> None:
    """The pace of a live city: a tick each second, a ping each five."""
    scenario = synthetic.build(seed=3, drivers=12, orders_per_hour=8)
    short = msgspec.structs.replace(scenario, shifts=scenario.shifts[:8])

    assert check(lockstep(short).run().facts, short) == []
