"""nothing → here → a small town by hand: bent blocks on both banks of a river, three bridges, two parks, four zones."""

import math

from models.geo import LatLon, Point
from models.scenery import Ring, Scenery, Zone
from models.streets import Street, StreetTravel
from models.ways import Speeds

ACROSS, UP = 25, 19
"""Junctions from west to east and from south to north."""
METRES = 350
EAST_BANK = 13
"""The first column east of the river."""
BRIDGE_ROWS = {4: "Kell Bridge", 9: "Old Bridge", 15: "Ferry Bridge"}
BOULEVARDS = {4: "Kell Street", 9: "Market Street", 15: "Harbour Road"}
AVENUES = {3: "First Avenue", 8: "Lime Avenue", 17: "Mill Avenue", 22: "Hill Avenue"}
SPEEDS = Speeds(car=24, motorcycle=20, bicycle=15, walking=5)
MIDDLE = (ACROSS - 1) / 2, (UP - 1) / 2


def at(column: float, row: float) -> Point:
    """Blocks are bent, and the eastern bank lies farther off."""
    east = (column - MIDDLE[0]) * METRES + (260 if column >= EAST_BANK else -260)
    north = (row - MIDDLE[1]) * METRES
    return Point(round(east + 90 * math.sin(row / 3)), round(north + 120 * math.sin(column / 4)))


def river() -> Ring:
    """As wide as the gap between the banks allows, and beyond the last street at both ends."""
    bends = [r / 2 for r in range(-6, 2 * UP + 6)]
    middles = [Point((at(EAST_BANK - 1, r).x + at(EAST_BANK, r).x) / 2, at(EAST_BANK, r).y) for r in bends]
    return tuple(Point(m.x + side, m.y) for side, ms in ((-330, middles), (330, middles[::-1])) for m in ms)


def block(west: float, south: float, east: float, north: float) -> Ring:
    return at(west, south), at(east, south), at(east, north), at(west, north)


def _number(column: int, row: int) -> int:
    return row * ACROSS + column


def _streets() -> tuple[Street, ...]:
    along = [
        Street(
            _number(c, r), _number(c + 1, r), BRIDGE_ROWS.get(r, "") if c + 1 == EAST_BANK else BOULEVARDS.get(r, "")
        )
        for r in range(UP)
        for c in range(ACROSS - 1)
        if c + 1 != EAST_BANK or r in BRIDGE_ROWS
    ]
    up = [Street(_number(c, r), _number(c, r + 1), AVENUES.get(c, "")) for c in range(ACROSS) for r in range(UP - 1)]
    return (*along, *up)


def travel(*closed: str) -> StreetTravel:
    """The town's ways; what is named is closed."""
    junctions = tuple(at(c, r) for r in range(UP) for c in range(ACROSS))
    return StreetTravel(junctions, _streets(), SPEEDS, 1, LatLon(43.238, 76.945), closed)


SCENERY = Scenery(
    water=(river(),),
    parks=(block(5, 11, 7, 13), block(18, 5, 20, 8)),
    zones=(
        Zone("Harbour", block(-0.5, -0.5, 12, 9)),
        Zone("Old Town", block(-0.5, 9, 12, UP - 0.5)),
        Zone("Ropewalk", block(13, -0.5, ACROSS - 0.5, 9)),
        Zone("Eastbank", block(13, 9, ACROSS - 0.5, UP - 0.5)),
    ),
)
