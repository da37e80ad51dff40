"""The bytes that screens read."""

import msgspec

from models.changes import Changes, Desk, change
from models.city import City
from models.ids import CityId
from models.views import Key, OrderView
from pipelines import live_views
from tests.agents.little_day import LittleDay


def _lived(day: LittleDay) -> tuple[Desk, Changes]:
    desk, changes = Desk(City(day.city)), Changes()
    for fact in day.log:
        change(desk, changes, fact)
    return desk, changes


def test_what_changed_over_a_whole_day_is_the_whole_of_its_views(little_day: LittleDay) -> None:
    """Views written bit by bit, and views written after a load, are the same bytes."""
    desk, changes = _lived(little_day)
    changed, whole = live_views.changed_hashes(changes, desk.city), live_views.whole_hashes(desk.city)
    kept = {name: {f: v for f, v in fields.items() if v is not None} for name, fields in changed.items()}

    assert kept == whole


def test_an_order_whose_hour_is_over_is_deleted_from_the_board(little_day: LittleDay) -> None:
    desk, changes = _lived(little_day)
    gone = [o for o, v in live_views.changed_hashes(changes, desk.city)[Key.ORDERS].items() if v is None]

    assert sorted(gone) == sorted(changes.gone)


def test_a_board_sees_no_customer(little_day: LittleDay) -> None:
    desk, _ = _lived(little_day)
    raw = next(iter(live_views.whole_hashes(desk.city)[Key.ORDERS].values()))

    assert raw is not None
    assert "customer" not in msgspec.json.decode(raw)
    assert msgspec.json.decode(raw, type=OrderView).restaurant


def test_only_available_drivers_are_offered(little_day: LittleDay) -> None:
    desk, _ = _lived(little_day)
    free = {d.id for d in desk.city.drivers.values() if d.status == "available"}

    assert {one[2] for one in live_views.available(desk.city)} == free


def test_a_city_that_is_not_open_shows_nothing() -> None:
    city = City(CityId("closed"))

    assert live_views.available(city) == ()
    assert live_views.card(city) is None
    assert live_views.whole_hashes(city)[Key.CITY] == {}
