"""guard → here → `dead-letters` → Postgres. A message nobody can act on, kept whole, with the reason."""

from typing import Literal

import msgspec


class DeadLetter(msgspec.Struct, frozen=True):
    """The record as it came (`value` is base64 in JSON) and where it stood: topic, partition and offset name it."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    kind: Literal["unreadable", "crashed"]
    reason: str
    role: str
