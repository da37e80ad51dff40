"""A zone is an H3 cell: near places share one, far ones do not."""

import h3

from models.geo import LatLon
from models.zones import RESOLUTION, zone_of

HARBOUR = LatLon(44.98, -93.27)


def test_a_zone_is_named_as_every_h3_library_names_it() -> None:
    zone = zone_of(HARBOUR)

    assert zone == "872752689ffffff"
    assert (h3.is_valid_cell(zone), h3.get_resolution(zone)) == (True, RESOLUTION)


def test_next_door_is_the_same_zone_and_ten_kilometres_off_is_another() -> None:
    assert zone_of(LatLon(HARBOUR.lat + 1e-4, HARBOUR.lon)) == zone_of(HARBOUR)
    assert zone_of(LatLon(HARBOUR.lat + 0.09, HARBOUR.lon)) != zone_of(HARBOUR)


def test_zones_are_about_five_square_kilometres() -> None:
    assert 4 < h3.average_hexagon_area(RESOLUTION, unit="km^2") < 6
