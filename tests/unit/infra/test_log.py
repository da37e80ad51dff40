"""infra/local/log.py: one format for every service."""

import io
import re

import pytest

from infra.local.log import LogWriter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_line_is_time_name_and_text_in_columns() -> None:
    """Names are padded, so that the eye finds the text in one column."""
    out = io.StringIO()
    log = LogWriter(out)
    log.expect(["kafka", "dashboard"])
    log.write("kafka", "up")

    assert re.fullmatch(r"\d\d:\d\d:\d\d kafka     \| up\n", out.getvalue())


def test_a_file_gets_no_colours_not_even_the_services_own() -> None:
    """A log that is read by a program holds no escape codes."""
    out = io.StringIO()
    LogWriter(out).write("gateway", "\x1b[31mred\x1b[0m [brackets] stay")

    assert out.getvalue().endswith("| red [brackets] stay\n")


def test_a_terminal_gets_colours() -> None:
    """Each service is told from the others at a glance."""
    out = Terminal()
    LogWriter(out).write("gateway", "up")

    assert "\x1b[" in out.getvalue()


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The NO_COLOR convention holds on a terminal, too."""
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    LogWriter(out).write("gateway", "up")

    assert "\x1b[3" not in out.getvalue()


def test_a_long_line_stays_one_line() -> None:
    """Whoever greps the log finds whole lines."""
    out = io.StringIO()
    LogWriter(out).write("kafka", "word " * 200)

    assert out.getvalue().count("\n") == 1
