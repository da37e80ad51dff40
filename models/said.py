"""here → every command, every fact. What a thing that is said is: its tag is its name, and nothing else may stand in it."""

import msgspec


class Ask(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What a command wants."""


class Body(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """What a fact says."""
