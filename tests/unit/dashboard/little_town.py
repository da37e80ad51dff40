"""four corners by hand → here → the rules of a city with streets: a block on each bank, one bridge, a park, a zone."""

from typing import Any

import msgspec

from dashboard.scenery import ground
from dashboard.snapshot import CityView
from models.geo import LatLon, Point
from models.rules import Rules
from models.scenery import Scenery, Zone
from models.streets import Street, StreetTravel
from models.ways import Speeds
from tests.unit.dashboard.snapshots import NOW, RULES

SPEEDS = Speeds(car=24, motorcycle=20, bicycle=15, walking=5)
CORNERS = (Point(0, 0), Point(1000, 0), Point(2000, 0), Point(2000, 1000), Point(0, 1000))
STREETS = (
    Street(0, 1, "Market Street"), Street(1, 2, "Kell Bridge"), Street(2, 3), Street(0, 4),
    Street(4, 3, "Old Bridge"),
)  # fmt: skip
SQUARE = (Point(0, 0), Point(2000, 0), Point(2000, 1000), Point(0, 1000))
SCENERY = Scenery(water=(SQUARE,), parks=(SQUARE,), zones=(Zone("Harbour", SQUARE),))


def town(*closed: str, **changes: Any) -> Rules:
    """The town's rules; streets by these names are closed."""
    travel = StreetTravel(CORNERS, STREETS, SPEEDS, 1, LatLon(43.0, 77.0), closed)
    return msgspec.structs.replace(RULES, travel=travel, scenery=SCENERY, **changes)


def town_view(*closed: str) -> CityView:
    rules = town(*closed)
    return CityView(rules, NOW, 1204882, False, ground(rules))
