"""fleet → here → `driver-pings`, on time. A process of its own, so that it does not wait for what is measured.

A ping's time is when it is due by the plan: what its frame waits for, and what the feeder itself is late, count as latency,
so that a system that stalls its feeder is not measured as fast (coordinated omission). The producer is aiokafka's: with
kafka-python's checksums in Python the feeder alone takes a third of a core at 20,000 pings a second.
"""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from infra.bench.fleet import FRAME_PINGS, Fleet, Told
from models import codec
from models.codec import HEADERS
from models.commands import TickAsked
from models.settings import Settings
from models.topics import CITY_COMMANDS, DRIVER_PINGS

FLUSH_MS = 20
"""How often frames go out, as a gateway for phones would do it."""


class Fed(NamedTuple):
    """`late_ms`: by how much the feeder was behind its plan at worst."""

    late_ms: int
    ticks: tuple[Told, ...]
    cpu_seconds: float


def open_city(fleet: Fleet, settings: Settings) -> None:
    """Returns when the broker has every command."""

    async def send() -> None:
        async with _Producer(fleet, settings) as producer:
            acks = [await producer.send(CITY_COMMANDS.name, one) for one in fleet.opening(time.time_ns() // 1_000_000)]
            await asyncio.gather(*acks)

    asyncio.run(send())


def feed(fleet: Fleet, settings: Settings, topic: str = DRIVER_PINGS.name, ticking: bool = True) -> Fed:
    """All frames that are full, every 20 ms; a tick each `tick_seconds`, after the acks of all before it."""
    plan = plan_of(fleet)  # made before, so that the feeder takes no more of the machine than it must
    began = time.process_time()
    late, ticks = asyncio.run(_feed(fleet, settings, topic, ticking, plan))
    return Fed(late, tuple(ticks), time.process_time() - began)


class Flush(NamedTuple):
    """The frames that go out at one moment; `first` is the time of their first ping."""

    at: int
    first: int
    payloads: list[bytes]


def plan_of(fleet: Fleet) -> list[Flush]:
    """At each moment the frames that are full by then and were not before."""
    plan: dict[int, Flush] = {}
    for number in range(fleet.frames):
        at = -(-fleet.full_at(number) // FLUSH_MS) * FLUSH_MS
        flush = plan.setdefault(at, Flush(at, fleet.at(number * FRAME_PINGS), []))
        flush.payloads.append(fleet.frame(number))
    return list(plan.values())


async def _feed(
    fleet: Fleet, settings: Settings, topic: str, ticking: bool, plan: list[Flush]
) -> tuple[int, list[Told]]:
    late, sent, ticks, step = 0, 0, list[Told](), fleet.tick_seconds * 1000
    async with _Producer(fleet, settings) as producer:
        due = fleet.began + step
        for flush in plan:
            if ticking and flush.first > due:  # only now has every ping up to it been sent
                ticks.append(Told(await producer.tick(due), sent))
                due += step
            late = max(late, await _wait_for(flush.at))
            for payload in flush.payloads:
                producer.last = await producer.send(topic, payload)
            sent += len(flush.payloads)
        if ticking:
            ticks.append(Told(await producer.tick(fleet.at(fleet.pings)), sent))
    return late, ticks


class _Producer:
    """As `simulator/publisher.py` has it: idempotent, in order, acknowledged by all; leaving waits for the acks."""

    def __init__(self, fleet: Fleet, settings: Settings) -> None:
        self.city, self.last = fleet.city, None
        self.kafka = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True)

    async def send(self, topic: str, payload: bytes) -> Any:
        """Queued; what is returned is the ack to come."""
        return await self.kafka.send(topic, payload, key=self.city.encode(), headers=list(HEADERS.items()))

    async def tick(self, t: int) -> int:
        """After the ack of the last frame, and so of all before it."""
        waiting: Awaitable[Any] | None = self.last
        if waiting is not None:
            await waiting
        await (await self.send(DRIVER_PINGS.name, codec.encode(TickAsked(self.city, t))))
        return t

    async def __aenter__(self) -> "_Producer":
        await self.kafka.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kafka.stop()


async def _wait_for(at: int) -> int:
    """By how many milliseconds it is too late already."""
    left = at - time.time_ns() / 1e6
    await asyncio.sleep(max(0.0, left) / 1000)
    return round(max(0.0, -left))
