"""a city's rules → here → GeoJSON, a part for each kind → `ground_route.py` → the browser. Pure, and once a city.

A part's address is the hash of its bytes: a bridge that closes changes two parts, and the browser keeps the others.
"""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from models.geo import LatLon, Point
from models.rules import Rules
from models.scenery import Ring, Scenery
from models.streets import Street, StreetTravel
from models.travel import Travel

DECIMALS = 6
"""Of a degree: 11 cm."""
Feature = dict[str, Any]


class Kind(StrEnum):
    """What a part shows, from the ground up."""

    PARK = "park"
    STREET = "street"
    BOULEVARD = "boulevard"
    WATER = "water"
    BRIDGE = "bridge"
    CLOSED = "closed"
    ZONE = "zone"
    LABEL = "label"


class Part(msgspec.Struct, frozen=True):
    """One kind of thing on the map, as bytes a browser may keep for ever."""

    kind: Kind
    geojson: bytes
    digest: str


class Ground(msgspec.Struct, frozen=True):
    """What lies under drivers and orders; nothing for a city of which only points are known.

    `box` is the south-western and the north-eastern corner of all streets.
    """

    parts: tuple[Part, ...] = ()
    box: tuple[LatLon, LatLon] | None = None

    def part(self, kind: str, digest: str) -> Part | None:
        """None when it is not, or no longer, a part of this ground."""
        return next((p for p in self.parts if (p.kind, p.digest) == (kind, digest)), None)


def ground(rules: Rules) -> Ground:
    """The parts that have something to show."""
    travel, scenery = rules.travel, rules.scenery or Scenery()
    found = {
        Kind.PARK: [_area(Kind.PARK, ring, travel) for ring in scenery.parks if _is_area(ring)],
        Kind.WATER: [_area(Kind.WATER, ring, travel) for ring in scenery.water if _is_area(ring)],
        Kind.ZONE: [_area(Kind.ZONE, z.ring, travel, z.name) for z in scenery.zones if _is_area(z.ring)],
        Kind.LABEL: [
            _point(Kind.LABEL, middle(z.ring), travel, z.name) for z in scenery.zones if z.name and _is_area(z.ring)
        ],
    } | (_streets(travel) if isinstance(travel, StreetTravel) else {})
    return Ground(tuple(_part(kind, found[kind]) for kind in Kind if found.get(kind)), _box(travel))


def _part(kind: Kind, features: list[Feature]) -> Part:
    geojson = msgspec.json.encode({"type": "FeatureCollection", "features": features})
    return Part(kind, geojson, hashlib.sha256(geojson).hexdigest()[:16])


# ---- areas ----


def _is_area(ring: Ring) -> bool:
    return len(ring) >= 3


def _area(kind: Kind, ring: Ring, travel: Travel, name: str = "") -> Feature:
    outline = [_degrees(point, travel) for point in ring]
    closed = outline if outline[0] == outline[-1] else [*outline, outline[0]]
    return _feature(kind, name, "Polygon", [closed])


def middle(ring: Ring) -> Point:
    """The centre of gravity of a ring's area (Bourke 1988); of a ring without area, its first corner."""
    doubled, x, y = 0.0, 0.0, 0.0
    first = ring[0]
    for a, b in zip(ring, (*ring[1:], first), strict=True):
        across = (a.x - first.x) * (b.y - first.y) - (b.x - first.x) * (a.y - first.y)
        doubled += across
        x += (a.x + b.x - 2 * first.x) * across
        y += (a.y + b.y - 2 * first.y) * across
    return Point(first.x + x / (3 * doubled), first.y + y / (3 * doubled)) if doubled else first


# ---- streets ----


def _streets(travel: StreetTravel) -> dict[Kind, list[Feature]]:
    """A feature for each name; a closed one is drawn as closed, and marked in its middle."""
    named: dict[str, list[Street]] = {}
    for street in travel.streets:
        named.setdefault(street.name, []).append(street)
    found: dict[Kind, list[Feature]] = {kind: [] for kind in (Kind.STREET, Kind.BOULEVARD, Kind.BRIDGE, Kind.CLOSED)}
    for name, pieces in sorted(named.items()):
        kind = _kind_of(pieces[0], travel)
        lines = [[_degrees(travel.junctions[n], travel) for n in (piece.a, piece.b)] for piece in pieces]
        found[kind].append(_feature(kind, name, "MultiLineString", lines))
        if kind is Kind.CLOSED:
            found[kind].append(_point(kind, _halfway(pieces, travel), travel, name))
    return found


def _kind_of(street: Street, travel: StreetTravel) -> Kind:
    if not street.name:
        return Kind.STREET
    if street.name in travel.closed:
        return Kind.CLOSED
    return Kind.BRIDGE if street.is_bridge else Kind.BOULEVARD


def _halfway(pieces: list[Street], travel: StreetTravel) -> Point:
    """Half-way along the middle piece."""
    piece = pieces[len(pieces) // 2]
    a, b = travel.junctions[piece.a], travel.junctions[piece.b]
    return Point((a.x + b.x) / 2, (a.y + b.y) / 2)


def _box(travel: Travel) -> tuple[LatLon, LatLon] | None:
    if not isinstance(travel, StreetTravel):
        return None
    lons, lats = zip(*(_degrees(point, travel) for point in travel.junctions), strict=True)
    return LatLon(min(lats), min(lons)), LatLon(max(lats), max(lons))


# ---- GeoJSON (RFC 7946) ----


def _point(kind: Kind, at: Point, travel: Travel, name: str) -> Feature:
    return _feature(kind, name, "Point", _degrees(at, travel))


def _feature(kind: Kind, name: str, geometry: str, coordinates: Iterable[object]) -> Feature:
    return {
        "type": "Feature",
        "properties": {"kind": kind, "name": name} if name else {"kind": kind},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def _degrees(point: Point, travel: Travel) -> list[float]:
    at = travel.on_map(point)
    return [round(at.lon, DECIMALS), round(at.lat, DECIMALS)]
