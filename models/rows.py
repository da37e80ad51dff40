"""changes → here → rows of Postgres. `reconcile` makes the same rows from a fresh fold of the log.

A row is a dict of its table's columns; times stay milliseconds here, the adapter makes them timestamps.
"""

from typing import Any

import msgspec

from models.alerts import Alert
from models.changes import AssignmentEnd, Changes
from models.city import City
from models.driver import Driver
from models.estimates import Prediction, Score
from models.events import OrderPlaced, Position
from models.ids import CityId, Instant
from models.incidents import Incident
from models.kpi_hour import KpiHour
from models.kpis import KpiMinute
from models.lateness import Late
from models.order import Order, OrderStatus
from models.pulled import PulledLever
from models.restaurant import Restaurant
from models.travel import Travel

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""Table name → rows, each key once."""
POSITION_SLOT_MS = 5_000


def rows(changes: Changes, city: City) -> Rows:
    """The changed rows in the order of their keys: two workers never lock them the other way round."""
    if city.rules is None:
        return {}
    travel = city.rules.travel
    made: Rows = {
        "cities": [_city_row(city)] if changes.city else [],
        "restaurants": [_restaurant_row(r, travel) for _, r in sorted(changes.restaurants.items())],
        "orders": [_order_row(o, travel) for _, o in sorted(changes.orders.items())],
        "order_items": [row for placed in changes.placed for row in _item_rows(placed)],
        "drivers": [_driver_row(d, travel) for _, d in sorted(changes.drivers.items())],
        "driver_assignments": [_assignment_row(a) for _, a in sorted(changes.assignments.items())],
    }
    return {table: [{"city_id": city.id, **row} for row in some] for table, some in made.items() if some}


def _city_row(city: City) -> Row:
    assert city.rules is not None  # rows of an unopened city are never made
    rules = _plain(city.rules)
    return {"name": rules["name"], "rules": rules, "opened_at": city.opened_at, "closed": city.closed}


def _restaurant_row(one: Restaurant, travel: Travel) -> Row:
    at = travel.on_map(one.point)
    return {"restaurant_id": one.id, "name": one.name, "lat": at.lat, "lon": at.lon}


def _item_rows(placed: OrderPlaced) -> list[Row]:
    return [
        {"order_id": placed.order, "line": line, **msgspec.structs.asdict(item)}
        for line, item in enumerate(placed.items, start=1)
    ]


def _assignment_row(one: AssignmentEnd) -> Row:
    order = one.order
    return {
        "order_id": order.id,
        "seq": order.assigned_seq,
        "driver_id": order.driver,
        "place": order.place,
        "assigned_at": order.assigned_at,
        "completed_at": one.at,
        "outcome": one.outcome,
        "why": None if order.why is None else _plain(order.why),
    }


def _order_row(one: Order, travel: Travel) -> Row:
    door, delivered = travel.on_map(one.door), one.status is OrderStatus.DELIVERED
    return {
        "order_id": one.id,
        "customer_id": one.customer,
        "restaurant_id": one.restaurant,
        "status": one.status.value,
        "version": one.version,
        "driver_id": one.driver,
        "door_lat": door.lat,
        "door_lon": door.lon,
        "created_at": one.placed_at,
        "estimated_delivery": one.promised_at,
        "accepted_at": one.accepted_at,
        "ready_at": one.ready_at,
        "assigned_at": one.assigned_at,
        "arrived_restaurant_at": one.waited_at,
        "picked_up_at": one.picked_up_at,
        "arrived_door_at": one.at_door_at,
        "actual_delivery": one.ended_at if delivered else None,
        "cancelled_at": None if delivered else one.ended_at,
        "cancel_reason": one.reason,
    }


def _driver_row(one: Driver, travel: Travel) -> Row:
    at = travel.on_map(one.stood)
    return {
        "driver_id": one.id,
        "name": one.name,
        "vehicle_type": one.vehicle,
        "status": one.status.value,
        "version": one.version,
        "current_lat": at.lat,
        "current_lon": at.lon,
        "located_at": one.stood_at,
        "shift_until": one.until,
    }


def prediction_row(city: CityId, one: Prediction) -> Row:
    plain = _plain(one)
    return {
        "city_id": city,
        "order_id": one.order,
        **{name: plain[name] for name in ("seq", "made_at", "stage", "band", "parts", "inputs", "baseline", "model")},
        **plain["eta"],
    }


def score_row(city: CityId, one: Score) -> Row:
    plain = _plain(one)
    return {"city_id": city, "order_id": plain.pop("order"), "restaurant_id": plain.pop("restaurant"), **plain}


def late_row(city: CityId, one: Late) -> Row:
    plain = _plain(one)
    booked, driver, restaurant = plain.pop("booked"), plain.pop("driver"), plain.pop("restaurant")
    stages = {f"{stage}_ms": ms for stage, ms in booked.items()}
    return (
        {"city_id": city, "order_id": plain.pop("order"), "driver_id": driver, "restaurant_id": restaurant}
        | plain
        | stages
    )


def alert_row(city: CityId, one: Alert) -> Row:
    return {"city_id": city, "alert_id": one.id, **_plain(one)}


def incident_row(city: CityId, one: Incident) -> Row:
    return {"city_id": city, "incident_id": one.id, **_plain(one)}


def lever_row(city: CityId, one: PulledLever) -> Row:
    """What it is and what was foretold, as JSON; the rest as columns."""
    return {"city_id": city, "lever_id": one.id, **{k: v for k, v in _plain(one).items() if k != "id"}}


def _plain(one: msgspec.Struct) -> Row:
    """As Postgres gives JSON back, which has no tuples and no enums: the row would differ for ever."""
    found: Row = msgspec.json.decode(msgspec.json.encode(one))
    return found


def kpi_row(city: CityId, minute: KpiMinute) -> Row:
    return {"city_id": city, **msgspec.structs.asdict(minute)}


def kpi_hour_row(city: CityId, one: KpiHour) -> Row:
    return {"city_id": city, **_plain(one)}


def slot_of(at: Instant) -> Instant:
    """The start of the 5 s that a position of this time stands for."""
    return at - at % POSITION_SLOT_MS


def position_row(city: CityId, one: Position, travel: Travel) -> Row:
    """`slot` is the 5 s of event time that this position stands for."""
    at = travel.on_map(one.point)
    slot = slot_of(one.at)
    return {"city_id": city, "driver_id": one.driver, "slot": slot, "at": one.at, "lat": at.lat, "lon": at.lon}
