"""an order that is placed → here → the time it is promised for, frozen from then on. No later estimate moves it.

The quantile of what can be foreseen at placement (the city's rule, 9 in 10), rounded up to 5 minutes. At which quantile
9 in 10 are kept is learnt in the fold: orders that came late raise it, those in time lower it.
"""

from models.city import City
from models.driver import DriverStatus
from models.geo import Point
from models.ids import Instant
from models.line import APPROACH_MS, LEFT_MS, ROUTE_MS
from models.prep import Outlook
from models.restaurant import Restaurant
from models.rules import Rules
from models.ways import MINUTE_MS, USUAL_VEHICLE

ROUNDED_MS = 5 * MINUTE_MS


def promise(city: City, rules: Rules, restaurant: Restaurant, door: Point, at: Instant) -> Instant:
    """When an order that is placed at `at` is promised for: kitchen, wait for a driver, way and services."""
    ready = Outlook(city.kitchens, at).cooked_by(restaurant.id, at, city.promises.level // 1000)
    services = 2 * rules.services.half_pickup_ms + rules.services.half_dropoff_ms
    way = rules.travel.ms(restaurant.point, door, USUAL_VEHICLE)
    usual = at + city.kitchens.mean_ms(restaurant.id)
    due = ready + max(0, at + _line_ms(city) - usual) + services + way
    return -(-due // ROUNDED_MS) * ROUNDED_MS


def _line_ms(city: City) -> int:
    """How long the line for a driver is: the work of the orders that nobody picked up yet, by the drivers there are.

    By counting alone: the line itself is made at ticks, and a placement cannot wait for it.
    """
    waiting = len([1 for order in city.orders.values() if order.picked_up_at is None and order.open])
    crew = len([1 for one in city.drivers.values() if one.status is not DriverStatus.OFF])
    return APPROACH_MS + waiting * ROUTE_MS // crew if crew else LEFT_MS
