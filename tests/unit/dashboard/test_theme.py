"""Tokens: one source for the style sheet, the map and Streamlit's own theme."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import shapes, theme
from dashboard.server import SCRIPT, argv

CONFIG = tomllib.loads(SCRIPT.with_name(".streamlit").joinpath("config.toml").read_text("utf-8"))


def luminance(hexed: str) -> float:
    channels = [int(hexed[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("ink", ["t-1", "t-2", "t-3", "accent", "good", "tight", "risk", "late", "ok"])
def test_every_ink_can_be_read_on_its_panel(
    ink: str, dark: bool, record_property: Callable[[str, object], None]
) -> None:
    found = contrast(theme.colour(ink, dark), theme.colour("panel", dark))
    record_property("figure", f"contrast {found:.1f}")

    assert found >= 4.5


@pytest.mark.parametrize(("section", "dark"), [("dark", True), ("light", False)])
def test_streamlits_theme_and_ours_are_one(section: str, dark: bool) -> None:
    theirs = CONFIG["theme"][section]

    assert theirs["backgroundColor"] == theme.colour("panel", dark)
    assert theirs["textColor"] == theme.colour("t-1", dark)
    assert theirs["linkColor"] == theme.colour("accent", dark)


def test_the_settings_that_decide_over_capacity_are_set() -> None:
    assert CONFIG["runner"] == {"postScriptGC": False, "magicEnabled": False}
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["fileWatcherType"] == "none"


def test_the_style_sheet_asks_nobody_for_anything() -> None:
    sheet = theme.stylesheet() + theme.orders_css()

    assert "http" not in sheet.replace("http%3A", "").replace("http://www.w3.org/2000/svg", "")
    assert "@import" not in sheet


def test_no_shape_looks_like_a_tag_to_the_sanitizer() -> None:
    """DOMPurify drops a style element in which it sees one, and the whole page with it."""
    assert "<" not in theme.stylesheet().removeprefix("<style>").removesuffix("</style>")


def test_a_flat_course_is_drawn_and_a_single_point_is_not() -> None:
    assert shapes.sparkline((1.0, 1.0, 1.0)) is not None
    assert shapes.sparkline((1.0, None)) is None


def test_the_command_line_names_a_script_that_exists() -> None:
    line = argv(8501, "127.0.0.1")

    assert Path(line[4]).is_file()
    assert line[-4:] == ["--server.port", "8501", "--server.address", "127.0.0.1"]
