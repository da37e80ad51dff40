"""a report, or what tests recorded → here → the words of a figure."""

import re
from collections.abc import Iterable
from typing import Any

from models.errors import TrackError

KEY = re.compile(r"\{([\w.]+)\}")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


class NoSuchFigure(TrackError):
    """The report has no such key."""


def filled(template: str, report: Any) -> str:
    """`{eta.mae_minutes} min` → `3.2 min`; a list or a table counts its entries. Raises NoSuchFigure."""
    return KEY.sub(lambda found: _shown(_value(found[1], report)), template)


def merged(figures: Iterable[str]) -> str:
    """Figures that say the same but for their numbers become one, each number from the least to the most."""
    alike: dict[str, list[list[str]]] = {}
    for figure in figures:
        alike.setdefault(NUMBER.sub("\0", figure), []).append(NUMBER.findall(figure))
    return "; ".join(_ranges(words, numbers) for words, numbers in alike.items())


def _ranges(words: str, numbers: list[list[str]]) -> str:
    spans = iter([_span(column) for column in zip(*numbers, strict=True)])
    return re.sub("\0", lambda _: next(spans), words)


def _span(column: Iterable[str]) -> str:
    ordered = sorted(column, key=lambda one: float(one.replace(",", "")))
    least, most = ordered[0], ordered[-1]
    return least if least == most else f"{least}–{most}"


def _value(key: str, report: Any) -> Any:
    found = report
    for name in key.split("."):
        try:
            found = found[int(name) if isinstance(found, list) else name]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise NoSuchFigure(f"the report has no {key}") from error
    return found


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return str(len(value))
    if isinstance(value, float):
        return f"{round(value, 2):,}"
    return f"{value:,}" if isinstance(value, int) else str(value)
