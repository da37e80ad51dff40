"""An ended order stays for an hour, its id for a day; both go oldest first."""

from models.tombstones import REMEMBERED_MS, TOMBSTONE_MS, forgotten, leaving
from tests.unit.models.builders import O1, O2, O3, T0

ENDED = {O2: T0, O1: T0 + 1, O3: T0 + 2}


def test_an_order_leaves_when_its_hour_is_over_and_not_before() -> None:
    assert leaving(ENDED, T0 + TOMBSTONE_MS) == []
    assert leaving(ENDED, T0 + TOMBSTONE_MS + 2) == [O2, O1]


def test_its_id_is_forgotten_a_day_after_the_end() -> None:
    assert forgotten(ENDED, T0 + REMEMBERED_MS) == []
    assert forgotten(ENDED, T0 + REMEMBERED_MS + 3) == [O2, O1, O3]
