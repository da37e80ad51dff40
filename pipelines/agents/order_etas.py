"""city-events → here → eta_predictions, eta_scores, lateness_ledger, live ETAs. All is kept, and scored at the end."""

from collections.abc import Sequence
from functools import partial

import msgspec

from models.city import City
from models.estimates import Prediction, Score
from models.eta import Etas, Made, follow
from models.events import Fact
from models.ids import CityId
from models.lateness import Late
from models.rows import Rows, late_row, prediction_row, score_row
from models.topics import CITY_EVENTS
from models.views import Key
from pipelines import following
from pipelines.cities import Cities
from pipelines.live_views import Fields
from pipelines.ports import Agent, Ports, Received


async def handle(batch: Sequence[Received], ports: Ports[Cities[Etas]]) -> None:
    """Tell each order's customer anew what the facts of this batch change."""
    await following.handle(PRODUCT, batch, ports)


def _rows(city: CityId, made: list[Made]) -> Rows:
    return {
        "eta_predictions": [prediction_row(city, one) for one in made if isinstance(one, Prediction)],
        "eta_scores": [score_row(city, one) for one in made if isinstance(one, Score)],
        "lateness_ledger": [late_row(city, one) for one in made if isinstance(one, Late)],
    }


def _shown(etas: Etas, news: list[Fact], made: list[Made]) -> dict[str, Fields]:
    """An order that ended has no ETA any more: its field goes."""
    named = {o for fact in news if (o := getattr(fact.body, "order", None)) is not None}
    told = {o: etas.told.get(o) for o in named | {one.order for one in made}}
    return {Key.ETAS: {o: None if one is None else msgspec.json.encode(one.shown) for o, one in told.items()}}


def _whole(etas: Etas) -> dict[str, Fields]:
    return {Key.ETAS: {order: msgspec.json.encode(one.shown) for order, one in etas.told.items()}}


PRODUCT = following.Product(
    "order_etas", lambda city: Etas(City(city)), follow, lambda etas: etas.city, _rows, _shown, _whole
)
AGENT = Agent(PRODUCT.name, CITY_EVENTS, handle, partial(following.remember, PRODUCT))
