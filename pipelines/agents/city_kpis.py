"""city-events → here → kpi_minutes, the live tiles. A minute is written when a tick closes it."""

from collections.abc import Sequence
from functools import partial

import msgspec

from models.city import City
from models.events import Fact
from models.ids import CityId
from models.kpis import KpiMinute, Kpis, count
from models.rows import Rows, kpi_row
from models.topics import CITY_EVENTS
from models.views import Key
from pipelines import following
from pipelines.cities import Cities
from pipelines.live_views import Fields
from pipelines.ports import Agent, Ports, Received


async def handle(batch: Sequence[Received], ports: Ports[Cities[Kpis]]) -> None:
    """Count the facts of this batch; store and show the minutes they close."""
    await following.handle(PRODUCT, batch, ports)


def _rows(city: CityId, minutes: list[KpiMinute]) -> Rows:
    return {"kpi_minutes": [kpi_row(city, one) for one in minutes]}


def _shown(kpis: Kpis, news: list[Fact], minutes: list[KpiMinute]) -> dict[str, Fields]:
    return _whole(kpis) if minutes else {}


def _whole(kpis: Kpis) -> dict[str, Fields]:
    return {Key.KPIS: {"now": msgspec.json.encode(kpis.latest)} if kpis.latest else {}}


PRODUCT = following.Product(
    "city_kpis", lambda city: Kpis(City(city)), count, lambda kpis: kpis.city, _rows, _shown, _whole
)
AGENT = Agent(PRODUCT.name, CITY_EVENTS, handle, partial(following.remember, PRODUCT))
