"""a judged reading → here → a line on the terminal, and the exit code."""

import urllib.parse
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

Level = Literal["ok", "note", "trouble"]
MB = 1_000_000


class Finding(NamedTuple):
    """`ok` runs; `note` runs, but somebody should know; `trouble` keeps the product from running until it is cured."""

    check: str
    level: Level
    told: str
    cure: str = ""


def ok(check: str, told: str) -> Finding:
    return Finding(check, "ok", told)


def note(check: str, told: str, cure: str = "") -> Finding:
    return Finding(check, "note", told, cure)


def trouble(check: str, told: str, cure: str) -> Finding:
    return Finding(check, "trouble", told, cure)


def lines(findings: Iterable[Finding]) -> list[str]:
    """`level check told`, its cure beneath."""
    return [text for one in findings for text in _lines(one)]


def _lines(one: Finding) -> list[str]:
    head = f"{one.level:<7}  {one.check:<10}  "
    return [head + one.told, *([f"{'':<{len(head)}}→ {one.cure}"] if one.cure else [])]


def without(secrets: Sequence[str], finding: Finding) -> Finding:
    """The finding with every secret struck out, as it is and as an address writes it: errors quote what they were given."""
    told, cure = finding.told, finding.cure
    plain = [urllib.parse.unquote(one) for one in secrets]
    for secret in {*secrets, *plain, *map(urllib.parse.quote, plain), *map(urllib.parse.quote_plus, plain)}:
        told, cure = told.replace(secret, "…"), cure.replace(secret, "…")
    return finding._replace(told=told, cure=cure)
