"""a city's first fact → here → everyone who decides in it. What holds in a city, from its opening on."""

from typing import Annotated, Literal

import msgspec

from models.ids import Text
from models.scenery import Scenery
from models.travel import Travel

DEFAULT_POLICY = "rolling"
"""Ahead of the others on the Grubhub days, and far ahead where drivers are scarce (decision 0013)."""


class Services(msgspec.Struct, frozen=True):
    """Service seconds at the restaurant and at the door; half is before the hand-over, half after (MDRP)."""

    pickup_seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)]
    dropoff_seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)]

    @property
    def half_pickup_ms(self) -> int:
        return self.pickup_seconds * 500

    @property
    def half_dropoff_ms(self) -> int:
        return self.dropoff_seconds * 500


class Rules(msgspec.Struct, frozen=True, omit_defaults=True):
    """What holds in a city, from its first fact on; workers take no rule of a city from their environment.

    A rule that came later than the first release has a default, and is left out where nothing else is said.
    `promise_percent`: of a hundred promises so many are to be kept. `offer_seconds`: so long an assignment is an offer, that
    its driver accepts or loses; None: it needs no answer.
    """

    name: Text
    policy: Text
    ready_mode: Literal["known", "estimated"]
    tick_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)]
    ping_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)]
    travel: Travel
    services: Services
    time_zone: Text
    scenery: Scenery | None = None
    promise_percent: Annotated[int, msgspec.Meta(ge=50, le=99)] = 90
    offer_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] | None = None
