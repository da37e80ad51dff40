"""payloads of a step → here → the same with some of them twice, and bytes between them that nobody can read."""

from random import Random

from models import codec
from models.codec import HEADERS
from models.commands import Command, Frame
from models.ids import Instant
from simulator.faults.kinds import Fault
from simulator.truth import CommandDoubled, FrameDoubled, GarbageSent, Write
from simulator.wire import Disturbance

LONGEST_GARBAGE = 200


class Network(Disturbance):
    def __init__(self, fault: Fault, write: Write) -> None:
        self.fault, self.write, self.rng = fault, write, Random(fault.seed)

    def drawn(self, t: Instant) -> bool:
        return self.fault.at <= t < self.fault.until and self.rng.random() < self.fault.share


class Duplicates(Network):
    """The second one comes right behind the first, or with the next step: in the same batch, or long after it."""

    def __init__(self, fault: Fault, write: Write) -> None:
        super().__init__(fault, write)
        self.held: dict[str, list[bytes]] = {}

    def payloads(self, topic: str, some: list[bytes], t: Instant, last: bool) -> list[bytes]:
        out, later = self.held.pop(topic, []), list[bytes]()
        for payload in some:
            out.append(payload)
            if self.drawn(t):
                self._told(topic, payload)
                (out if self.rng.random() < 0.5 else later).append(payload)
        if last:
            return out + later
        self.held[topic] = later
        return out

    def _told(self, topic: str, payload: bytes) -> None:
        match codec.decode(topic, payload, HEADERS).message:
            case Command(id=command):
                self.write(CommandDoubled(self.fault.id, command))
            case Frame(pings=pings):
                self.write(FrameDoubled(self.fault.id, pings))


class Garbage(Network):
    """Before a good message: noise, a message that was cut off, nothing at all, or a kind that does not exist."""

    def payloads(self, topic: str, some: list[bytes], t: Instant, last: bool) -> list[bytes]:
        out = list[bytes]()
        for payload in some:
            if self.drawn(t):
                out.append(raw := self._made(payload))
                self.write(GarbageSent(self.fault.id, topic, raw))
            out.append(payload)
        return out

    def _made(self, payload: bytes) -> bytes:
        rng = self.rng
        kinds = (
            b"\xff" + rng.randbytes(rng.randint(0, LONGEST_GARBAGE)),
            payload[: rng.randint(1, len(payload) - 1)],
            b"",
            b'{"type":"NoSuchThing"}',
        )
        return rng.choice(kinds)
