"""the city → here → the bytes of its live views: of what changed, or of all of it after a load."""

from collections.abc import Iterable

import msgspec

from models.changes import Changes
from models.city import City
from models.driver import Driver, DriverStatus
from models.order import Order
from models.views import CityCard, Key, city_now, driver_view, order_view

_encode = msgspec.json.encode
Fields = dict[str, bytes | None]


def changed_hashes(changes: Changes, city: City) -> dict[str, Fields]:
    """The fields that these changes touch; an order whose hour is over is deleted."""
    kept = (o for o in changes.orders.values() if o.id in city.orders)
    return {
        Key.CITY: _now(city) | (_rules(city) if changes.city else {}),
        Key.ORDERS: {**_orders(kept), **dict.fromkeys(changes.gone)},
        Key.DRIVERS: _drivers(changes.drivers.values()),
        Key.RESTAURANTS: {r.id: _encode(r) for r in changes.restaurants.values()},
    }


def whole_hashes(city: City) -> dict[str, Fields]:
    """Every field of the city's own hashes."""
    return {
        Key.CITY: _now(city) | _rules(city),
        Key.ORDERS: _orders(city.orders.values()),
        Key.DRIVERS: _drivers(city.drivers.values()),
        Key.RESTAURANTS: {r.id: _encode(r) for r in city.restaurants.values()},
    }


def available(city: City) -> tuple[tuple[float, float, str], ...]:
    """Longitude, latitude and id of every available driver, where the last tick saw them."""
    if city.rules is None:
        return ()
    travel = city.rules.travel
    free = sorted((d for d in city.drivers.values() if d.status is DriverStatus.AVAILABLE), key=lambda d: d.id)
    return tuple((at.lon, at.lat, d.id) for d in free for at in (travel.on_map(d.point),))


def card(city: City) -> CityCard | None:
    if city.rules is None or city.opened_at is None:
        return None
    return CityCard(city.rules.name, city.opened_at, city.closed)


def _now(city: City) -> Fields:
    now = city_now(city)
    return {} if now is None else {"now": _encode(now)}


def _rules(city: City) -> Fields:
    return {} if city.rules is None else {"rules": _encode(city.rules)}


def _orders(orders: Iterable[Order]) -> Fields:
    return {o.id: _encode(order_view(o)) for o in orders}


def _drivers(drivers: Iterable[Driver]) -> Fields:
    return {d.id: _encode(driver_view(d)) for d in drivers}
