"""Metres on a plane, and the degrees that a map needs of them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.geo import EARTH_RADIUS_METRES, FARTHEST_METRES, LatLon, Point, from_plane, plane_metres

AXIS = st.floats(-FARTHEST_METRES, FARTHEST_METRES)
POINTS = st.builds(Point, AXIS, AXIS)
ONE_DEGREE_METRES = 111_195.08
"""2πR/360 at R1 = 6,371,008.8 m."""


def _great_circle_metres(a: LatLon, b: LatLon) -> float:
    south, north, across = math.radians(a.lat), math.radians(b.lat), math.radians(b.lon - a.lon)
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_METRES * math.asin(math.sqrt(half))


def test_a_plane_is_measured_in_straight_lines() -> None:
    assert plane_metres(Point(1.0, 1.0), Point(4.0, 5.0)) == 5.0


@given(POINTS, POINTS)
def test_there_is_as_far_as_back(a: Point, b: Point) -> None:
    assert plane_metres(a, b) == plane_metres(b, a) >= 0.0
    assert plane_metres(a, a) == 0.0


def test_the_centre_of_a_plane_is_its_origin() -> None:
    assert from_plane(Point(0.0, 0.0), LatLon(44.98, -93.27)) == LatLon(44.98, -93.27)


def test_a_degree_north_is_111_km_everywhere() -> None:
    for lat in (0.0, 60.0, -60.0):
        there = from_plane(Point(0.0, ONE_DEGREE_METRES), LatLon(lat, 10.0))

        assert there.lat == pytest.approx(lat + 1, abs=1e-7)
        assert there.lon == 10.0


def test_a_degree_east_is_half_as_long_at_60_north() -> None:
    assert from_plane(Point(ONE_DEGREE_METRES, 0.0), LatLon(0.0, 10.0)).lon == pytest.approx(11, abs=1e-7)
    assert from_plane(Point(ONE_DEGREE_METRES, 0.0), LatLon(60.0, 10.0)).lon == pytest.approx(12, abs=1e-7)


@given(st.floats(1.0, 40_000.0), st.floats(-math.pi, math.pi))
def test_a_map_of_40_km_is_good_to_an_eighth_of_a_per_cent_at_45_degrees(far: float, bearing: float) -> None:
    origin = LatLon(45.0, 10.0)
    there = from_plane(Point(far * math.sin(bearing), far * math.cos(bearing)), origin)

    assert _great_circle_metres(origin, there) == pytest.approx(far, rel=0.0013)


@pytest.mark.parametrize(("start", "east", "ends"), [(179.9, 1, -179.1), (-179.9, -1, 179.1), (179.0, 1, 180.0)])
def test_a_city_on_the_date_line_stays_on_the_map(start: float, east: int, ends: float) -> None:
    there = from_plane(Point(east * ONE_DEGREE_METRES, 0.0), LatLon(0.0, start))

    assert there.lon == pytest.approx(ends, abs=1e-6)


@given(POINTS, st.floats(-80.0, 80.0), st.floats(-180.0, 180.0))
def test_no_point_of_any_city_is_off_the_map(point: Point, lat: float, lon: float) -> None:
    """Redis GEO refuses what lies beyond 85.05° or 180°, and with it the whole tick."""
    there = from_plane(point, LatLon(lat, lon))

    assert abs(there.lat) <= 85.05
    assert abs(there.lon) <= 180.0
