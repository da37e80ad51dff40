"""a command on the city → here → its facts, or the rule that says no: the two things a decision can be."""

from typing import NamedTuple

from models.events import Happened


class Refused(NamedTuple):
    """`reason` is the rule, `current` what stands now."""

    reason: str
    current: str = ""


Decision = list[Happened] | Refused
