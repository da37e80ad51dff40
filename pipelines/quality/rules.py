"""what must hold of rows → here → suites as data. Each rule has a sentence for people and says which rows break it."""

from enum import StrEnum
from typing import NamedTuple

ALL_CITIES, ONE_CITY = "", "where city_id = current_setting('track.city')"


class Weight(StrEnum):
    """`NOTE`: told, and nothing fails by it."""

    FAILS = "critical"
    NOTE = "warning"


class Rule(NamedTuple):
    """`broken` is the condition in SQL of the rows that break it; `shows` what is told of them beside their key.

    Braces and the word for a joining of tables have a meaning of their own to who asks; no condition has them.
    """

    sentence: str
    broken: str
    shows: tuple[str, ...] = ()
    weight: Weight = Weight.FAILS


class Filled(NamedTuple):
    """No row is without it."""

    column: str


class OneOf(NamedTuple):
    column: str
    values: tuple[str, ...]
    weight: Weight = Weight.FAILS


class Within(NamedTuple):
    """`least` ≤ value ≤ `most`; None: no limit on that side, nor does a row without a value break it."""

    column: str
    least: float | None = None
    most: float | None = None


AnyRule = Rule | Filled | OneOf | Within


class Suite(NamedTuple):
    """The rules of one table. `rows` is the query that they are asked of, with `{cities}` where a city is chosen."""

    name: str
    key: tuple[str, ...]
    rules: tuple[AnyRule, ...]
    rows: str = ""
    least: int = 0

    def query(self, cities: str = ALL_CITIES) -> str:
        return (self.rows or f"select * from {self.name} {{cities}}").replace("{cities}", cities).strip()


def sentence(rule: AnyRule) -> str:
    """The rule in words."""
    match rule:
        case Rule():
            return rule.sentence
        case Filled(column):
            return f"{column} is never empty"
        case OneOf(column, values):
            return f"{column} is one of {', '.join(values)}"
        case Within(column, least, most):
            limits = (
                f"at least {least:g}" if least is not None else "",
                f"at most {most:g}" if most is not None else "",
            )
            return f"{column} is {' and '.join(filter(None, limits))}"


def asked(rule: Rule, key: tuple[str, ...]) -> str:
    """The query of the rows that break it; `one` is the row."""
    told = ", ".join(dict.fromkeys((*key, *rule.shows)))
    return f"select {told} from (select * from {{batch}}) one where {rule.broken} order by {', '.join(key)}"


def place(lat: str, lon: str) -> tuple[Within, Within]:
    """Somewhere on earth."""
    return Within(lat, -90, 90), Within(lon, -180, 180)


def there(table: str, sentence: str, *columns: str, unless: str = "false") -> Rule:
    """Referential truth: `table` has a row of this city with these columns."""
    same = " and ".join(f"other.{column} = one.{column}" for column in ("city_id", *columns))
    broken = f"not ({unless}) and not exists (select 1 from {table} other where {same})"
    return Rule(sentence, broken, columns)


def in_turn(*columns: str) -> Rule:
    """None of these times, where they are known, is before one that stands before it."""
    earlier = [f"{b} < greatest({', '.join(columns[:n])})" for n, b in enumerate(columns) if n]
    return Rule(f"{', '.join(columns)}: what is known of them comes in this order", " or ".join(earlier), columns)
