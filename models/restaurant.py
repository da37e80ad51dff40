"""RestaurantAdded → here → the city, and every screen. A restaurant as its city knows it."""

import msgspec

from models.geo import Point
from models.ids import RestaurantId


class Restaurant(msgspec.Struct, frozen=True):
    id: RestaurantId
    name: str
    point: Point
