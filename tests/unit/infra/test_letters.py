"""infra/letters.py and its verbs without servers: names, and what a person gets to see."""

import json
import re
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from infra.letter_rows import Letter, Place
from infra.letters import UnknownLetter, place
from infra.letters_verbs import dump, line, page, text
from infra.track import app
from models.codec import HEADERS

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def letter(value: bytes | None = b"{}", key: str = "town", headers: bytes | None = b"{}") -> Letter:
    where, why = ("city-commands", 3, 7), ("unreadable", "no message", "city", "city_commands")
    return Letter(*where, key, value, *why, headers, key.encode(), NOON, NOON, None, None, None, False)


def test_a_letter_is_named_by_where_its_record_stood() -> None:
    assert place("city-commands/3@1234") == Place("city-commands", 3, 1234)
    assert str(place("city-commands/3@1234")) == "city-commands/3@1234"


@pytest.mark.parametrize(
    "name", ["", "city-commands", "city-commands/3", "a/b@c", "a/1@2; drop table", "a/1@" + "9" * 19]
)
def test_what_names_no_letter_is_told_how_a_name_looks(name: str) -> None:
    with pytest.raises(UnknownLetter, match="city-commands/3@1234"):
        place(name)


def test_text_is_shown_as_it_is_and_everything_else_in_hex() -> None:
    assert text('{"name": "Żurek"}\n'.encode()) == '{"name": "Żurek"}\n'
    assert text(b"\xff\x00AB") == "00000000  ff 00 41 42                                      |..AB|"


@pytest.mark.parametrize("trick", ["\x1b[2J", "\r", "\N{RIGHT-TO-LEFT OVERRIDE}", "\x07", "\x9b31m"])
def test_nothing_in_a_payload_or_a_key_reaches_the_terminal_that_it_would_obey(trick: str) -> None:
    """A letter's bytes come from anywhere: one that clears the screen could hide the line before it."""
    headers = json.dumps({f"name{trick}": "MQ=="}).encode()
    one = letter(value=f"{trick}x".encode(), key=f"town{trick}", headers=headers)

    assert trick not in page(one)
    assert trick not in line(one)


def test_a_long_value_is_shown_whole() -> None:
    raw = bytes(range(256)) * 4
    rows = dump(raw).splitlines()
    shown = b"".join(bytes.fromhex(re.match(r"\w{8}  (.{47})", row)[1]) for row in rows)  # type: ignore[index]

    assert shown == raw
    assert [row[:8] for row in rows] == [f"{at:08x}" for at in range(0, len(raw), 16)]


def test_no_value_and_an_empty_one_are_told_apart() -> None:
    assert re.search(r"value +none", page(letter(None)))
    assert re.search(r"value +0 bytes", page(letter(b"")))


def test_a_letter_of_before_headers_were_kept_says_what_a_replay_would_send() -> None:
    before = letter(headers=None)

    assert before.record_headers == HEADERS
    assert before.record_key == b"town"
    assert "not kept" in page(before)


@pytest.mark.parametrize("words", [[], ["a/1@2", "--all"], ["a/1@2", "--reason", "crashed"], ["--reason", "crashed"]])
def test_a_replay_names_its_letters_or_chooses_among_all(words: list[str]) -> None:
    ran = CliRunner().invoke(app, ["letters", "replay", *words])

    assert ran.exit_code == 2
    assert "--all" in ran.output


def test_every_verb_of_letters_has_help() -> None:
    for verb in ("list", "show", "replay"):
        assert CliRunner().invoke(app, ["letters", verb, "--help"]).exit_code == 0
