"""a city's ground → here → the layers that lie under everything else. Made once a city and theme.

They carry addresses, not streets: 3 kB a tick instead of 110. Widths are metres between two bounds in pixels.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import quote

from dashboard import atlas
from dashboard.layer_json import fetched_layer
from dashboard.scenery import Ground, Kind
from dashboard.theme import FONT, rgba
from models.ids import CityId

PATH = "/city/{digest}/{kind}.geojson"
"""The city itself is asked for in the query: its id may hold a slash."""
FAINT = 77
"""30 % of 255."""
Accessors = dict[str, Any]
Address = tuple[Kind, str]


def ground_layers(city: CityId, ground: Ground, dark: bool) -> tuple[str, ...]:
    """From the ground up; the same city and theme, the same strings."""
    return _layers(tuple((part.kind, address(city, part.kind, part.digest)) for part in ground.parts), dark)


def address(city: CityId, kind: Kind, digest: str) -> str:
    """Where the browser asks for a part."""
    return f"{PATH.format(digest=digest, kind=kind)}?city={quote(city, safe='')}"


@lru_cache(maxsize=64)
def _layers(addresses: tuple[Address, ...], dark: bool) -> tuple[str, ...]:
    styles = _styles(dark)
    return tuple(fetched_layer(name, url, how) for kind, url in addresses for name, how in styles[kind].items())


def _styles(dark: bool) -> dict[Kind, dict[str, Accessors]]:
    """A part's layers by name: what has a casing or a shore is drawn twice, the wider below.

    Side streets have no least width, so that they fade out below 0.03 px a metre, where the rule book has none; thinner
    than 15 m they are dotted over a whole city, where 11 m are half a pixel.
    """
    return {
        Kind.PARK: {"parks": _fill("park", dark)},
        Kind.STREET: {"streets": _line("street", dark, 15, 0, 2.2)},
        Kind.BOULEVARD: {
            "boulevard casing": _line("boulevard-casing", dark, 38, 2.9, 6),
            "boulevards": _line("boulevard", dark, 26, 1.4, 4.5),
        },
        Kind.WATER: {"shore": _outline("shore", dark, 2.6), "water": _fill("water", dark)},
        Kind.BRIDGE: {
            "bridge casing": _line("shore", dark, 55, 4.2, 7.3) | {"line_cap_rounded": False},
            "bridges": _line("bridge", dark, 28, 1.7, 4.8),
        },
        Kind.CLOSED: {"closed": _line("risk-fill", dark, 28, 2.5, 4.8) | _sign(dark)},
        Kind.ZONE: {"zones": _dashes(dark)},
        Kind.LABEL: {"zone names": _words("map-label", dark)},
    }


def _fill(token: str, dark: bool) -> Accessors:
    return {"get_fill_color": rgba(token, dark), "filled": True, "stroked": False}


def _outline(token: str, dark: bool, pixels: float) -> Accessors:
    return {
        "filled": False, "stroked": True, "get_line_color": rgba(token, dark), "get_line_width": pixels,
        "line_width_units": "'pixels'", "line_joint_rounded": True,
    }  # fmt: skip


def _line(token: str, dark: bool, metres: float, least: float, most: float) -> Accessors:
    return {
        "get_line_color": rgba(token, dark), "get_line_width": metres, "line_width_min_pixels": least,
        "line_width_max_pixels": most, "line_cap_rounded": True, "line_joint_rounded": True,
    }  # fmt: skip


def _dashes(dark: bool) -> Accessors:
    """Two pixels on, six off: lengths of a dash are in widths of its line."""
    return _outline("map-label", dark, 1) | {
        "get_line_color": rgba("map-label", dark, FAINT),
        "get_dash_array": [2, 6],
        "extensions": [{"@@type": "PathStyleExtension", "dash": True}],
    }


def _words(token: str, dark: bool) -> Accessors:
    return {
        "point_type": "'text'", "get_text": "properties.name", "get_text_color": rgba(token, dark), "get_text_size": 12,
        "text_font_family": FONT, "text_font_weight": 600, "text_font_settings": {"sdf": True},
        "text_character_set": "'auto'", "text_outline_width": 3, "text_outline_color": rgba("map-halo", dark),
    }  # fmt: skip


def _sign(dark: bool) -> Accessors:
    """No entry, and what is closed by name: a colour never stands alone."""
    return _words("risk", dark) | {
        "point_type": "'icon+text'", "icon_atlas": f"'{atlas.sign(dark)}'", "icon_mapping": atlas.SIGN_MAPPING,
        "get_icon": "properties.kind", "get_icon_size": 18, "icon_size_units": "'pixels'",
        "get_text": "properties.name + ' closed'", "get_text_pixel_offset": [0, 18],
    }  # fmt: skip
