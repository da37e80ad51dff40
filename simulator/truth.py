"""simulator/faults → here → a file of JSON lines → whoever wants to know what was done to a day, and what was true."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from models.commands import Ping
from models.geo import Point
from models.ids import CityId, CommandId, DriverId, Instant, OrderId, RestaurantId
from simulator.faults.kinds import Fault


class Said(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """One line. `fault` is the id of the fault that did it."""

    fault: str


class Begun(Said, frozen=True):
    """`whom`: the drivers, the kitchen or the street it strikes; empty where it strikes messages."""

    city: CityId
    what: Fault
    whom: tuple[str, ...]


class Ended(Said, frozen=True):
    at: Instant


class CommandDoubled(Said, frozen=True):
    command: CommandId


class FrameDoubled(Said, frozen=True):
    """`pings` as they stood in the frame."""

    pings: tuple[Ping, ...]


class GarbageSent(Said, frozen=True):
    topic: str
    raw: bytes


class PingDropped(Said, frozen=True):
    ping: Ping


class PingJumped(Said, frozen=True):
    """`ping` is the truth."""

    ping: Ping
    told: Point


class PingSkewed(Said, frozen=True):
    """`ping` is the truth."""

    ping: Ping
    told: Instant


class CommandSkewed(Said, frozen=True):
    command: CommandId
    at: Instant
    told: Instant


class PingDelayed(Said, frozen=True):
    """`behind`: a newer one of the same driver was told before it."""

    ping: Ping
    behind: bool


class ReadyMoved(Said, frozen=True):
    """When the food really stands there; where kitchens announce, `planned` is what was announced."""

    order: OrderId
    restaurant: RestaurantId
    planned: Instant
    ready_at: Instant


class OrderMoved(Said, frozen=True):
    """Placed earlier than planned; promise and ready time move with it."""

    order: OrderId
    planned: Instant
    placed_at: Instant


class Stood(Said, frozen=True):
    """Stands at `point`; the way that began at `leaves` ends at `arrives` instead of `due`, if it is not given up."""

    driver: DriverId
    leaves: Instant
    at: Instant
    until: Instant
    point: Point
    due: Instant
    arrives: Instant


class Slowed(Said, frozen=True):
    """The way that began at `leaves` ends at `arrives` instead of `due`, if it is not given up."""

    driver: DriverId
    leaves: Instant
    due: Instant
    arrives: Instant


class Declined(Said, frozen=True):
    """The driver does not take what he was assigned at `at`, and stays where he is."""

    order: OrderId
    driver: DriverId
    at: Instant


class NeverStarted(Said, frozen=True):
    driver: DriverId


class LeftEarly(Said, frozen=True):
    """Goes home at `at`, or after the last door when there is food on board; `planned` is what the city was told."""

    driver: DriverId
    at: Instant
    planned: Instant


Entry = (
    Begun | Ended | CommandDoubled | FrameDoubled | GarbageSent | PingDropped | PingJumped | PingSkewed | CommandSkewed
    | PingDelayed | ReadyMoved | OrderMoved | Stood | Slowed | Declined | NeverStarted | LeftEarly
)  # fmt: skip
Write = Callable[[Entry], None]
_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def into(path: Path) -> Write:
    """A writer of this file, which is begun anew; a reader sees each entry at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)

    def write(entry: Entry) -> None:
        with path.open("ab") as file:
            file.write(_encode(entry) + b"\n")

    return write


def read(path: Path) -> list[Entry]:
    """Everything a file says. Raises msgspec.DecodeError when it is none of ours."""
    return [_decoder.decode(line) for line in path.read_bytes().splitlines()]
