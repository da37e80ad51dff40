"""a command on the city → here → its facts, or the rule that says no: the two things a decision can be."""

from typing import NamedTuple

from models.events import Happened
from models.levers import LeverId


class Refused(NamedTuple):
    """`reason` is the rule, `current` what stands now, `lever` the one whose rule it is."""

    reason: str
    current: str = ""
    lever: LeverId | None = None


Decision = list[Happened] | Refused
