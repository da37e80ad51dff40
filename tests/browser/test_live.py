"""The Live page in a real browser: wide and narrow, dark and light, and nothing asked from outside."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

pytestmark = pytest.mark.browser

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
OWN = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
FIRST_MS, LATER_MS = 60_000, 20_000
"""A cold server and software WebGL on two shared cores."""
expect.set_options(timeout=LATER_MS)


class Watched:
    """A page, and everything it did that it must not do."""

    def __init__(self, page: Page, errors: list[str], strangers: list[str]) -> None:
        self.page, self.errors, self.strangers = page, errors, strangers


@pytest.fixture(params=[(size, theme) for size in SIZES for theme in ("dark", "light")], ids="-".join)
def watched(request: pytest.FixtureRequest, chromium: Browser, board_url: str) -> Iterator[Watched]:
    size, theme = request.param
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page, errors, strangers = context.new_page(), list[str](), list[str]()
    page.set_default_timeout(FIRST_MS)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    def on_request(asked: Request) -> None:
        if not asked.url.startswith(OWN):
            strangers.append(asked.url)

    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", on_request)
    page.goto(board_url)
    yield Watched(page, errors, strangers)
    context.close()


def test_the_board_is_whole_and_asks_nobody_outside(watched: Watched) -> None:
    page = watched.page
    expect(page.locator(".tile")).to_have_count(7, timeout=FIRST_MS)
    expect(page.locator(".tile.active .v b")).to_have_text(re.compile(r"^\d{3}$"))
    expect(page.locator(".link .now b")).to_have_text("Live")
    expect(page.locator(".orders [data-order]").first).to_be_visible()
    expect(page.locator(".stDeckGlJsonChart canvas").first).to_be_visible(timeout=FIRST_MS)

    assert watched.errors == []
    assert watched.strangers == []


def test_nothing_sticks_out_to_the_side(watched: Watched) -> None:
    watched.page.locator(".orders [data-order]").first.wait_for()

    assert watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_panel_has_the_themes_own_colour(watched: Watched, request: pytest.FixtureRequest) -> None:
    watched.page.locator(".tile").first.wait_for()
    ground = watched.page.locator(".st-key-tiles").evaluate("e => getComputedStyle(e.parentElement).backgroundColor")

    assert ground == ("rgb(17, 24, 33)" if "dark" in request.node.name else "rgb(255, 255, 255)")


def test_a_click_chooses_an_id_which_stays_chosen_while_the_list_moves(watched: Watched) -> None:
    page = watched.page
    row = page.locator(".orders [data-order]").nth(2)
    row.wait_for()
    order = row.get_attribute("data-order")
    page.locator(f"[data-order='{order}']").click()

    expect(page).to_have_url(re.compile(rf"[?&]order={order}\b"))
    expect(page.locator(".card h2")).to_have_text(f"#{order}")
    tick = page.locator(".link").get_attribute("data-tick")
    expect(page.locator(".link")).not_to_have_attribute("data-tick", tick or "")
    expect(page.locator(f"[data-order='{order}']")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".card h2")).to_have_text(f"#{order}")

    page.get_by_role("button", name="Close").click()
    expect(page).not_to_have_url(re.compile("order="))


def test_a_filter_is_in_the_url_and_only_its_rows_are_shown(watched: Watched) -> None:
    page = watched.page
    page.locator("[data-filter='at-risk']").click()

    expect(page).to_have_url(re.compile("filter=at-risk"))
    expect(page.locator("[data-filter='at-risk']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-order]:not([data-risk='at risk'])")).to_have_count(0)


def test_no_box_moves_when_the_next_tick_comes(watched: Watched) -> None:
    page = watched.page
    page.locator(".stDeckGlJsonChart canvas").first.wait_for()
    boxes = "[...document.querySelectorAll('.st-key-board > *, .tile')].map(e => e.getBoundingClientRect().toJSON())"
    before, tick = page.evaluate(boxes), page.locator(".link").get_attribute("data-tick")
    expect(page.locator(".link")).not_to_have_attribute("data-tick", tick or "")

    assert [(b["x"], b["width"]) for b in page.evaluate(boxes)] == [(b["x"], b["width"]) for b in before]
