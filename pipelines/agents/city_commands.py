"""city-commands → here → the log and its rows, city-events, live views. The only writer of all of them.

A command is decided once: a known id is told again, byte for byte, and never decided anew.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from models import codec
from models.changes import Changes, Desk, change
from models.city import City
from models.commands import Command
from models.decide import decide, happened_at
from models.events import CommandRejected, Fact, Ticked
from models.ids import CityId, CommandId
from models.rows import rows
from models.topics import CITY_COMMANDS, CITY_EVENTS
from models.views import Delta
from pipelines import live_views, metrics
from pipelines.cities import WRITER, Cities, Folding, checkpoint_due, checkpoint_of
from pipelines.failpoints import armed, reached
from pipelines.ports import (
    Agent,
    Checkpoint,
    Holding,
    LiveWrite,
    Outcome,
    Ports,
    Received,
    Span,
    Stores,
    by_city,
    newest,
)

Available = tuple[tuple[float, float, str], ...]


class Decided(msgspec.Struct):
    """What a batch came to: new facts and outcomes, changes, the checkpoints it passed, and commands told again."""

    facts: list[Fact] = []
    outcomes: list[Outcome] = []
    again: list[Span] = []
    changes: Changes = msgspec.field(default_factory=Changes)
    checkpoints: list[Checkpoint] = []
    available: Available | None = None


def remember(stores: Stores) -> Cities[Desk]:
    """A load heals Redis: what was committed and not shown when the last worker died is shown now."""

    async def heal(holding: Holding, desk: Desk, passed: list[list[tuple[int, Delta]]]) -> None:
        if desk.city.now is None:
            return
        deltas = [delta for some in passed for delta in some]
        free, whole = live_views.available(desk.city), live_views.whole_hashes(desk.city)
        write = _write(holding, desk.city, 0, whole, deltas, free)
        await stores.live.put(msgspec.structs.replace(write, replace=True))

    folding = Folding(WRITER, lambda city: Desk(City(city)), _step)
    return Cities(stores.log, folding, loaded=heal, known=stores.live.newest_delta)


async def handle(batch: Sequence[Received], ports: Ports[Cities[Desk]]) -> None:
    """Decide, commit, publish, show: in this order, so that nothing is told that is not stored."""
    for city, received in by_city(batch).items():
        await _city(city, received, ports)


async def _city(city: CityId, received: list[Received], ports: Ports[Cities[Desk]]) -> None:
    stores = ports.stores
    desk = await ports.memory.get(city)
    commands: list[Command] = [one.message for one in received]
    known = await stores.log.told(city, [c.id for c in commands])
    decided = _decide_all(desk, commands, known)
    holding = ports.memory.holding(city, desk.seq)
    if decided.facts:
        await _commit(decided, desk, holding, stores)
    await _publish(decided, city, stores)
    if decided.facts:
        hashes, deltas = live_views.changed_hashes(decided.changes, desk.city), decided.changes.deltas
        await stores.live.put(_write(holding, desk.city, newest(received), hashes, deltas, decided.available))
        reached("after_redis")


def _decide_all(desk: Desk, commands: list[Command], known: dict[CommandId, Span]) -> Decided:
    decided, seen = Decided(), set[CommandId]()
    for command in commands:
        if command.id in seen:
            metrics.REPEATED.inc()
        elif command.id in known:
            metrics.REPEATED.inc()
            decided.again.append(known[command.id])
        else:
            _decide_one(desk, command, decided)
        seen.add(command.id)
    return decided


def _decide_one(desk: Desk, command: Command, decided: Decided) -> None:
    city, first, reason = desk.city, desk.seq + 1, None
    at = happened_at(city, command)
    for body in decide(city, command):
        fact = Fact(city.id, city.seq + 1, command.id, at, body)
        due = checkpoint_due(city.now, fact)
        change(desk, decided.changes, fact)
        decided.facts.append(fact)
        if due:
            decided.checkpoints.append(checkpoint_of(desk))
        if isinstance(body, Ticked):  # now, not when the batch is done: it would depend on where the batch was cut
            decided.available = live_views.available(city)
        if isinstance(body, CommandRejected):
            reason = body.reason
            metrics.REJECTED.labels(body.asked, body.reason).inc()
    kind = type(command.body).__name__
    decided.outcomes.append(Outcome(command.id, kind, reason, first, desk.seq, command.issued_by, command.issued_at))


async def _commit(decided: Decided, desk: Desk, holding: Holding, stores: Stores) -> None:
    reached("before_commit")
    async with stores.log.unit_of_work(holding) as work:
        await work.append(decided.facts, decided.outcomes)
        await work.write(rows(decided.changes, desk.city))
        for checkpoint in decided.checkpoints:
            await work.keep(checkpoint)
    reached("after_commit")


async def _publish(decided: Decided, city: CityId, stores: Stores) -> None:
    told = await stores.log.stored(city, decided.again) if decided.again else []
    payloads = [*told, *map(codec.encode, decided.facts)]
    if armed("after_first_fact") and len(payloads) > 1:
        await stores.outbox.send(CITY_EVENTS.name, city, payloads[:1])
        reached("after_first_fact")
        payloads = payloads[1:]
    await stores.outbox.send(CITY_EVENTS.name, city, payloads)


def _write(
    holding: Holding,
    city: City,
    produced_at: int,
    hashes: dict[str, dict[str, bytes | None]],
    deltas: list[tuple[int, Delta]],
    available: Available | None,
) -> LiveWrite:
    return LiveWrite(
        city=holding.city,
        agent=WRITER,
        epoch=holding.epoch,
        seq=holding.seq,
        as_of=city.now or 0,
        produced_at=produced_at,
        hashes=hashes,
        available=available,
        deltas=tuple(deltas),
        card=live_views.card(city),
    )


def _step(desk: Desk, fact: Fact) -> Any:
    changes = Changes()
    change(desk, changes, fact)
    return changes.deltas


AGENT = Agent(WRITER, CITY_COMMANDS, handle, remember)
