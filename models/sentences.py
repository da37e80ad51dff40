"""what a story has to say → here → story, told, plain_facts. Sentences, spans of time and names, as a person says them."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from models.city import City
from models.ids import DriverId, Instant, RestaurantId
from models.ways import MINUTE_MS

Clock = Callable[[Instant], str]
"""The time of day in the city's zone. Which zone is where is not the core's to know: it would read files."""


class Kind(StrEnum):
    """Who a sentence is about."""

    ORDER = "order"
    KITCHEN = "kitchen"
    DRIVER = "driver"
    TOLD = "told"


class Sentence(msgspec.Struct, frozen=True):
    """One thing that happened or was told; `more`: what is known beside it, a short line each."""

    at: Instant
    kind: Kind
    text: str
    more: tuple[str, ...] = ()


class Names:
    """Names as far as the log has them; an id stands in brackets at its first mention, or where two have one name."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def driver(self, city: City, driver: DriverId) -> str:
        return self._named(driver, city.drivers[driver].name if driver in city.drivers else driver)

    def restaurant(self, city: City, restaurant: RestaurantId) -> str:
        return self._named(restaurant, city.restaurants[restaurant].name)

    def _named(self, which: str, name: str) -> str:
        new = which not in self._said
        self._said[which] = name
        double = list(self._said.values()).count(name) > 1
        return f"{name} ({which})" if (new or double) and which not in name else name


def span(ms: int) -> str:
    """A length of time: seconds below a minute, else minutes to one decimal."""
    return f"{ms // 1000} s" if 0 < ms < MINUTE_MS else f"{minutes(ms)} min"


def minutes(ms: int) -> str:
    """To one decimal, which is left out where it is 0."""
    return f"{ms / MINUTE_MS:.1f}".removesuffix(".0")


def came(at: Instant, told: Instant) -> str:
    """How what came stands to what was told."""
    return "exactly then" if at == told else f"{span(abs(at - told))} {'later' if at > told else 'earlier'}"


def against(at: Instant, due: Instant, what: str) -> str:
    """How `at` stands to what was due."""
    if at == due:
        return f"exactly {what}"
    return f"{span(abs(at - due))} {'after' if at > due else 'before'} {what}"


def seen(count: int) -> str:
    """How many orders of a restaurant were seen; before the first, what is expected of it is the city's mean."""
    return f"{count} order{'s' if count > 1 else ''} seen" if count else "none of its own seen yet"
