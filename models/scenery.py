"""a city's rules → here → the map: what lies under its streets. Nothing is decided by it.

Points are in the city's own frame, like every other point of a city.
"""

from typing import Annotated

import msgspec

from models.geo import Point

Ring = tuple[Point, ...]
"""A closed line, corner by corner; the last one joins the first without being said again."""


class Zone(msgspec.Struct, frozen=True):
    """A part of the city that people have a name for."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    ring: Ring


class Scenery(msgspec.Struct, frozen=True):
    """Water and parks as areas, and the named zones."""

    water: tuple[Ring, ...] = ()
    parks: tuple[Ring, ...] = ()
    zones: tuple[Zone, ...] = ()
