"""synthetic days, with a delay put into one stage of one order and without it → where the late minutes are booked."""

from collections.abc import Callable
from random import Random

import msgspec
import pytest

from models.city import City
from models.eta import Etas, follow
from models.events import Fact, OrderDelivered, OrderPlaced
from models.ids import DriverId, OrderId
from models.lateness import Booked, Late
from models.ways import MINUTE_MS
from simulator.scenario import PlannedOrder, Scenario
from simulator.sources import synthetic
from simulator.way import Way

pytestmark = pytest.mark.timeout(900)
"""As `test_recorded_etas.py`: many days at once, on a host that others may share."""

SEEDS = range(50)
DELAY_MS = 45 * MINUTE_MS
EVERY = 60
"""Ticks of a second, taken a minute at a time: a day of 60 orders in half a second."""
STAGES_STRUCK = ("prepare", "approach", "ride")


def _city(seed: int) -> Scenario:
    return synthetic.build(seed, drivers=14, orders_per_hour=15)


def _late_orders(facts: list[Fact]) -> list[Late]:
    etas = Etas(City(facts[0].city))
    return [made for fact in facts for made in follow(etas, fact) if isinstance(made, Late)]


def late_by_the_facts(facts: list[Fact]) -> dict[OrderId, int]:
    promised = {f.body.order: f.body.promised_at for f in facts if isinstance(f.body, OrderPlaced)}
    late = {f.body.order: f.at - promised[f.body.order] for f in facts if isinstance(f.body, OrderDelivered)}
    return {order: ms for order, ms in late.items() if ms > 0}


@pytest.fixture(scope="module")
def calm(lockstep: Callable) -> list[list[Fact]]:
    """The days as they are, by their seed."""
    return [lockstep(_city(seed)).run(EVERY).facts for seed in SEEDS]


def test_the_ledger_of_fifty_made_up_days_is_their_lateness_to_the_millisecond(calm: list[list[Fact]]) -> None:
    for facts in calm:
        late = _late_orders(facts)

        assert {one.order: one.late_ms for one in late} == late_by_the_facts(facts)
        assert all(sum(msgspec.structs.astuple(one.booked)) == one.late_ms for one in late)


def _struck(scenario: Scenario, seed: int) -> PlannedOrder:
    """One of the rush."""
    rush = [o for o in scenario.orders if 19.0 <= (o.placed_at - synthetic.MIDNIGHT) / 3_600_000 <= 20.25]
    return Random(seed).choice(rush)


def _delayed(scenario: Scenario, stage: str, struck: PlannedOrder, lockstep: Callable) -> list[Fact]:
    """It loses 45 minutes in that stage, whoever brings it."""
    if stage == "prepare":
        late = msgspec.structs.replace(struck, ready_at=struck.ready_at + DELAY_MS)
        orders = tuple(late if o.order == struck.order else o for o in scenario.orders)
        return lockstep(msgspec.structs.replace(scenario, orders=orders)).run(EVERY).facts
    day = lockstep(scenario)
    day.engine.drivers.diverts.append(_longer(day, struck, stage))
    return day.run(EVERY).facts


def _longer(day: object, struck: PlannedOrder, stage: str) -> Callable[[DriverId, Way], Way]:
    kitchens = {r.restaurant: r.point for r in day.engine.scenario.restaurants}  # type: ignore[attr-defined]
    ends = kitchens[struck.restaurant] if stage == "approach" else struck.door
    done = set[OrderId]()

    def longer(who: DriverId, way: Way) -> Way:
        order = day.city.orders.get(struck.order)  # type: ignore[attr-defined]
        if order is None or order.driver != who or way.end != ends or struck.order in done:
            return way
        done.add(struck.order)
        return Way(way.path, way.leaves, way.arrives + DELAY_MS, way.halts)

    return longer


def _booked(facts: list[Fact], order: OrderId) -> dict[str, int]:
    return msgspec.structs.asdict(next((one.booked for one in _late_orders(facts) if one.order == order), Booked()))


def test_a_delay_in_one_stage_is_booked_there(
    calm: list[list[Fact]], lockstep: Callable, record_property: Callable[[str, object], None]
) -> None:
    """Of what fifty struck orders are later. Others are matched anew all over the city, some sooner and some later than before.

    Who comes for food that is ready by then still has his service there, which he would have had while it was cooked: `wait`.
    """
    booked = {stage: [0, 0] for stage in STAGES_STRUCK}
    for seed, facts in zip(SEEDS, calm, strict=True):
        stage, struck = STAGES_STRUCK[seed % 3], _struck(_city(seed), seed)
        before, after = (
            _booked(facts, struck.order),
            _booked(_delayed(_city(seed), stage, struck, lockstep), struck.order),
        )
        booked[stage][0] += after[stage] - before[stage]
        booked[stage][1] += sum(after.values()) - sum(before.values())
    there, extra = (sum(column) for column in zip(*booked.values(), strict=True))
    each = ", ".join(f"{100 * one / whole:.0f} % of {stage}" for stage, (one, whole) in booked.items())
    record_property("figure", f"{100 * there / extra:.0f} % of {extra // MINUTE_MS} extra late minutes: {each}")

    assert there / extra >= 0.9
