"""what-if → here → the board: what the next hour brings if nothing is done, and what each lever of an incident would change."""

import msgspec

from models.ids import Instant
from models.levers import Effect, Levers


class Offer(msgspec.Struct, frozen=True):
    """A lever that nobody has pulled yet."""

    lever: Levers
    expected: Effect


class Foretold(msgspec.Struct, frozen=True):
    """As of the city's tick `at`. `offers`: incident id → its levers, the one that saves most minutes first."""

    at: Instant
    nothing: Effect
    offers: dict[str, tuple[Offer, ...]] = {}
