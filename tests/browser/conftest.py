"""Valkey, a moving city, the dashboard and one Chromium for all browser tests; each test gets a page of its own."""

import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from dashboard.server import HEALTH, argv
from tests.browser.planned_city import CITY
from tests.browser.servers import free_port, valkey, wait_until

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--enable-unsafe-swiftshader",
)  # fmt: skip
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def board_url() -> Iterator[str]:
    """The dashboard of a city that moves, without Postgres."""
    with valkey() as redis_url:
        env = {k: v for k, v in os.environ.items() if not k.startswith("TRACK_")} | {"TRACK_REDIS_URL": redis_url}
        port = free_port()
        feeder = subprocess.Popen([sys.executable, "-m", "tests.browser.seed_city"], cwd=ROOT, env=env)
        server = subprocess.Popen(argv(port), cwd=ROOT / "docs", env=env, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: _healthy(port), server)
            yield f"http://127.0.0.1:{port}/?city={CITY}"
        finally:
            for process in (server, feeder):
                process.terminate()
                process.wait(10)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{HEALTH}", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Not for the session: Playwright's loop stays in the main thread, where no later test could run one of its own."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()
