"""shapes, inks → here → the map's icons: one image a theme with every shape in every ink it can have."""

import math
from functools import cache

from dashboard import shapes
from dashboard.theme import RISK_INK, colour
from models.slack import Risk

BOX, SCALE, COLUMNS = 16, 4, 8
SIGN_MAPPING = {"closed": {"x": 0, "y": 0, "width": BOX * SCALE, "height": BOX * SCALE}}
"""Four image pixels for one on the screen: sharp on a phone, 512 pixels wide."""
ON_INK = ("to door", "waiting", "late", "chosen kitchen")
"""Filled shapes: what is cut out of them, and their edge, is the marker's own dark or light, not the land."""


def icon_names() -> list[str]:
    """Each driver's shape by the risk it carries, the doors' risk, the kitchen, and both ends of the chosen route."""
    drivers = [f"{shape}|{risk}" for shape in shapes.DRIVER for risk in Risk]
    return [*drivers, *shapes.RISK, *shapes.PLACE]


def ink_of(name: str) -> str:
    """The token of an icon's ink."""
    shape, _, risk = name.partition("|")
    if shape in shapes.PLACE:
        return "kitchen" if shape == "kitchen" else "accent"
    if shape == "free":
        return "good"
    return "t-1" if name == "silent|on track" else RISK_INK[risk or shape]


@cache
def atlas(dark: bool) -> str:
    """The image, without a request."""
    width, height = COLUMNS * BOX * SCALE, math.ceil(len(icon_names()) / COLUMNS) * BOX * SCALE
    cells = (
        f'<g transform="translate({cell["x"]} {cell["y"]}) scale({SCALE})">{drawn(name, dark)}</g>'
        for name, cell in icon_mapping().items()
    )
    return shapes.bare_uri(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{"".join(cells)}</svg>'
    )


@cache
def sign(dark: bool) -> str:
    """No entry, as an image of its own: only a city with a closed street sends it."""
    side = BOX * SCALE
    ink, under = colour("risk-fill", dark), colour("driver-edge", dark)
    markup = shapes.NO_ENTRY.replace("currentColor", ink).replace("{under}", under)
    return shapes.bare_uri(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}"><g transform="scale({SCALE})">{markup}'
        "</g></svg>"
    )


def drawn(name: str, dark: bool) -> str:
    """One icon's markup. Its ground is all but clear: without it WebGL's filter blends the edges with black."""
    shape = name.partition("|")[0]
    under = colour("driver-edge" if shape in ON_INK else "land", dark)
    ground = f'<path d="M0 0h16v16H0z" fill="{under}" fill-opacity=".02"/>'
    return ground + shapes.inked(shape, colour(ink_of(name), dark), under)


@cache
def icon_mapping() -> dict[str, dict[str, int]]:
    """Where each icon is in the atlas."""
    side = BOX * SCALE
    return {
        name: {"x": i % COLUMNS * side, "y": i // COLUMNS * side, "width": side, "height": side}
        for i, name in enumerate(icon_names())
    }
