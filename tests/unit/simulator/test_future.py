"""a day, the same day with another future → here → all that was decided and told before is the same, byte for byte.

What leaks is a ready time that is read before the food stands there, or an arrival before it happened.
"""

import dataclasses
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from models.commands import CancelOrder
from models.dispatch import POLICIES
from models.events import DriverAssigned
from models.geo import Point
from models.ids import Instant, OrderId
from models.prep import Outlook
from models.ways import MINUTE_MS
from simulator.scenario import PlannedOrder, Scenario
from simulator.sources import mdrp
from simulator.way import Way
from tests.agents.little_day import OPENS, scenario

HOUR_MS = 60 * MINUTE_MS


class Told(msgspec.Struct):
    """What a day had come to at a tick, as bytes: the log with its decisions, every estimate and score."""

    facts: list[bytes]
    etas: list[bytes]
    assigned: list[tuple[OrderId, str, int]]


def lived(run: Any, until: Instant, after: Callable[[Any, Instant], None] | None = None) -> Told:
    """The day to this tick; `after` meddles with it at each tick."""
    for t in run.engine.ticks():
        if after is not None:
            after(run, t)
        run.turn(t)
        if t >= until:
            break
    return told_by(run, until)


def told_by(run: Any, t: Instant) -> Told:
    facts = [fact for fact in run.log if fact.at <= t]
    seqs = {fact.seq for fact in facts}
    return Told(
        [msgspec.json.encode(fact) for fact in facts],
        [msgspec.json.encode(one) for one in run.told if one.seq in seqs],
        [(f.body.order, f.body.driver, f.body.place) for f in facts if isinstance(f.body, DriverAssigned)],
    )


def another_future(day: Scenario, t: Instant, dice: random.Random) -> Scenario:
    """What is ready after `t` is ready at another time after it, and what is placed after it goes to another's door.

    Where kitchens announce it, a ready time is known once its order is placed.
    """
    later = [o for o in day.orders if o.placed_at > t]
    doors = dict(zip((o.order for o in later), dice.sample([o.door for o in later], len(later)), strict=True))
    announced = day.rules.ready_mode == "known"
    orders = (
        o if (o.placed_at if announced else o.ready_at) <= t else _other(o, t, doors.get(o.order), dice)
        for o in day.orders
    )
    return msgspec.structs.replace(day, orders=tuple(orders))


def _other(order: PlannedOrder, t: Instant, door: Point | None, dice: random.Random) -> PlannedOrder:
    ready = max(t, order.placed_at) + dice.randint(1, 45 * MINUTE_MS)
    return msgspec.structs.replace(order, ready_at=ready, door=door or order.door)


def spoil(t: Instant, dice: random.Random) -> Callable[[Any, Instant], None]:
    """From the tick after `t` on a third of what is open is cancelled, and every way that begins takes longer."""

    def after(run: Any, now: Instant) -> None:
        if now <= t or run.engine.drivers.diverts:
            return
        for order in [o for o in run.city.orders.values() if o.open and dice.random() < 0.3]:
            run.ask(now, CancelOrder(order.id, "another future"))
            run.learn()
        run.engine.drivers.diverts.append(slower)

    return after


def slower(who: str, way: Way) -> Way:
    return dataclasses.replace(way, arrives=way.arrives + 7 * MINUTE_MS)


def assert_told_alike(day: Scenario, cuts: Sequence[Instant], lockstep: Callable) -> None:
    """Each other day goes on for an hour, to see that it is another."""
    truth = lockstep(day)
    lived(truth, max(cuts) + HOUR_MS)
    for t in cuts:
        dice = random.Random(t)
        other = lockstep(another_future(day, t, dice))
        lived(other, t + HOUR_MS, spoil(t, dice))

        assert told_by(other, t) == told_by(truth, t)
        assert told_by(other, t + HOUR_MS) != told_by(truth, t + HOUR_MS), "the other future was the same"


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize("ready_mode", ["estimated", "known"])
def test_of_a_little_day_nothing_before_a_minute_depends_on_what_came_after(
    policy: str, ready_mode: str, lockstep: Callable
) -> None:
    day = scenario()
    rules = msgspec.structs.replace(day.rules, policy=policy, ready_mode=ready_mode)

    assert_told_alike(
        msgspec.structs.replace(day, rules=rules), [OPENS + n * MINUTE_MS for n in range(1, 38, 4)], lockstep
    )


@pytest.mark.parametrize("policy", ["nearest", "rolling"])
def test_of_a_recorded_day_nothing_before_an_hour_depends_on_what_came_after(
    policy: str, recorded: Callable[[str], Path], lockstep: Callable
) -> None:
    """A day of 252 orders whose ready times nobody announces, cut at five places between noon and night."""
    day = mdrp.load(recorded("0o50t100s1p100"), policy, "estimated")
    first, last = min(o.placed_at for o in day.orders), max(o.placed_at for o in day.orders)
    cuts = [first + n * (last - first) // 6 for n in range(1, 6)]
    ticks = [day.opens_at + (t - day.opens_at) // MINUTE_MS * MINUTE_MS for t in cuts]

    assert_told_alike(day, ticks, lockstep)


def test_a_leak_would_be_seen(lockstep: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """An estimate that knew when its food would be ready tells another thing as soon as the future is another."""

    def all_knowing(futures: Scenario) -> Callable[[Outlook, Any], Instant]:
        ready = {o.order: o.ready_at for o in futures.orders}
        return lambda outlook, order: max(ready[order.id], outlook.t)

    day, t, dice = scenario(), OPENS + 20 * MINUTE_MS, random.Random(1)
    told = []
    for future in (day, another_future(day, t, dice)):
        monkeypatch.setattr(Outlook, "expected", all_knowing(future))
        told.append(lived(lockstep(future), t))

    assert told[0] != told[1]
