"""driver-pings → here → driver-positions, live positions; at each tick the positions since the last go to city-commands.

Its memory survives an error: the newest fix wins, so doing it twice is harmless, and a flushed Redis is filled from here.
"""

from collections.abc import Sequence

import msgspec

from models import codec
from models.commands import Command, Frame, PositionFrame, Tick, TickAsked
from models.decide import FURTHEST_AHEAD_MS
from models.driver import Ignored, observe
from models.events import Position
from models.ids import CityId, CommandId, DriverId, Instant
from models.rules import Rules
from models.topics import CITY_COMMANDS, DRIVER_PINGS, DRIVER_POSITIONS
from models.views import Key
from pipelines import metrics
from pipelines.failpoints import reached
from pipelines.ports import Agent, Holding, LiveWrite, Ports, Received, Stores, by_city, newest

NAME = "driver_pings"
TICKED = "ticked"


class Known(msgspec.Struct):
    """What this worker knows of a city's drivers; `dirty` and `untold` are what Redis has not acknowledged."""

    holding: Holding
    rules: Rules
    opened_at: Instant
    last: dict[DriverId, Position] = {}
    ticked: Instant = 0
    dirty: set[DriverId] = set()
    untold: bool = False
    accepted: list[Position] = []

    @property
    def now(self) -> Instant:
        return max(self.ticked, self.opened_at)


class Positions:
    """The cities of one worker, and the epochs it took them with; dropped only when the partitions go."""

    def __init__(self) -> None:
        self.known: dict[CityId, Known] = {}
        self.epochs: dict[CityId, int] = {}

    def forget(self) -> None:
        """Nothing: what Redis misses is dirty, and Redis may be what was lost."""

    def revoke(self) -> None:
        self.known.clear()
        self.epochs.clear()

    def drop(self, city: CityId) -> None:
        """Not while Redis misses any of it: it would be lost."""
        known = self.known.get(city)
        if known is not None and not (known.dirty or known.untold):
            del self.known[city]


def remember(stores: Stores) -> Positions:
    return Positions()


async def handle(batch: Sequence[Received], ports: Ports[Positions]) -> None:
    """Accept or ignore each ping; store what was accepted before any tick goes on."""
    for city, received in by_city(batch).items():
        known = await _known(city, ports)
        if known is None:
            frames = [one.message for one in received if isinstance(one.message, Frame)]
            metrics.PINGS.labels("unknown_city").inc(sum(len(frame.pings) for frame in frames))
            await _pass_ticks(city, received, ports.stores)
            continue
        for one in received:
            if isinstance(one.message, Frame):
                _observe(known, one.message)
            else:
                await _tick(known, one.message, one.produced_at, ports.stores)
        await _store(known, newest(received), ports.stores)


async def _known(city: CityId, ports: Ports[Positions]) -> Known | None:
    """Rules from the log, last fixes from Redis; None while the city is not open: nothing is kept of such a one."""
    log, live = ports.stores.log, ports.stores.live
    if (known := ports.memory.known.get(city)) is not None:
        return known
    if (opening := await log.opening(city)) is None:
        return None
    holding = await log.begin(NAME, city, ports.memory.epochs.get(city))
    ports.memory.epochs[city] = holding.epoch
    fields = await live.fields(city, Key.POSITIONS)
    ticked = int((await live.fields(city, Key.TICKED)).get("t", b"0"))
    last = {DriverId(d): msgspec.json.decode(p, type=Position) for d, p in fields.items()}
    known = ports.memory.known[city] = Known(holding, opening.rules, opening.at, last, ticked)
    return known


def _observe(known: Known, frame: Frame) -> None:
    for ping in frame.pings:
        seen = observe(known.rules.travel, known.last.get(ping.driver), ping, known.now)
        if isinstance(seen, Ignored):
            metrics.PINGS.labels(seen.value).inc()
            continue
        known.last[ping.driver] = seen
        known.dirty.add(ping.driver)
        known.accepted.append(seen)


async def _tick(known: Known, asked: TickAsked, produced_at: int, stores: Stores) -> None:
    """Positions first: they outlive this process. The tick's time only after its ack: else a crash would skip it."""
    before, t = known.ticked, asked.t
    if t > known.now + FURTHEST_AHEAD_MS:
        await stores.outbox.send(CITY_COMMANDS.name, asked.city, [_command(asked.city, Tick(t, ()))])
        return  # refused by rule, for an answer; kept here, it would be the last tick of this city
    moved = tuple(sorted((p for p in known.last.values() if before < p.at <= t), key=lambda p: p.driver))
    await _store(known, produced_at, stores)
    reached("before_tick_sent")
    await stores.outbox.send(CITY_COMMANDS.name, asked.city, [_command(asked.city, Tick(t, moved))])
    reached("after_tick_sent")
    if t > before:
        known.ticked, known.untold = t, True


async def _store(known: Known, produced_at: int, stores: Stores) -> None:
    """The history first: what Redis holds is `late` after a crash and would never be told again."""
    if not known.dirty and not known.untold:
        return
    if known.accepted:
        frame = codec.encode(PositionFrame(known.holding.city, tuple(known.accepted)))
        await stores.outbox.send(DRIVER_POSITIONS.name, known.holding.city, [frame])
    await stores.live.put(_write(known, produced_at, _unacknowledged(known)))
    metrics.PINGS.labels("accepted").inc(len(known.accepted))
    known.dirty, known.untold, known.accepted = set(), False, []


def _unacknowledged(known: Known) -> dict[str, dict[str, bytes | None]]:
    """The positions and the tick that Redis does not have yet."""
    positions: dict[str, bytes | None] = {d: msgspec.json.encode(known.last[d]) for d in sorted(known.dirty)}
    ticked: dict[str, bytes | None] = {"t": str(known.ticked).encode()} if known.untold else {}
    return {Key.POSITIONS: positions, Key.TICKED: ticked}


async def _pass_ticks(city: CityId, received: list[Received], stores: Stores) -> None:
    """A tick of an unknown city goes on to be refused by rule: whoever asked gets an answer."""
    ticks = [_command(city, Tick(m.t, ())) for one in received if isinstance(m := one.message, TickAsked)]
    await stores.outbox.send(CITY_COMMANDS.name, city, ticks)


def _command(city: CityId, tick: Tick) -> bytes:
    return codec.encode(Command(CommandId(f"tick:{tick.t}"), city, tick.t, tick.t, NAME, tick))


def _write(known: Known, produced_at: int, hashes: dict[str, dict[str, bytes | None]]) -> LiveWrite:
    return LiveWrite(
        city=known.holding.city,
        agent=NAME,
        epoch=known.holding.epoch,
        seq=0,
        as_of=max((p.at for p in known.accepted), default=known.ticked),
        produced_at=produced_at,
        hashes=hashes,
    )


AGENT = Agent(NAME, DRIVER_PINGS, handle, remember)
