"""bytes ↔ here ↔ messages. The one place that knows the wire: JSON by msgspec, the schema version in a header.

Every released version keeps example payloads under `tests/examples/` that must decode for ever.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from models import topics
from models.commands import Command, Frame, Ping, PositionFrame, TickAsked
from models.errors import Unreadable
from models.events import Fact
from models.ids import CityId
from models.letters import DeadLetter

SCHEMA = "1"
HEADERS = {"schema": SCHEMA.encode()}
NOT_READ = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the decoder raises on bytes that are no message: the second and third are not of its own family."""
Message = Command | Fact | Frame | TickAsked | PositionFrame | DeadLetter


class Decoded(NamedTuple):
    """What could be read of a record; `faults` say what could not, each with its place."""

    message: Message | None
    faults: tuple[str, ...] = ()


class _LooseFrame(msgspec.Struct, tag="Frame"):
    city: CityId
    pings: list[msgspec.Raw]


encode = msgspec.json.Encoder().encode
_decoders: dict[str, msgspec.json.Decoder[Any]] = {
    topics.CITY_COMMANDS.name: msgspec.json.Decoder(Command),
    topics.CITY_EVENTS.name: msgspec.json.Decoder(Fact),
    topics.DRIVER_PINGS.name: msgspec.json.Decoder(Frame | TickAsked),
    topics.DRIVER_POSITIONS.name: msgspec.json.Decoder(PositionFrame),
    topics.DEAD_LETTERS.name: msgspec.json.Decoder(DeadLetter),
}
_loose_frame = msgspec.json.Decoder(_LooseFrame)
_ping = msgspec.json.Decoder(Ping)


def decode(topic: str, value: bytes | None, headers: Mapping[str, bytes | None] | None = None) -> Decoded:
    """The message of a record; a frame with absurd pings comes back with the good ones and a fault for each other.

    Raises Unreadable, which says what is wrong and where in the payload, when nothing of it can be used.
    """
    schema = ((headers or {}).get("schema") or b"").decode("ascii", "replace")
    if schema != SCHEMA:
        raise Unreadable(_plain(f"schema {schema or 'missing'}: this release reads {SCHEMA}"))
    if value is None:
        raise Unreadable("empty: a record without a value")
    try:
        return Decoded(_decoders[topic].decode(value))
    except NOT_READ as error:
        if topic == topics.DRIVER_PINGS.name:
            return _good_pings(value, error)
        raise Unreadable(_plain(error)) from error


def decode_fact(value: bytes) -> Fact:
    """A fact out of our own log. Raises Unreadable when the log was spoiled."""
    try:
        return _decoders[topics.CITY_EVENTS.name].decode(value)  # type: ignore[no-any-return]
    except NOT_READ as error:
        raise Unreadable(f"the log holds a fact that is none: {_plain(error)}") from error


def _good_pings(value: bytes, error: Exception) -> Decoded:
    """One absurd ping must not cost the other 24 of its frame."""
    try:
        frame = _loose_frame.decode(value)
    except NOT_READ:
        raise Unreadable(_plain(error)) from error
    good, faults = [], []
    for place, raw in enumerate(frame.pings):
        try:
            good.append(_ping.decode(raw))
        except NOT_READ as fault:
            faults.append(f"ping {place}: {_plain(fault)}")
    return Decoded(Frame(frame.city, tuple(good)), tuple(faults))


def _plain(reason: object) -> str:
    """A reason may quote the payload: what Postgres refuses (NUL) or a terminal obeys is replaced, and it is cut."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(reason)[:300])
