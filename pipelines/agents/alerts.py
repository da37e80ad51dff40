"""city-events → here → alerts, incidents, levers, the live queue of orders that need action. What goes wrong next, and why."""

from collections.abc import Sequence
from functools import partial

import msgspec

from models.alerts import Alert
from models.city import City
from models.eta import Etas
from models.events import Fact
from models.ids import CityId
from models.incidents import Incident
from models.needs import Eased, Need
from models.pulled import PulledLever
from models.rows import Rows, alert_row, incident_row, lever_row
from models.topics import CITY_EVENTS
from models.views import Key
from models.watch import Made, Watch, watch
from pipelines import following
from pipelines.cities import Cities
from pipelines.live_views import Fields
from pipelines.ports import Agent, Ports, Received

_encode = msgspec.json.encode


async def handle(batch: Sequence[Received], ports: Ports[Cities[Watch]]) -> None:
    """Judge what the facts of this batch change; store and show what is raised, clears, begins and ends."""
    await following.handle(PRODUCT, batch, ports)


def _rows(city: CityId, made: list[Made]) -> Rows:
    """An alert that was raised and cleared in one batch is one row, as it stood last."""
    alerts = {one.id: alert_row(city, one) for one in made if isinstance(one, Alert)}
    incidents = {one.id: incident_row(city, one) for one in made if isinstance(one, Incident)}
    levers = {one.id: lever_row(city, one) for one in made if isinstance(one, PulledLever)}
    return {
        "levers": [row for _, row in sorted(levers.items())],
        "alerts": [row for _, row in sorted(alerts.items())],
        "incidents": [row for _, row in sorted(incidents.items())],
    }


def _shown(state: Watch, news: list[Fact], made: list[Made]) -> dict[str, Fields]:
    """What eased, cleared or ended goes, and an empty queue: a load must show what a day without one shows."""
    fields: dict[str, Fields] = {}
    for one in made:
        match one:
            case Need() | Eased():
                need = state.needs.get(one.order)
                fields.setdefault(Key.NEEDS, {})[one.order] = None if need is None else _encode(need)
            case Alert():
                fields.setdefault(Key.ALERTS, {})[one.id] = None if one.cleared_at else _encode(one)
            case PulledLever():
                lever = state.levers.get(one.id)
                fields.setdefault(Key.LEVERS, {})[one.id] = None if lever is None else _encode(lever)
            case Incident():
                fields.setdefault(Key.INCIDENTS, {})[one.id] = None if one.ended_at else _encode(one)
    if Key.NEEDS in fields:
        fields[Key.QUEUE] = {"now": _encode(state.queue.orders) if state.queue.orders else None}
    return fields


def _whole(state: Watch) -> dict[str, Fields]:
    return {
        Key.NEEDS: {order: _encode(need) for order, need in state.needs.items()},
        Key.QUEUE: {"now": _encode(state.queue.orders)} if state.queue.orders else {},
        Key.ALERTS: {one.id: _encode(one) for one in state.alerts},
        Key.INCIDENTS: {one.id: _encode(one) for one in state.incidents.values()},
        Key.LEVERS: {one.id: _encode(one) for one in state.levers.values()},
    }


PRODUCT = following.Product(
    "alerts", lambda city: Watch(Etas(City(city))), watch, lambda state: state.city, _rows, _shown, _whole
)
AGENT = Agent(PRODUCT.name, CITY_EVENTS, handle, partial(following.remember, PRODUCT))
