"""How a person says a span of time, how one time stands to another, and how often something was seen."""

import pytest

from models.sentences import against, came, seen, span
from tests.unit.models.builders import minute


@pytest.mark.parametrize(
    ("ms", "said"), [(0, "0 min"), (40_000, "40 s"), (60_000, "1 min"), (312_000, "5.2 min"), (7_200_000, "120 min")]
)
def test_a_span_is_seconds_below_a_minute_and_else_minutes_to_one_decimal(ms: int, said: str) -> None:
    assert span(ms) == said


def test_early_is_before_and_late_is_after() -> None:
    assert [against(minute(at), minute(10), "the promise") for at in (8, 10, 15)] == [
        "2 min before the promise",
        "exactly the promise",
        "5 min after the promise",
    ]
    assert [came(minute(at), minute(10)) for at in (8, 10, 15)] == ["2 min earlier", "exactly then", "5 min later"]


def test_one_order_is_not_told_as_several() -> None:
    assert [seen(n) for n in (0, 1, 2)] == ["none of its own seen yet", "1 order seen", "2 orders seen"]
