"""settings → here → one pass over the day partitions, by hand or from a scheduler."""

import asyncio

from models.settings import Settings
from pipelines.adapters.postgres_log import opened
from pipelines.partitions import keep_by


def keep_once(settings: Settings) -> list[str]:
    """What was done. Raises StoreAway."""
    return asyncio.run(_keep(settings))


async def _keep(settings: Settings) -> list[str]:
    async with opened(settings.postgres_url) as postgres, postgres.connection() as connection:
        return await keep_by(settings, connection)
