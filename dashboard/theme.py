"""tokens.md, theme.css → here → the style sheet, the map's inks. Colour carries meaning only; the rest is neutral.

Each token is a pair (dark, light); the page picks by `light-dark()`, so a change of theme needs no rerun.
"""

from functools import cache
from importlib.resources import files

from dashboard import shapes

PALETTE: dict[str, tuple[str, str]] = {
    "bg": ("#0B1016", "#EFF2F5"),
    "panel": ("#111821", "#FFFFFF"),
    "raised": ("#18222D", "#F5F7F9"),
    "hover": ("#1C2733", "#EDF1F5"),
    "sel": ("#14293F", "#E3EFFC"),
    "line": ("#222E3A", "#DDE3EA"),
    "line2": ("#34445A", "#BCC7D3"),
    "ctl": ("#64758A", "#7A8897"),
    "t-1": ("#EAEFF5", "#121920"),
    "t-2": ("#B0BDCB", "#424F5D"),
    "t-3": ("#8797AA", "#5B6978"),
    "accent": ("#6CB6FF", "#0A5CB8"),
    "good": ("#3CC6A3", "#08735B"),
    "good-tint": ("#10302B", "#DDF3EC"),
    "tight": ("#EBD777", "#6E5900"),
    "tight-fill": ("#EBD777", "#EBD04A"),
    "risk": ("#FF9E3D", "#A34200"),
    "risk-fill": ("#FF9E3D", "#D46800"),
    "risk-tint": ("#33210F", "#FDEBD9"),
    "late": ("#FF6B7F", "#B80F3A"),
    "late-fill": ("#FF5A70", "#C4123F"),
    "late-tint": ("#2E161D", "#FCE4E9"),
    "ok": ("#8FA0B3", "#5F6D7C"),
    "land": ("#0F161E", "#EDF0F3"),
    "park": ("#10201E", "#DFEAE2"),
    "water": ("#0A1D2B", "#CBDDEA"),
    "shore": ("#1C3A50", "#A9C3D6"),
    "street": ("#212E3C", "#FFFFFF"),
    "boulevard": ("#34445A", "#FFFFFF"),
    "boulevard-casing": ("#0C1219", "#CBD3DC"),
    "bridge": ("#415266", "#FFFFFF"),
    "map-label": ("#7F90A3", "#56646F"),
    "map-halo": ("#0B1016", "#F4F6F8"),
    "grid": ("#1B2733", "#DFE5EB"),
    "driver": ("#9DB0C6", "#41566E"),
    "driver-edge": ("#0B1016", "#FFFFFF"),
    "kitchen": ("#7387A0", "#6C7F95"),
    "skel": ("#1C2733", "#E6EBF0"),
}
FONT = "'\"Source Sans\", sans-serif'"
"""The page's own, as pydeck takes a string that is no expression."""
RISK_INK = {"on track": "driver", "tight": "tight", "at risk": "risk-fill", "late": "late-fill"}
"""The ink of a marker by the risk of what it carries; on track is neutral, never green."""


def colour(token: str, dark: bool) -> str:
    """#RRGGBB of a token."""
    return PALETTE[token][0 if dark else 1]


def rgba(token: str, dark: bool, alpha: int = 255) -> list[int]:
    """The same for deck.gl."""
    hexed = colour(token, dark)
    return [int(hexed[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]


def tokens() -> str:
    """Every colour and every shape as a custom property: these reach into a component's shadow root too."""
    inks = [f"--{name}:light-dark({light},{dark})" for name, (dark, light) in PALETTE.items()]
    masks = [f'--{shapes.class_name(name)}:url("{shapes.image(name)}")' for name in shapes.ALL]
    return ":root{" + ";".join(inks + masks) + "}"


@cache
def sheet(name: str) -> str:
    """A style sheet or script of this package, read once."""
    return files("dashboard").joinpath(name).read_text("utf-8")


@cache
def stylesheet() -> str:
    """What the page needs, whole; the theme is settled by the browser."""
    glyphs = "".join(f".{c}{{--g:var(--{c})}}" for c in map(shapes.class_name, shapes.ALL))
    return f"<style>{tokens()}{glyphs}{sheet('theme.css')}</style>"


@cache
def orders_css() -> str:
    """The order list's own sheet; its colours and shapes are the page's."""
    return sheet("orders.css")
