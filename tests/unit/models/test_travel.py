"""A leg takes straight line over speed, rounded up to whole units; degrees never decide."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.geo import LatLon, Point
from models.travel import PlaneTravel, StraightTravel, Travel
from models.ways import Speeds, Vehicle
from tests.unit.models.builders import CENTRE, MINUTE, TRAVEL

SHARES = st.floats(0.0, 1.0)
AXIS = st.floats(-50_000.0, 50_000.0)
POINTS = st.builds(Point, AXIS, AXIS)
WHOLE_METRES = st.builds(Point, *[st.integers(-50_000, 50_000).map(float)] * 2)


def _minutes(far: float) -> float:
    return TRAVEL.ms(CENTRE, Point(far, 0.0), "car") / MINUTE


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

    assert travel.ms(CENTRE, Point(far, 0.0), "car") == units * seconds * 1000
    assert travel.ms(CENTRE, Point(far + 1, 0.0), "car") > units * seconds * 1000


@given(WHOLE_METRES, WHOLE_METRES)
def test_a_minute_city_agrees_with_the_published_formula(a: Point, b: Point) -> None:
    """Reyes et al. 2018: ceil(straight-line metres / metres per minute)."""
    assert TRAVEL.ms(a, b, "car") == math.ceil(math.hypot(a.x - b.x, a.y - b.y) / 320) * MINUTE


def test_a_city_may_round_to_seconds() -> None:
    by_second = PlaneTravel(320.0, 1, LatLon(0.0, 0.0))

    assert by_second.ms(CENTRE, Point(100.0, 0.0), "car") == 19_000


def test_the_way_is_as_long_as_the_straight_line() -> None:
    assert TRAVEL.metres(CENTRE, Point(300.0, 400.0)) == 500.0


@given(POINTS, POINTS)
def test_both_ends_of_a_way_are_exact(a: Point, b: Point) -> None:
    assert (TRAVEL.path(a, b).at(0.0), TRAVEL.path(a, b).at(1.0)) == (a, b)
    assert (TRAVEL.path(a, b).at(-0.5), TRAVEL.path(a, b).at(1.5)) == (a, b)


@given(POINTS, POINTS, SHARES)
def test_a_driver_on_the_way_is_never_beside_it(a: Point, b: Point, share: float) -> None:
    here = TRAVEL.path(a, b).at(share)

    assert TRAVEL.metres(a, here) == pytest.approx(share * TRAVEL.metres(a, b), abs=1e-6)


def test_the_map_of_a_plane_begins_at_its_origin() -> None:
    assert TRAVEL.on_map(CENTRE) == TRAVEL.origin


STRAIGHT = StraightTravel(1.3, Speeds(20, 20, 12, 5), 1, LatLon(4.81, -75.69))
PEREIRA = Point(-75.69, 4.81)


def test_a_straight_city_measures_on_the_sphere_and_adds_its_detour() -> None:
    """A degree of latitude is 111.195 km on the mean sphere; a minute of it a nautical mile."""
    north = Point(PEREIRA.x, PEREIRA.y + 1 / 60)

    assert STRAIGHT.beeline(PEREIRA, north) == pytest.approx(1853.25, abs=0.01)
    assert STRAIGHT.metres(PEREIRA, north) == pytest.approx(1.3 * 1853.25, abs=0.01)


@pytest.mark.parametrize(
    ("vehicle", "seconds"), [("motorcycle", 434), ("car", 434), ("bicycle", 723), ("walking", 1735)]
)
def test_each_vehicle_has_its_own_speed_rounded_up_to_the_second(vehicle: Vehicle, seconds: int) -> None:
    north = Point(PEREIRA.x, PEREIRA.y + 1 / 60)

    assert STRAIGHT.ms(PEREIRA, north, vehicle) == seconds * 1000


def test_points_of_a_straight_city_are_already_degrees() -> None:
    assert STRAIGHT.on_map(PEREIRA) == LatLon(4.81, -75.69)
    assert STRAIGHT.path(PEREIRA, Point(-75.67, 4.83)).at(0.5) == Point(-75.68, pytest.approx(4.82))


@pytest.mark.parametrize("far", [Point(0.0, 0.0), Point(-75.69, 6.0), Point(200.0, 4.8), Point(-75.69, 95.0)])
def test_a_phone_that_says_another_place_is_off_the_map(far: Point) -> None:
    assert STRAIGHT.holds(PEREIRA)
    assert not STRAIGHT.holds(far)


NEAR_PEREIRA = st.builds(Point, st.floats(-76.5, -75.0), st.floats(4.0, 5.5))


@pytest.mark.parametrize(
    ("travel", "somewhere"), [(TRAVEL, POINTS), (STRAIGHT, NEAR_PEREIRA)], ids=["plane", "straight"]
)
@given(data=st.data())
def test_many_beelines_at_once_are_what_each_is_but_for_the_last_digits(
    travel: Travel, somewhere: st.SearchStrategy[Point], data: st.DataObject
) -> None:
    points, to = data.draw(st.lists(somewhere, min_size=1, max_size=9)), data.draw(somewhere)
    many = travel.beelines(np.array([(point.x, point.y) for point in points]), to)

    assert many == pytest.approx([travel.beeline(point, to) for point in points], rel=1e-6, abs=1e-6)


@given(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
def test_a_straight_city_reaches_a_hundred_kilometres_in_every_direction(east: float, north: float) -> None:
    origin = Point(STRAIGHT.origin.lon, STRAIGHT.origin.lat)
    point = Point(origin.x + east, origin.y + north)

    assert STRAIGHT.holds(point) == (STRAIGHT.beeline(origin, point) <= 100_000.0)


def test_a_plane_city_reaches_a_hundred_kilometres() -> None:
    assert TRAVEL.holds(Point(99_999.0, 0.0))
    assert not TRAVEL.holds(Point(80_000.0, 80_000.0))
