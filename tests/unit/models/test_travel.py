"""A leg takes straight line over speed, rounded up to whole units; degrees never decide."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.geo import LatLon, Point
from models.travel import PlaneTravel, along, metres, on_map, travel_ms
from tests.unit.models.builders import CENTRE, MINUTE, TRAVEL

SHARES = st.floats(0.0, 1.0)
AXIS = st.floats(-50_000.0, 50_000.0)
POINTS = st.builds(Point, AXIS, AXIS)
WHOLE_METRES = st.builds(Point, *[st.integers(-50_000, 50_000).map(float)] * 2)


def _minutes(far: float) -> float:
    return travel_ms(TRAVEL, CENTRE, Point(far, 0.0)) / MINUTE


def test_no_way_takes_no_time() -> None:
    assert _minutes(0.0) == 0


@pytest.mark.parametrize("n", range(1, 101))
def test_an_exact_multiple_is_not_rounded_up_and_a_metre_more_is(n: int) -> None:
    assert _minutes(320.0 * n) == n
    assert _minutes(320.0 * n + 1) == n + 1
    assert _minutes(320.0 * n - 1) == n


@given(st.integers(1, 1000), st.integers(1, 100), st.integers(1, 120))
def test_whole_multiples_are_exact_at_every_speed_and_unit(speed: int, units: int, seconds: int) -> None:
    travel = PlaneTravel(float(speed * 60), seconds, LatLon(0.0, 0.0))
    far = float(speed * seconds * units)

    assert travel_ms(travel, CENTRE, Point(far, 0.0)) == units * seconds * 1000
    assert travel_ms(travel, CENTRE, Point(far + 1, 0.0)) > units * seconds * 1000


@given(WHOLE_METRES, WHOLE_METRES)
def test_a_minute_city_agrees_with_the_published_formula(a: Point, b: Point) -> None:
    """Reyes et al. 2018: ceil(straight-line metres / metres per minute)."""
    assert travel_ms(TRAVEL, a, b) == math.ceil(math.hypot(a.x - b.x, a.y - b.y) / 320) * MINUTE


def test_a_city_may_round_to_seconds() -> None:
    by_second = PlaneTravel(320.0, 1, LatLon(0.0, 0.0))

    assert travel_ms(by_second, CENTRE, Point(100.0, 0.0)) == 19_000


def test_the_way_is_as_long_as_the_straight_line() -> None:
    assert metres(TRAVEL, CENTRE, Point(300.0, 400.0)) == 500.0


@given(POINTS, POINTS)
def test_both_ends_of_a_way_are_exact(a: Point, b: Point) -> None:
    assert (along(TRAVEL, a, b, 0.0), along(TRAVEL, a, b, 1.0)) == (a, b)
    assert (along(TRAVEL, a, b, -0.5), along(TRAVEL, a, b, 1.5)) == (a, b)


@given(POINTS, POINTS, SHARES)
def test_a_driver_on_the_way_is_never_beside_it(a: Point, b: Point, share: float) -> None:
    here = along(TRAVEL, a, b, share)

    assert metres(TRAVEL, a, here) == pytest.approx(share * metres(TRAVEL, a, b), abs=1e-6)


def test_the_map_of_a_plane_begins_at_its_origin() -> None:
    assert on_map(TRAVEL, CENTRE) == TRAVEL.origin
