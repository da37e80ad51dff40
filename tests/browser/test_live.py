"""The Live page in a real browser: wide and narrow, dark and light, and nothing asked from outside."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect

from dashboard import theme as inks
from dashboard.scenery import ground
from tests.browser.planned_city import RULES

pytestmark = pytest.mark.browser

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
OWN = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
FIRST_MS, LATER_MS = 60_000, 20_000
"""A cold server and software WebGL on two shared cores."""
expect.set_options(timeout=LATER_MS)
PICTURES = Path(__file__).parents[2] / ".track" / "pictures"
"""Kept for looking at."""


class Watched:
    """A page, everything it did that it must not do, and every part of the ground it was given."""

    def __init__(self, page: Page, errors: list[str], strangers: list[str], parts: list[Response]) -> None:
        self.page, self.errors, self.strangers, self.parts = page, errors, strangers, parts


@pytest.fixture(params=[(size, theme) for size in SIZES for theme in ("dark", "light")], ids="-".join)
def watched(request: pytest.FixtureRequest, chromium: Browser, board_url: str) -> Iterator[Watched]:
    size, theme = request.param
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    page, errors, strangers, parts = context.new_page(), list[str](), list[str](), list[Response]()
    page.set_default_timeout(FIRST_MS)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    def on_request(asked: Request) -> None:
        if not asked.url.startswith(OWN):
            strangers.append(asked.url)

    def on_response(answer: Response) -> None:
        if "/city/" in answer.url:
            parts.append(answer)

    page.on("console", on_console)
    page.on("response", on_response)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", on_request)
    page.goto(board_url)
    yield Watched(page, errors, strangers, parts)
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


def test_the_streets_are_drawn_and_asked_for_once(watched: Watched, request: pytest.FixtureRequest) -> None:
    """Each part by its address, and not again with the next ticks."""
    page, name = watched.page, request.node.callspec.id
    page.locator(".stDeckGlJsonChart canvas").first.wait_for(timeout=FIRST_MS)
    water = tuple(inks.rgba("water", "dark" in name)[:3])
    drawn = wait_for_ink(page, water)
    for _ in range(3):
        tick = page.locator(".link").get_attribute("data-tick")
        expect(page.locator(".link")).not_to_have_attribute("data-tick", tick or "")

    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"board-{name}.png")
    assert drawn > 1_000
    assert {(one.status, one.headers["content-type"]) for one in watched.parts} == {(200, "application/geo+json")}
    assert sorted(one.url.split("/")[4] for one in watched.parts) == sorted(p.digest for p in ground(RULES).parts)


def wait_for_ink(page: Page, ink: tuple[int, ...]) -> int:
    """How many pixels of the map have this colour; asked again until there are any."""
    for _ in range(60):
        picture = Image.open(io.BytesIO(page.locator(".st-key-map").screenshot())).convert("RGB")
        if found := sum(count for count, colour in picture.getcolors(1 << 24) or [] if colour == ink):
            return found
    return 0


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
    page.locator(f".orders [data-order='{order}']").click()

    expect(page).to_have_url(re.compile(rf"[?&]order={order}\b"))
    expect(page.locator(".card h2")).to_have_text(f"#{order}")
    tick = page.locator(".link").get_attribute("data-tick")
    expect(page.locator(".link")).not_to_have_attribute("data-tick", tick or "")
    expect(page.locator(f".orders [data-order='{order}']")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".card h2")).to_have_text(f"#{order}")

    page.get_by_role("button", name="Close").click()
    expect(page).not_to_have_url(re.compile("order="))


def test_a_filter_is_in_the_url_and_only_its_rows_are_shown(watched: Watched) -> None:
    page = watched.page
    page.locator("[data-filter='at-risk']").click()

    expect(page).to_have_url(re.compile("filter=at-risk"))
    expect(page.locator("[data-filter='at-risk']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".orders [data-order]:not([data-risk='at risk'])")).to_have_count(0)


def test_what_needs_action_comes_first_and_a_click_opens_its_card(watched: Watched) -> None:
    """The incident, the orders with their stage and step, and what is alarming; the choice holds in list and queue."""
    page = watched.page
    first = page.locator(".queue .entries .entry").first
    expect(page.locator(".queue .trouble b").first).to_contain_text("kitchen overloaded")
    expect(page.locator(".queue .trouble .done").first).to_have_text("Ann sees to it")
    expect(page.locator(".queue .offer").first).to_have_text("Pause new orders−38−61 to −15")
    expect(page.locator(".queue .ahead")).to_contain_text("Next 60 min, nothing done: 31 late orders (24 to 38)")
    in_force, over = page.locator(".queue .levers .done").all()
    expect(in_force).to_contain_text("takes an order in 10 min until ")
    expect(over).to_contain_text("3 drivers called, over. Foretold for 60 min: 178 late min")
    expect(first).to_contain_text("Reassign to D-001")
    expect(first).to_contain_text("approach +5")
    expect(page.locator(".queue .bell b")).to_have_text("D-041 silent")
    expect(page.locator(".queue .head")).to_have_attribute("title", re.compile("missing the promise ≥ 40 %"))
    order = first.get_attribute("data-order")
    page.locator(f".queue [data-order='{order}']").click()

    expect(page).to_have_url(re.compile(rf"[?&]order={order}\b"))
    expect(page.locator(".card h2")).to_have_text(f"#{order}")
    expect(page.locator(".card .need")).to_contain_text("chance late 90 %")
    expect(page.locator(f".queue [data-order='{order}']")).to_have_attribute("aria-selected", "true")


def test_an_incident_s_orders_are_folded_into_it_and_stay_unfolded_once_they_are(watched: Watched) -> None:
    page = watched.page
    fold, inside = page.locator(".queue .fold").first, page.locator(".queue .part .entry")
    expect(fold).to_contain_text("Show ")
    expect(inside.first).to_be_hidden()
    fold.click()
    expect(fold).to_contain_text("Hide ")
    expect(inside.first).to_contain_text("Reassign to D-001")
    tick = page.locator(".link").get_attribute("data-tick")
    expect(page.locator(".link")).not_to_have_attribute("data-tick", tick or "")
    expect(inside.first).to_be_visible()
    page.screenshot(path=PICTURES / "unfolded.png")


def test_no_box_moves_when_the_next_tick_comes(watched: Watched) -> None:
    page = watched.page
    page.locator(".stDeckGlJsonChart canvas").first.wait_for()
    boxes = "[...document.querySelectorAll('.st-key-board > *, .tile')].map(e => e.getBoundingClientRect().toJSON())"
    before, tick = page.evaluate(boxes), page.locator(".link").get_attribute("data-tick")
    expect(page.locator(".link")).not_to_have_attribute("data-tick", tick or "")

    assert [(b["x"], b["width"]) for b in page.evaluate(boxes)] == [(b["x"], b["width"]) for b in before]
