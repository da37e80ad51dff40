"""live writes → here → Redis, one script call each; and back for whoever loads. Fenced by the agent's epoch.

The script is atomic: a screen never reads a hash that was cleared and not yet filled.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from itertools import chain
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ConnectionError, OutOfMemoryError, ReadOnlyError, ResponseError, TimeoutError

from models.events import Position
from models.geo import LatLon
from models.ids import CityId, Instant
from models.views import CITIES, Delta, Key, key, progress_key
from pipelines.adapters.entries import PINGS
from pipelines.ports import Fenced, LiveWrite, StoreAway

DELTAS_KEPT = 4_000
"""About an hour of a live city with a tick a second; who was away longer takes a snapshot."""
TAKES_NO_WRITES = ("MISCONF", "NOREPLICAS")
"""Its disk is full, or its replicas are gone: redis-py has no class of error for either."""
Argument = str | bytes | int | float


class RedisLive:
    def __init__(self, client: Redis) -> None:
        self.client = client
        scripts = files("pipelines.adapters")
        self.script = client.register_script(scripts.joinpath("live.lua").read_text())
        self.positions = client.register_script(scripts.joinpath("positions.lua").read_text())

    async def put(self, write: LiveWrite) -> None:
        async with _answering():
            await self.script(keys=_keys(write), args=list(_arguments(write)))

    async def fields(self, city: CityId, name: str) -> dict[str, bytes]:
        async with _answering():
            found: dict[Any, Any] = await self.client.hgetall(key(city, name))
        return {field.decode(): value for field, value in found.items()}

    async def newest_delta(self, city: CityId) -> int:
        async with _answering():
            newest: Any = await self.client.xrevrange(key(city, Key.DELTAS), count=1)
        return int(newest[0][0].split(b"-")[0]) if newest else 0

    async def last_delta(self, city: CityId) -> tuple[int, bytes] | None:
        async with _answering():
            newest: Any = await self.client.xrevrange(key(city, Key.DELTAS), count=1)
        return (int(newest[0][0].split(b"-")[0]), newest[0][1][b"delta"]) if newest else None

    async def free(self, city: CityId) -> dict[str, LatLon]:
        async with _answering():
            members: Any = await self.client.zrange(key(city, Key.AVAILABLE), 0, -1)
            places: Any = await self.client.geopos(key(city, Key.AVAILABLE), *members) if members else []
        return {m.decode(): LatLon(at[1], at[0]) for m, at in zip(members, places, strict=True) if at is not None}

    async def card(self, city: CityId) -> bytes | None:
        async with _answering():
            found: Any = await self.client.hget(CITIES, city)
        return None if found is None else bytes(found)

    async def live_epoch(self, city: CityId) -> int:
        async with _answering():
            return int(await self.client.get(key(city, Key.LIVE_EPOCH)) or 0)

    async def put_back(self, city: CityId, epoch: int, ticked: Instant, positions: Sequence[Position]) -> None:
        keys = [progress_key(city, PINGS), key(city, Key.POSITIONS), key(city, Key.TICKED)]
        told: list[Argument] = [part for p in positions for part in (p.driver, p.at, msgspec.json.encode(p))]
        async with _answering():
            await self.positions(keys=keys, args=[epoch, ticked, *told])

    async def renew(self, city: CityId, delta: tuple[int, Delta] | None, at_least: int) -> int:
        epoch = max(await self.live_epoch(city) + 1, at_least)
        async with _answering(), self.client.pipeline(transaction=True) as together:
            together.delete(key(city, Key.DELTAS))
            if delta is not None:
                together.xadd(key(city, Key.DELTAS), {"delta": _encoded(delta[1])}, id=f"{delta[0]}-0")
            together.set(key(city, Key.LIVE_EPOCH), epoch)
            await together.execute()
        return epoch

    async def close(self) -> None:
        await self.client.aclose()


def _keys(write: LiveWrite) -> list[str]:
    city = write.city
    fixed = [progress_key(city, write.agent), key(city, Key.AVAILABLE), key(city, Key.DELTAS), CITIES]
    return [*fixed, *(key(city, name) for name in write.hashes)]


def _arguments(write: LiveWrite) -> Iterable[Argument]:
    card = b"" if write.card is None else msgspec.json.encode(write.card)
    yield from (write.epoch, write.seq, write.as_of, write.produced_at, write.city, card, DELTAS_KEPT)
    for fields in write.hashes.values():
        yield from _hash(fields, write.replace)
    free = write.available
    yield -1 if free is None else len(free)
    yield from chain.from_iterable(free or ())
    yield len(write.deltas)
    yield from chain.from_iterable((seq, _encoded(delta)) for seq, delta in write.deltas)


def _hash(fields: dict[str, bytes | None], replace: bool) -> Iterable[Argument]:
    kept = [(field, value) for field, value in fields.items() if value is not None]
    gone = [field for field, value in fields.items() if value is None]
    yield from (int(replace), len(kept))
    yield from chain.from_iterable(kept)
    yield len(gone)
    yield from gone


def _encoded(delta: Delta) -> bytes:
    return msgspec.json.encode(delta)


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    """Redis's errors by their fate."""
    try:
        yield
    except (ConnectionError, TimeoutError, ReadOnlyError, OutOfMemoryError) as error:
        raise StoreAway(f"Redis is away: {error}") from error
    except ResponseError as error:
        if "FENCED" in str(error):
            raise Fenced(f"another worker shows this city: {error}") from error
        if str(error).startswith(TAKES_NO_WRITES):
            raise StoreAway(f"Redis is away: {error}") from error
        raise
