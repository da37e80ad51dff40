"""a place → here → the zone it lies in: H3 cells of about 5 km², where a city names none of its own."""

from models.geo import LatLon

RESOLUTION = 7
"""5.16 km² on average (h3geo.org, table of cell statistics): a recorded day of 250 orders has about thirty."""


def zone_of(at: LatLon) -> str:
    """The cell's index, as every H3 library writes it."""
    import h3  # 45 ms: every worker and board would wait for it at its start

    return str(h3.latlng_to_cell(at.lat, at.lon, RESOLUTION))
