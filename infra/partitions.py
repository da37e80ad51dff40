"""settings → here → one pass over the day partitions, by hand or from a scheduler."""

import asyncio
from datetime import UTC, datetime

from models.settings import Settings
from pipelines.adapters.postgres_log import Postgres
from pipelines.partitions import EVENTS, POSITIONS, keep


def keep_once(settings: Settings) -> list[str]:
    """What was done. Raises StoreAway."""
    return asyncio.run(_keep(settings))


async def _keep(settings: Settings) -> list[str]:
    postgres = Postgres(str(settings.postgres_url))
    retain = {EVENTS.name: settings.retain_events_days, POSITIONS.name: settings.retain_positions_days}
    try:
        async with postgres.connection() as connection:
            return await keep(connection, settings.partition_days_ahead, retain, datetime.now(UTC).date())
    finally:
        await postgres.close()
