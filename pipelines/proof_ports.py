"""reconcile, rebuild → here → adapters. What a proof and a repair may ask of the stores, beyond what agents may."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from models.events import Position
from models.geo import LatLon
from models.ids import CityId, Instant
from models.rows import Rows
from models.views import Delta
from pipelines.ports import Clock, Holding, Live, Log


class ProofLog(Log, Protocol):
    """Truth, seen from outside: nothing here takes a city from its agents. Raises StoreAway."""

    async def cities(self) -> list[CityId]:
        """Every city that an agent has held or that has a row, in order."""

    async def holdings(self, city: CityId) -> dict[str, Holding]:
        """Who holds a city, by agent, and how far each is."""

    def still(self, city: CityId) -> AbstractAsyncContextManager[None]:
        """While inside, no agent can store anything of this city: they wait, and go on after. What was begun is undone
        when an error leaves it."""

    async def mend(self, right: Rows, surplus: Rows) -> None:
        """Put the right rows in place, whatever version stands there, and delete the surplus ones; inside `still`."""


class ProofLive(Live, Protocol):
    """Now, seen from outside. Raises StoreAway."""

    async def last_delta(self, city: CityId) -> tuple[int, bytes] | None:
        """The newest entry of the city's delta log, with its seq."""

    async def free(self, city: CityId) -> dict[str, LatLon]:
        """The set of available drivers; Redis keeps their places to about a metre."""

    async def card(self, city: CityId) -> bytes | None:
        """The city's entry among the cities that a screen may choose from."""

    async def live_epoch(self, city: CityId) -> int:
        """0 until the city's views were made anew once."""

    async def put_back(self, city: CityId, epoch: int, ticked: Instant, positions: Sequence[Position]) -> None:
        """What driver_pings shows, from the log: only where there is none, or an older one."""

    async def renew(self, city: CityId, delta: tuple[int, Delta] | None, at_least: int) -> int:
        """Begin the delta log anew at `delta` and raise the live epoch (to `at_least` or more), both at once."""


class Sides(NamedTuple):
    """The two sides of a comparison, and the pause between two looks at them."""

    log: ProofLog
    live: ProofLive
    clock: Clock
