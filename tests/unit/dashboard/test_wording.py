"""Numbers and times as the screen says them."""

import pytest

from dashboard import wording


def test_thousands_have_a_thin_space_and_a_negative_number_a_real_minus() -> None:
    assert wording.whole(1204882) == "1\u2009204\u2009882"
    assert [wording.signed(n) for n in (3, 0, -8)] == ["+3", "0", "−8"]


@pytest.mark.parametrize(
    ("ms", "said"),
    [(43_000, "43 s"), (119_999, "119 s"), (120_000, "2 min"), (5_400_000, "90 min"), (5_700_000, "1 h 35 min")],
)  # fmt: skip
def test_a_span_is_seconds_then_minutes_then_hours(ms: int, said: str) -> None:
    assert wording.span(ms) == said


def test_an_age_has_tenths_only_while_they_matter() -> None:
    assert [wording.age(ms) for ms in (240, 9_900, 43_000, None)] == ["0.2 s", "9.9 s", "43 s", "–"]


def test_a_clock_is_in_the_citys_zone_and_a_zone_nobody_knows_is_utc() -> None:
    at = 1_795_425_301_000

    assert wording.clock(at, "Asia/Almaty", seconds=True) == "14:15:01"
    assert wording.clock(at, "Nowhere/At all") == "09:15"
    assert wording.clock(None, "UTC") == "–"


def test_a_whole_kilometre_has_no_decimal() -> None:
    assert [wording.metres(m) for m in (604, 1100, 2000)] == ["600 m", "1.1 km", "2 km"]
