"""synthetic days, with a delay put into one stage of one order and without it → where the late minutes are booked."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import msgspec
import pytest

from models.city import City
from models.dispatch import POLICIES, Policy
from models.eta import Etas, follow
from models.events import Fact, OrderDelivered, OrderPlaced
from models.ids import DriverId, Instant, OrderId
from models.lateness import Booked, Late
from models.policies.reasons import Chosen
from models.rules import Rules
from models.ways import MINUTE_MS
from simulator.agenda import Do, Rank
from simulator.scenario import PlannedOrder, Scenario
from simulator.sources import synthetic
from simulator.way import Way

pytestmark = pytest.mark.timeout(900)
"""As `test_recorded_etas.py`: many days at once, on a host that others may share."""

SEEDS = range(50)
DELAY_MS = 45 * MINUTE_MS
EVERY = 60
"""Ticks of a second, taken a minute at a time: a day of 60 orders in half a second."""
STAGES_STRUCK = {"prepare": 0.9, "assign": 0.8, "approach": 0.75, "wait": 0.9, "ride": 0.9, "hand_over": 0.9}
"""And how much of what each struck order is later must be booked there, of the few struck in one stage."""
SERVICES = {"wait": Rank.PICK_UP, "hand_over": Rank.DELIVER}


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
    with pytest.MonkeyPatch.context() as patch:
        if stage == "assign":
            patch.setitem(POLICIES, scenario.rules.policy, _overlooking(struck, POLICIES[scenario.rules.policy]))
        else:
            Blow(day, struck, stage).fall()
        return day.run(EVERY).facts


def _overlooking(struck: PlannedOrder, policy: Policy) -> Policy:
    """It is given to nobody until its food has stood for 45 minutes."""

    def overlooking(city: City, rules: Rules, t: Instant) -> list[Chosen]:
        every = policy(city, rules, t)
        return [one for one in every if struck.order not in one[0].orders or t >= struck.ready_at + DELAY_MS]

    return overlooking


class Blow:
    """45 minutes on the way to the kitchen or to the door, or once he stands there with all that he needs."""

    def __init__(self, day: Any, struck: PlannedOrder, stage: str) -> None:
        kitchens = {one.restaurant: one.point for one in day.engine.scenario.restaurants}
        self.day, self.struck, self.stage = day, struck, stage
        self.place = kitchens[struck.restaurant] if stage in ("approach", "wait") else struck.door
        self.there: DriverId | None = None
        self.until: Instant | None = None

    def fall(self) -> None:
        self.plan = self.day.engine.agenda.plan
        self.day.engine.drivers.diverts.append(self.longer)
        self.day.engine.agenda.plan = self.planned

    def longer(self, who: DriverId, way: Way) -> Way:
        order = self.day.city.orders.get(self.struck.order)
        if order is None or order.driver != who:
            return way
        self.there = who if way.end == self.place else None
        if self.there is None or self.stage not in ("approach", "ride") or self.until is not None:
            return way
        self.until = way.arrives + DELAY_MS
        return Way(way.path, way.leaves, self.until, way.halts)

    def planned(self, at: Instant, rank: Rank, who: str, do: Do) -> None:
        struck = rank is SERVICES.get(self.stage) and who == self.there
        self.plan(at, rank, who, partial(self.held, rank, who, do) if struck else do)

    def held(self, rank: Rank, who: str, do: Do, now: Instant) -> None:
        """A pick-up before the food is ready comes to nothing by itself."""
        if now >= self.struck.ready_at and self.until is None:
            self.until = now + DELAY_MS
        if self.until is not None and now < self.until:
            self.plan(self.until, rank, who, do)
        else:
            do(now)


def _booked(facts: list[Fact], order: OrderId) -> dict[str, int]:
    return msgspec.structs.asdict(next((one.booked for one in _late_orders(facts) if one.order == order), Booked()))


def test_a_delay_in_one_stage_is_booked_there(
    calm: list[list[Fact]], lockstep: Callable, record_property: Callable[[str, object], None]
) -> None:
    """Of what fifty struck orders are later. Others are matched anew all over the city, some sooner and some later than before.

    Who comes for food that is ready by then still has his service there, which he would have had while it was cooked: `wait`.
    Who is sent only then has his way there before him, too: `approach`.
    """
    booked = {stage: [0, 0] for stage in STAGES_STRUCK}
    for seed, facts in zip(SEEDS, calm, strict=True):
        stage, struck = list(STAGES_STRUCK)[seed % len(STAGES_STRUCK)], _struck(_city(seed), seed)
        before, after = (
            _booked(facts, struck.order),
            _booked(_delayed(_city(seed), stage, struck, lockstep), struck.order),
        )
        booked[stage][0] += after[stage] - before[stage]
        booked[stage][1] += sum(after.values()) - sum(before.values())
    there, extra = (sum(column) for column in zip(*booked.values(), strict=True))
    shares = {stage: one / whole for stage, (one, whole) in booked.items()}
    each = ", ".join(f"{100 * share:.0f} % of {stage}" for stage, share in shares.items())
    record_property("figure", f"{100 * there / extra:.0f} % of {extra // MINUTE_MS} extra late minutes: {each}")

    assert there / extra >= 0.9
    assert {stage: share for stage, share in shares.items() if share < STAGES_STRUCK[stage]} == {}
