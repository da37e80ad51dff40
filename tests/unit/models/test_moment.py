"""A time that was said → the moment of a city's log."""

import pytest

from models.moment import NotATime, NotReached, instant
from tests.unit.models.builders import T0, minute, rules

DAY = 24 * 60


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("90", 90),
        ("0", 0),
        ("18:00", 2 * DAY),
        ("18:30", 2 * DAY + 30),
        ("18:31", DAY + 31),
        ("7:05", DAY + 13 * 60 + 5),
    ],
)
def test_a_time_of_day_is_the_last_such_time_that_the_city_has_come_to(said: str, at: int) -> None:
    """The small city opens at 18:00 in Chicago; two days later it is 18:30 there."""
    assert instant(said, rules(), T0, minute(2 * DAY + 30)) == minute(at)


@pytest.mark.parametrize("said", ["18:31", "17:59", "31"])
def test_a_time_that_the_city_has_not_come_to_is_refused_with_how_far_it_has_come(said: str) -> None:
    told = f"Small City: {said} is not in its log, 2025-12-31 18:00:00 to 2025-12-31 18:30:00 on its clocks"
    with pytest.raises(NotReached, match=told):
        instant(said, rules(), T0, minute(30))


@pytest.mark.parametrize("said", ["soon", "25:00", "12:60", "-5", "²"])
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(NotATime):
        instant(said, rules(), T0, minute(30))
