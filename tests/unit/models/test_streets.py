"""Ways go along streets and over bridges; a closed one is gone around."""

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.geo import LatLon, Point
from models.streets import NO_WAY_METRES, Street, StreetTravel
from models.ways import Speeds

SPEEDS = Speeds(car=20, motorcycle=24, bicycle=12, walking=5)
BANKS = tuple(Point(x * 400.0, y * 1000.0) for y in (0, 1) for x in range(4))
"""Two banks of a river, four junctions each, 1 km apart."""
STREETS = (*(Street(n, n + 1) for n in (0, 1, 2, 4, 5, 6)), Street(0, 4, "West Bridge"), Street(3, 7, "East Bridge"))
TOWN = StreetTravel(BANKS, STREETS, SPEEDS, 1, LatLon(43.2, -9.9))
SHUT = StreetTravel(BANKS, STREETS, SPEEDS, 1, LatLon(43.2, -9.9), closed=("West Bridge",))
ANYWHERE = st.builds(Point, st.floats(-500, 1700), st.floats(-500, 1500))


def test_the_way_across_the_river_is_the_way_over_the_bridge() -> None:
    assert TOWN.beeline(BANKS[1], BANKS[5]) == 1000.0
    assert TOWN.metres(BANKS[1], BANKS[5]) == 1800.0
    assert TOWN.path(BANKS[1], BANKS[5]).corners == (BANKS[1], BANKS[1], BANKS[0], BANKS[4], BANKS[5], BANKS[5])


def test_a_closed_bridge_is_gone_around() -> None:
    assert SHUT.metres(BANKS[1], BANKS[5]) == 2 * 800 + 1000
    assert BANKS[0] not in SHUT.path(BANKS[1], BANKS[5]).corners


def test_with_both_bridges_closed_the_other_bank_is_out_of_reach_and_still_on_the_map() -> None:
    cut = StreetTravel(BANKS, STREETS, SPEEDS, 1, LatLon(43.2, -9.9), closed=("East Bridge", "West Bridge"))

    assert cut.metres(BANKS[1], BANKS[5]) == NO_WAY_METRES
    assert cut.path(BANKS[1], BANKS[5]).at(1.0) == BANKS[5]


def test_a_street_map_that_nobody_needs_any_more_is_freed_at_once() -> None:
    """A real one's ways are 20 MB, and each closed bridge makes another map: left to the collector, they piled up."""
    town = StreetTravel(BANKS, STREETS, SPEEDS, 1, LatLon(43.2, -9.9))
    town.metres(BANKS[1], BANKS[5])
    network = weakref.ref(town._network)
    gc.disable()
    try:
        del town
        assert network() is None
    finally:
        gc.enable()


def test_a_door_beside_the_street_adds_the_steps_to_it() -> None:
    assert TOWN.metres(Point(0.0, -30.0), Point(400.0, -40.0)) == 30 + 400 + 40


def test_two_doors_at_one_junction_need_no_street() -> None:
    assert TOWN.metres(Point(0.0, 30.0), Point(40.0, 0.0)) == 50.0
    assert TOWN.path(Point(0.0, 30.0), Point(40.0, 0.0)).corners == (Point(0.0, 30.0), Point(40.0, 0.0))


def test_a_motorcycle_is_faster_than_a_bicycle() -> None:
    assert TOWN.ms(BANKS[1], BANKS[5], "motorcycle") == 270_000
    assert TOWN.ms(BANKS[1], BANKS[5], "bicycle") == 540_000


def test_one_who_is_far_from_every_street_goes_to_the_nearest_of_them() -> None:
    assert TOWN.metres(Point(0.0, -5000.0), BANKS[1]) == 5400.0


@given(ANYWHERE, ANYWHERE)
def test_a_way_is_never_shorter_than_the_crow_flies_and_as_long_back(a: Point, b: Point) -> None:
    assert TOWN.metres(a, b) >= TOWN.beeline(a, b) - 0.01
    assert TOWN.metres(a, b) == pytest.approx(TOWN.metres(b, a))


@given(ANYWHERE, ANYWHERE, st.floats(0.0, 1.0))
def test_a_driver_on_the_way_has_gone_his_share_of_it(a: Point, b: Point, share: float) -> None:
    path = TOWN.path(a, b)

    assert (path.at(0.0), path.at(1.0)) == (a, b)
    assert TOWN.beeline(a, path.at(share)) <= share * TOWN.metres(a, b) + 0.1


def test_a_street_between_junctions_that_are_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="junctions that are there"):
        StreetTravel(BANKS, (Street(0, 8),), SPEEDS, 1, LatLon(43.2, -9.9))


def test_degrees_are_for_the_map() -> None:
    assert TOWN.on_map(Point(0.0, 0.0)) == LatLon(43.2, -9.9)
    assert TOWN.holds(BANKS[3])
    assert not TOWN.holds(Point(0.0, 100_001.0))
