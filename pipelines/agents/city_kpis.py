"""city-events → here → kpi_minutes, kpi_hours, the live tiles. A minute is written when a tick closes it."""

from collections.abc import Sequence
from functools import partial

import msgspec

from models.city import City
from models.events import Fact
from models.ids import CityId
from models.kpi_hour import KpiHour
from models.kpis import KpiMinute, Kpis, Made, count
from models.rows import Rows, kpi_hour_row, kpi_row
from models.topics import CITY_EVENTS
from models.views import Key
from pipelines import following
from pipelines.cities import Cities
from pipelines.live_views import Fields
from pipelines.ports import Agent, Ports, Received


async def handle(batch: Sequence[Received], ports: Ports[Cities[Kpis]]) -> None:
    """Count the facts of this batch; store and show the minutes they close."""
    await following.handle(PRODUCT, batch, ports)


def _rows(city: CityId, made: list[Made]) -> Rows:
    return {
        "kpi_minutes": [kpi_row(city, one) for one in made if isinstance(one, KpiMinute)],
        "kpi_hours": [kpi_hour_row(city, one) for one in made if isinstance(one, KpiHour)],
    }


def _shown(kpis: Kpis, news: list[Fact], made: list[Made]) -> dict[str, Fields]:
    return _whole(kpis) if made else {}


def _whole(kpis: Kpis) -> dict[str, Fields]:
    told = {Key.KPIS: kpis.latest, Key.KPI_HOUR: kpis.last_hour}
    return {name: {"now": msgspec.json.encode(one)} if one else {} for name, one in told.items()}


PRODUCT = following.Product(
    "city_kpis", lambda city: Kpis(City(city)), count, lambda kpis: kpis.city, _rows, _shown, _whole
)
AGENT = Agent(PRODUCT.name, CITY_EVENTS, handle, partial(following.remember, PRODUCT))
