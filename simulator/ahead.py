"""a city as it stands, its conditions, levers, a seed → here → what becomes of its orders in the next hour, if it goes so.

The engine's commands, the city's decisions and dispatch's turns, one after another, without the agents between them: they
would do the same, and an hour of a big city would take ten times as long.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy

import msgspec

from models import commands
from models.city import City, apply
from models.commands import Command
from models.conditions import Conditions
from models.decide import decide, happened_at
from models.dispatch import match
from models.errors import TrackError
from models.events import CommandRejected, Fact, Position
from models.ids import CommandId, Instant
from models.lateness import late_between
from models.levers import Levers, PullLever
from models.ways import MINUTE_MS
from simulator.engine import Engine, Step
from simulator.resumed import resumed

TICK_SECONDS = 180
"""A turn is nearly all that an hour costs. At 60, 120 and 180 s the same hours differ by one late order in forty."""


class LeverRefused(TrackError):
    """The city would not obey: it has no such restaurant or zone. Fate: nothing is foretold."""


class Hour(msgspec.Struct, frozen=True):
    """Orders that were past their promise in it, for how long in all, and new orders that were turned away."""

    late_orders: int
    late_ms: int
    refused: int


def ahead(
    city: City, conditions: Conditions, levers: Sequence[Levers], seed: int, minutes: int, lasts: int | None = None
) -> Hour:
    """The next `minutes` of the city, which stays as it is; levers are in force for `lasts` of them, or to the end.

    The same seed: the same orders, kitchens and drivers.

    Raises LeverRefused.
    """
    branch, now = _copy(city), city.now
    assert now is not None  # a city without a tick has nothing to go on from
    until, tick = now + minutes * MINUTE_MS, max(TICK_SECONDS, city.rules.tick_seconds if city.rules else 0)
    released = now + (minutes if lasts is None else lasts) * MINUTE_MS
    engine = resumed(branch, conditions, seed, until, tick)
    for n, lever in enumerate(levers, 1):
        for fact in _pulled(branch, PullLever(f"what-if {n}", lever, released), now):
            engine.learn(fact)
    known, refused = dict(branch.orders), 0
    for t in _turns(now, until, 1000 * tick):
        refused += sum(_turned_away(fact) for fact in _turn(branch, engine, t))
        known.update(branch.orders)  # the city lets go of an order an hour after it ended
    return Hour(*late_between(known.values(), now, until), refused)


def _pulled(city: City, ask: PullLever, now: Instant) -> list[Fact]:
    facts = _put(city, [_command(city, ask.id, now, ask)])
    for fact in facts:
        if isinstance(fact.body, CommandRejected):
            raise LeverRefused(f"{city.id} would refuse {ask.lever}: {fact.body.reason}")
    return facts


def _turns(now: Instant, until: Instant, every: int) -> Iterator[Instant]:
    """The last one is at the end, however long the time is."""
    yield from range(now + every, until, every)
    yield until


def _turned_away(fact: Fact) -> bool:
    return isinstance(fact.body, CommandRejected) and fact.body.asked == "PlaceOrder"


def _turn(city: City, engine: Engine, t: Instant) -> list[Fact]:
    step = engine.advance(t)
    facts = [*_put(city, step.commands), *_put(city, [_command(city, "tick", t, commands.Tick(t, _positions(step)))])]
    facts += _put(city, [_command(city, "turn", t, match(city, t))])
    for fact in facts:
        engine.learn(fact)
    return facts


def _positions(step: Step) -> tuple[Position, ...]:
    """These phones tell the truth."""
    return tuple(Position(ping.driver, ping.at, ping.point) for ping in step.pings)


def _put(city: City, some: Iterable[Command]) -> list[Fact]:
    facts = []
    for command in some:
        for body in decide(city, command):
            facts.append(Fact(city.id, city.seq + 1, command.id, happened_at(city, command), body))
            apply(city, facts[-1])
    return facts


def _command(city: City, what: str, t: Instant, body: commands.Asked) -> Command:
    return Command(CommandId(f"{what}:{t}"), city.id, t, t, "what-if", body)


def _copy(city: City) -> City:
    """What is frozen is shared: a street map of 60 kB, and every order as it is."""
    held = {name: dict(getattr(city, name)) for name in ("orders", "drivers", "restaurants", "ended", "past", "levers")}
    learnt = {name: deepcopy(getattr(city, name)) for name in ("kitchens", "promises", "pace")}
    return msgspec.structs.replace(city, **held, **learnt)
