"""a city's log → here → its KPI rows as this release counts them, after a formula changed. The log is read in slices.

What the agent remembers of the last hour was counted by the old formula: its worker is fenced off and folds the city anew.
"""

import asyncio
from datetime import datetime

from models.errors import TrackError
from models.ids import CityId, Instant
from models.kpis import Made
from models.rows import Rows
from models.settings import Settings
from pipelines.adapters.postgres_log import PostgresLog, opened
from pipelines.agents.city_kpis import PRODUCT

SLICE = 20_000
"""Facts in memory at a time."""


class NothingCounted(TrackError):
    """The agent has not stored a minute of this city yet, or retention has let the beginning of its log go."""


def recomputed(settings: Settings, city: CityId, since: datetime | None = None) -> int:
    """How many minutes were written. Raises NothingCounted, StoreAway."""
    return asyncio.run(_recomputed(settings, city, 0 if since is None else round(since.timestamp() * 1000)))


async def _recomputed(settings: Settings, city: CityId, since: Instant) -> int:
    async with opened(settings.postgres_url) as postgres:
        log = PostgresLog(postgres)
        async with log.still(city):
            holding = (await log.holdings(city)).get(PRODUCT.name)
            rows = await _rows(log, city, holding.seq if holding else 0, since)
            await log.mend(rows, {})
            await log.unlearn(PRODUCT.name, city)
    return len(rows["kpi_minutes"])


async def _rows(log: PostgresLog, city: CityId, last: int, since: Instant) -> Rows:
    """Up to the fact that the agent has counted itself: what comes after is its own to write."""
    state, found = PRODUCT.new(city), Rows(kpi_minutes=[], kpi_hours=[])
    while state.seq < last:
        facts = await log.facts(city, state.seq + 1, min(last, state.seq + SLICE))
        if not facts or facts[0].seq != state.seq + 1:
            raise NothingCounted(f"the log of {city} begins after its opening: nothing can be counted from its start")
        for fact in facts:
            some: list[Made] = [one for one in PRODUCT.step(state, fact) if one.minute >= since]
            for table, made in PRODUCT.rows(city, some).items():
                found[table] += made
    if not found["kpi_minutes"]:
        raise NothingCounted(f"no minute of {city} was counted in that time")
    return found
