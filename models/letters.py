"""guard → here → `dead-letters` → Postgres. A message nobody can act on, kept whole, with the reason."""

from typing import Literal

import msgspec


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """The record as it came (bytes are base64 in JSON) and where it stood: topic, partition and offset name it.

    `key` is the record's key as a person reads it, `raw_key` its bytes; `produced_at` is the record's wall time in ms.
    A letter of before the last four were kept has `headers` None.
    """

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    kind: Literal["unreadable", "crashed"]
    reason: str
    role: str
    agent: str = ""
    headers: dict[str, bytes | None] | None = None
    raw_key: bytes | None = None
    produced_at: int | None = None
