"""the rule book of shapes → here → the map's atlas, the style sheet. Shape says the state, colour how urgent.

Every drawing stands in a 16 × 16 box; `currentColor` is the ink, `{under}` what lies behind a hollow one.
"""

from urllib.parse import quote

RISK = {
    "on track": '<circle cx="8" cy="8" r="3" fill="currentColor"/>',
    "tight": '<circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor" stroke-width="2"/>',
    "at risk": '<path d="M8 1.8 15 14H1z" fill="currentColor" stroke="currentColor" stroke-linejoin="round"/>',
    "late": (
        '<path d="M8 4.5v4.2M8 11v.3" stroke="{under}" stroke-width="3" stroke-linecap="round"/>'
        '<path fill-rule="evenodd" d="M8 .4 15.6 8 8 15.6.4 8zM7.1 4.3v4.5h1.8V4.3zM7.1 10.2v1.8h1.8v-1.8z"'
        ' fill="currentColor"/>'
    ),
}
DRIVER = {
    "free": '<circle cx="8" cy="8" r="4.5" fill="{under}" stroke="currentColor" stroke-width="2.2"/>',
    "to restaurant": (
        '<path d="M8 1.5 13 13.5 8 11 3 13.5z" fill="{under}" stroke="currentColor" stroke-width="1.6"'
        ' stroke-linejoin="round"/>'
    ),
    "waiting": (
        '<rect x="4.5" y="4.5" width="7" height="7" fill="{under}"/><path fill-rule="evenodd" fill="currentColor"'
        ' d="M3.5 3.5h9v9h-9zM5.7 6v4h1.5V6zM8.8 6v4h1.5V6z"/>'
    ),
    "to door": (
        '<path d="M8 1 13.3 14 8 11.2 2.7 14z" fill="currentColor" stroke="{under}" stroke-width="1"'
        ' stroke-linejoin="round"/>'
    ),
    "silent": (
        '<circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor" stroke-width="1.6"'
        ' stroke-dasharray="2.4 1.6"/><circle cx="8" cy="8" r="1.2" fill="currentColor"/>'
    ),
}
PLACE = {
    "kitchen": (
        '<rect x="3.5" y="3.5" width="9" height="9" rx="1" fill="{under}" stroke="currentColor" stroke-width="1.5"/>'
    ),
    "chosen kitchen": (
        '<rect x="1.5" y="1.5" width="13" height="13" rx="2" fill="currentColor"/>'
        '<path d="M5 8h6" stroke="{under}" stroke-width="2" stroke-linecap="round"/>'
    ),
    "chosen door": (
        '<path d="M8 15.5C5 11.5 3 9 3 6a5 5 0 0 1 10 0c0 3-2 5.5-5 9.5z" fill="currentColor"/>'
        '<circle cx="8" cy="6" r="1.9" fill="{under}"/>'
    ),
}
SIGN = {
    "mark": (
        '<path d="M2 13 6.5 5.5l3 5 1.6-2.8L14 13" fill="none" stroke="currentColor" stroke-width="1.7"'
        ' stroke-linejoin="round" stroke-linecap="round"/><circle cx="6.5" cy="4.6" r="1.6" fill="currentColor"/>'
    ),
    "clock": (
        '<path d="M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2 1.3" fill="none"'
        ' stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>'
    ),
    "check": '<path d="m3.5 8.5 3 3 6-7" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>',
}
NO_ENTRY = (
    '<circle cx="8" cy="8" r="6.8" fill="currentColor" stroke="{under}" stroke-width="1.2"/>'
    '<path d="M4.5 8h7" stroke="{under}" stroke-width="2.4" stroke-linecap="round"/>'
)
"""A street that nobody passes now."""
ALL = RISK | DRIVER | PLACE | SIGN


def data_uri(svg: str) -> str:
    """An image without a request; quotes, angles and hashes are escaped, as styles and pydeck both need it."""
    return "data:image/svg+xml," + quote(svg, safe="/:=., -")


def bare_uri(svg: str) -> str:
    """The same for JSON, where only hashes need it: a third of the bytes of a map that is sent every second."""
    return "data:image/svg+xml," + svg.replace("#", "%23")


def image(name: str) -> str:
    """One shape as an image whose opaque part is the shape: the style sheet uses it as a mask."""
    return data_uri(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{_mask(ALL[name])}</svg>')


def inked(name: str, ink: str, under: str) -> str:
    """One shape's markup in its colours."""
    return ALL[name].replace("currentColor", ink).replace("{under}", under)


def class_name(name: str) -> str:
    """The style class of a shape."""
    return "g-" + name.replace(" ", "-")


def _mask(markup: str) -> str:
    """In a mask what lies behind is clear: hollow shapes stay hollow, cut-outs show the panel."""
    return markup.replace("{under}", "none").replace("currentColor", "black")


SPARK_WIDTH, SPARK_HEIGHT, SPARK_POINTS = 64, 20, 24


def sparkline(values: tuple[float | None, ...]) -> str | None:
    """A line of the last hours as a mask image; None when there is nothing to draw a line through.

    Means of neighbours: 120 minutes in 64 pixels would be noise, not a course.
    """
    known = [(i, v) for i, v in enumerate(_means(values)) if v is not None]
    if len(known) < 2:
        return None
    low, high = min(v for _, v in known), max(v for _, v in known)
    across, up = (SPARK_WIDTH - 2) / known[-1][0], (SPARK_HEIGHT - 4) / ((high - low) or 1)
    points = " ".join(f"{1 + i * across:.1f},{SPARK_HEIGHT - 2 - (v - low) * up:.1f}" for i, v in known)
    return data_uri(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}"><polyline '
        f'points="{points}" fill="none" stroke="black" stroke-width="1.5" stroke-linejoin="round" '
        'stroke-linecap="round"/></svg>'
    )


def _means(values: tuple[float | None, ...]) -> list[float | None]:
    width = max(1, -(-len(values) // SPARK_POINTS))
    buckets = [[v for v in values[i : i + width] if v is not None] for i in range(0, len(values), width)]
    return [sum(bucket) / len(bucket) if bucket else None for bucket in buckets]
