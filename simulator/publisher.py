"""engine → here → city-commands, driver-pings; city-events → here → engine. The feeder: a city's one ticker.

It awaits the acks of its commands and of its open frame, then sends the tick: one path, one watermark.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from models import codec
from models.codec import HEADERS
from models.commands import Ping, TickAsked
from models.errors import TrackError
from models.events import CityOpened, Dispatched, Fact
from models.ids import Instant
from models.topics import CITY_COMMANDS, CITY_EVENTS, DRIVER_PINGS
from simulator.engine import Engine, Step
from simulator.wire import Wire

ACK_SECONDS = 120.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 8.0
POLL_MS = 50


class NothingDecides(TrackError):
    """No turn came back in time: nobody dispatches, or its store is away."""


def newest(pings: Sequence[Ping]) -> tuple[Ping, ...]:
    """Each driver's last ping; 90 minutes of a live city's past have 200,000 that no tick would hand on."""
    return tuple({ping.driver: ping for ping in pings}.values())


class Feeder:
    """One city's producer and the reader of its facts."""

    def __init__(
        self, engine: Engine, kafka: dict[str, Any], patience_seconds: float = 120.0, wire: Wire | None = None
    ) -> None:
        """`kafka`: the connection settings of kafka-python; `patience_seconds` bounds the wait for one turn."""
        self.wire = wire or Wire(engine)
        self.engine, self.city, self.patience = engine, engine.city_id, patience_seconds
        acknowledged = {"acks": "all", "enable_idempotence": True, "retries": 1000, "linger_ms": 0}
        self.producer = KafkaProducer(**kafka, **acknowledged, delivery_timeout_ms=int(ACK_SECONDS * 1000))
        self.consumer = KafkaConsumer(**kafka, enable_auto_commit=False, fetch_max_wait_ms=500)
        self.seq, self.turn, self.opened = 0, 0, False
        self.early: dict[int, Fact] = {}
        self.waiting: list[Fact] = []
        self.turns: list[float] = []
        self.resent = 0
        self._listen()

    def _listen(self) -> None:
        """From the end of the log's topic on: a city that this feeder opens has no fact before."""
        known = self.consumer.partitions_for_topic(CITY_EVENTS.name) or set()
        partitions = [TopicPartition(CITY_EVENTS.name, p) for p in sorted(known)]
        self.consumer.assign(partitions)
        self.consumer.seek_to_end(*partitions)
        for partition in partitions:
            self.consumer.position(partition)

    def send(self, topic: str, payloads: Iterable[bytes]) -> None:
        """Publish in order and wait for the broker's ack of each."""
        headers, key = list(HEADERS.items()), self.city.encode()
        for ack in [self.producer.send(topic, key=key, value=one, headers=headers) for one in payloads]:
            ack.get(ACK_SECONDS)

    def open(self) -> None:
        """The city and its restaurants; pings come only when its rules are in the log."""
        opening = [codec.encode(c) for c in self.engine.opening()]
        self.send(CITY_COMMANDS.name, opening)
        self._until(lambda: self.opened, lambda: self.send(CITY_COMMANDS.name, opening[:1]))
        self._learn()

    def lockstep(
        self, ticks: Iterable[Instant], after: Callable[[Instant], None] = lambda t: None, thin: bool = False
    ) -> None:
        """Each tick waits for its turn; only then the engine acts on what it was told.

        `thin`: of each driver only the newest ping of a step is sent, all that a tick hands on.
        """
        for t in ticks:
            step = self.engine.advance(t)
            self.feed(msgspec.structs.replace(step, pings=newest(step.pings)) if thin else step, t)
            asked, since = codec.encode(TickAsked(self.city, t)), time.monotonic()
            self.send(DRIVER_PINGS.name, [asked])
            self._until(lambda t=t: self.turn >= t, lambda asked=asked: self.send(DRIVER_PINGS.name, [asked]))  # type: ignore[misc]
            self._learn()
            self.turns.append(time.monotonic() - since)
            after(t)

    def feed(self, step: Step, t: Instant) -> None:
        """What happened up to `t`: the commands first, then the pings."""
        asked, told = self.wire.carry(step, t)
        self.send(CITY_COMMANDS.name, asked)
        self.send(DRIVER_PINGS.name, told)

    def tick(self, t: Instant) -> None:
        """Say that everything up to `t` was sent; a live city does not wait for the turn."""
        self.send(DRIVER_PINGS.name, [codec.encode(TickAsked(self.city, t))])
        self._learn()

    def listen(self, seconds: float) -> None:
        """Read facts for so long; the engine acts on them at the next tick."""
        self._poll(max(1, int(seconds * 1000)))

    def close(self) -> None:
        self.producer.close()
        self.consumer.close()

    def _until(self, done: Callable[[], bool], ask_again: Callable[[], None]) -> None:
        """Read facts until `done`; ask again with doubling waits. Raises NothingDecides when patience ends."""
        wait, since = FIRST_WAIT_SECONDS, time.monotonic()
        asked = since
        while not done():
            self._poll(POLL_MS)
            now = time.monotonic()
            if now - since > self.patience:
                raise NothingDecides(f"{self.city}: no turn for {self.patience:.0f} s. Does `track worker city` run?")
            if now - asked > wait:
                ask_again()
                self.resent, wait, asked = self.resent + 1, min(wait * 2, LONGEST_WAIT_SECONDS), now

    def _poll(self, timeout_ms: int) -> None:
        for records in self.consumer.poll(timeout_ms=timeout_ms).values():
            for record in records:
                if record.key == self.city.encode():
                    self._take(codec.decode_fact(record.value))

    def _take(self, fact: Fact) -> None:
        """Facts in order of seq, each once: what was published again is dropped, what came early waits."""
        self.early[fact.seq] = fact
        while (found := self.early.pop(self.seq + 1, None)) is not None:
            self.seq = found.seq
            self.waiting.append(found)
            if isinstance(found.body, Dispatched):
                self.turn = found.body.t
            self.opened = self.opened or isinstance(found.body, CityOpened)
        self.early = {seq: one for seq, one in self.early.items() if seq > self.seq}

    def _learn(self) -> None:
        for fact in self.waiting:
            self.engine.learn(fact)
        self.waiting = []
