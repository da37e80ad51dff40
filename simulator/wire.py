"""engine → here → the bytes of a step, as they leave for `city-commands` and `driver-pings`.

The one door between a simulated city and its pipeline: what is to go wrong between the two goes wrong here, whether the
bytes then go through Kafka or through memory.
"""

from collections.abc import Sequence

from models import codec
from models.commands import Command, Frame, Ping
from models.ids import CityId, Instant
from models.topics import CITY_COMMANDS, DRIVER_PINGS
from simulator.engine import Engine, Step

FRAME_PINGS = 25


def frames(city: CityId, pings: Sequence[Ping]) -> list[bytes]:
    """The pings in messages of 25: one by one, a worker falls behind at 0.7k/s."""
    cut = (pings[i : i + FRAME_PINGS] for i in range(0, len(pings), FRAME_PINGS))
    return [codec.encode(Frame(city, tuple(some))) for some in cut]


class Disturbance:
    """What a fault makes of a step, in three stages; each leaves alone what it does not touch.

    `t` is the step's time; `last`: nothing comes after it, so what was held back has to go now.
    """

    def commands(self, some: list[Command]) -> list[Command]:
        return some

    def pings(self, some: list[Ping], t: Instant, last: bool) -> list[Ping]:
        return some

    def payloads(self, topic: str, some: list[bytes], t: Instant, last: bool) -> list[bytes]:
        return some


class Wire:
    """Honest, as long as nothing disturbs it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.disturbances: list[Disturbance] = []

    def carry(self, step: Step, t: Instant) -> tuple[list[bytes], list[bytes]]:
        """The payloads of both topics for what happened up to `t`, in the order of sending."""
        last, commands, pings = self.engine.finished, list(step.commands), list(step.pings)
        for one in self.disturbances:
            commands, pings = one.commands(commands), one.pings(pings, t, last)
        asked, told = [codec.encode(c) for c in commands], frames(self.engine.city_id, pings)
        for one in self.disturbances:
            asked = one.payloads(CITY_COMMANDS.name, asked, t, last)
            told = one.payloads(DRIVER_PINGS.name, told, t, last)
        return asked, told
