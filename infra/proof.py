"""settings → here → whether all stores say what the log says, and the cures: repair, rebuild, resume."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from redis.asyncio import Redis

from models.errors import TrackError
from models.ids import CityId
from models.settings import Settings
from pipelines import rebuild
from pipelines.adapters.clock import SystemClock
from pipelines.adapters.postgres_log import PostgresBudgets, PostgresLog, opened
from pipelines.adapters.redis_live import RedisLive
from pipelines.ports import Budget, Budgets
from pipelines.proof_ports import Sides
from pipelines.reconcile import reconcile as compare
from pipelines.roles import ROLES

Result = TypeVar("Result")


class UnknownRole(TrackError):
    """No such role."""


def reconcile(settings: Settings, city: str | None = None, repair: bool = False) -> dict[str, Any]:
    """The report of every city, or of one; `clean` is whether no drift is left. Raises UnknownCity, StoreAway."""

    async def each(one: CityId, sides: Sides) -> dict[str, Any]:
        return await compare(one, sides, repair)

    cities = _of_cities(settings, city, each)
    return {"clean": not any(one.get("left", one["drift"]) for one in cities), "cities": cities}


def rebuild_live(settings: Settings, city: str | None = None) -> list[str]:
    """Redis from Postgres, of every city or of one; what was done. Raises Unreadable or Misfit when a log is broken."""
    return [line for some in _of_cities(settings, city, rebuild.rebuild) for line in some]


def resume(settings: Settings, role: str | None = None, letters: int | None = None) -> list[str]:
    """Let a paused role go on, or all of them, with `letters` as the allowance of this run. Raises UnknownRole."""
    if role is not None and role not in ROLES:
        raise UnknownRole(f"{role!r} is no role. Roles: {', '.join(ROLES)}")
    agents = [(one, agent.name) for one in ([role] if role else ROLES) for agent in ROLES[one]]

    async def all_of_them() -> list[str]:
        async with opened(settings.postgres_url) as postgres:
            return [await _resume(PostgresBudgets(postgres), one, agent, letters) for one, agent in agents]

    return asyncio.run(all_of_them())


async def _resume(budgets: Budgets, role: str, agent: str, letters: int | None) -> str:
    """An agent that is paused asks every second; one that runs counts in its memory, and heeds this when it restarts."""
    held = await budgets.get(role, agent)
    if held is None:
        return f"{role}/{agent}: never had a dead letter"
    allowance = held.allowance if letters is None else letters
    await budgets.put(role, agent, Budget(0, allowance))
    if held.paused_because is None:
        return f"{role}/{agent}: was not paused; its run of {held.run} dead letters is cleared"
    return f"{role}/{agent}: goes on, {allowance} dead letters in a row allowed; it was paused: {held.paused_because}"


def _of_cities(settings: Settings, city: str | None, ask: Callable[[CityId, Sides], Awaitable[Result]]) -> list[Result]:
    async def all_of_them() -> list[Result]:
        async with _sides(settings) as sides:
            cities = await sides.log.cities() if city is None else [CityId(city)]
            return [await ask(one, sides) for one in cities]

    return asyncio.run(all_of_them())


@asynccontextmanager
async def _sides(settings: Settings) -> AsyncIterator[Sides]:
    live = RedisLive(Redis.from_url(str(settings.redis_url), socket_connect_timeout=5, socket_timeout=10))
    async with opened(settings.postgres_url) as postgres:
        try:
            yield Sides(PostgresLog(postgres), live, SystemClock())
        finally:
            await live.close()
