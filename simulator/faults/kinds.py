"""a name → here → what that fault does and what may be said of it. The table of faults: one that is not here does not exist."""

from typing import Literal, NamedTuple

import msgspec

from models.errors import TrackError
from models.ids import Instant
from models.ways import MINUTE_MS

Unit = Literal["duration", "factor", "metres"]
Whom = Literal["driver", "restaurant", "street"]


class BadFault(TrackError):
    """A fault that cannot be: the message says what is wrong and what is allowed."""


class Fault(msgspec.Struct, frozen=True):
    """One fault of one day, from `at` on and before `until`; `id` is its name and its number in the day.

    `share` is of messages or of drivers, `by` milliseconds, metres or a factor, as its kind says.
    """

    id: str
    name: str
    at: Instant
    until: Instant
    seed: int = 0
    share: float = 1.0
    by: float = 0.0
    whom: str | None = None


class Kind(NamedTuple):
    """`share`, `by` and `lasts_ms` are what holds when nothing is said; None of the first two: it has no such thing.

    `lasts_ms` None: to the end of the day.
    """

    does: str
    share: float | None = None
    by: float | None = None
    unit: Unit = "duration"
    whom: Whom | None = None
    lasts_ms: int | None = None


KINDS: dict[str, Kind] = {
    "no-shows": Kind(
        "drivers never start their shift, or leave `by` after it began", 0.2, by=10 * MINUTE_MS, whom="driver"
    ),
    "rain-surge": Kind(
        "every way takes `by` times as long, and orders come `by` times as fast", by=1.5, unit="factor",
        lasts_ms=60 * MINUTE_MS,
    ),
    "kitchen-meltdown": Kind(
        "a kitchen takes `by` longer for all it has in hand and gets", by=20 * MINUTE_MS, whom="restaurant",
        lasts_ms=60 * MINUTE_MS,
    ),
    "bridge-closed": Kind("nobody sets off over a street; only in cities with streets", whom="street", lasts_ms=30 * MINUTE_MS),
    "stopped-driver": Kind("drivers stand still on their way until it ends", 0.1, whom="driver", lasts_ms=10 * MINUTE_MS),
    "declining-drivers": Kind("a share of the assignments is declined by its driver", 0.2, whom="driver"),
    "silent-phone": Kind("no pings from some drivers, who work on", 0.1, whom="driver", lasts_ms=10 * MINUTE_MS),
    "gps-jumps": Kind("a share of the pings is `by` away from the truth", 0.05, by=20_000, unit="metres", whom="driver"),
    "clock-skew": Kind("some drivers' phones are `by` ahead or behind", 0.1, by=3 * MINUTE_MS, whom="driver"),
    "late-pings": Kind("a share of the pings is told `by` late, after newer ones", 0.1, by=MINUTE_MS, whom="driver"),
    "swapped-pings": Kind("a share of the pings is told right after the next one", 0.1, whom="driver"),
    "duplicates": Kind("a share of the commands and of the frames of pings is sent twice", 0.1),
    "garbage": Kind("bytes that nobody can read, on both topics: a share of the messages", 0.02),
}  # fmt: skip
"""In the order in which they act on one step."""
LARGEST_GARBAGE = 0.5
"""A garbage for every good message cannot reach the budget of a hundred letters in a row; more of it could."""
