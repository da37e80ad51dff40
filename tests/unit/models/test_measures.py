"""A city at a tick → what is measured of orders, kitchens, zones, drivers and the whole of it; a calm one measures nothing."""

from collections.abc import Mapping

import pytest

from models.alerts import AlertKind
from models.commands import AcceptOrder, AnnounceReady, HoldOrder, MarkReady
from models.forecast import Stage
from models.geo import Point
from models.ids import DriverId, OrderId
from models.lately import Lately
from models.measures import CITY as ALL
from models.measures import WORDS, Measured, View, measured, out_of_touch, words
from models.motion import Leg, Motion
from models.prep import Outlook
from models.risk import Judged
from tests.unit.models.builders import (
    CENTRE,
    D1,
    D2,
    FAR,
    MINUTE,
    O1,
    O2,
    O3,
    R1,
    R2,
    Town,
    minute,
    opened_town,
    placed,
    position,
    shift,
)  # fmt: skip


def view(
    town: Town,
    risks: Mapping[OrderId, Judged] | None = None,
    motions: Mapping[DriverId, Motion] | None = None,
    lately: Lately | None = None,
) -> View:
    city = town.city
    outlook = Outlook(city.kitchens, city.now)
    return View(city, city.rules, outlook, risks or {}, motions or {}, {R1: "z1", R2: "z2"}, lately or Lately())


def found(one: View) -> dict[tuple[str, str], int]:
    return {(kind.value, subject): value for kind, subject, value in measured(one)}


def live(town: Town, at: float) -> Town:
    """A tick at which d1 was just heard of."""
    return town.tick(at, position(D1, minute(at), town.driver().point))


def test_of_a_calm_city_nothing_is_measured() -> None:
    assert found(view(live(opened_town().do(shift(), placed(), AcceptOrder(O1)), 5))) == {}


def test_an_order_is_measured_by_its_expected_lateness_and_by_the_clock() -> None:
    town = live(opened_town().do(shift(), placed(promise=20), AcceptOrder(O1), MarkReady(O1)).assign(D1, O1), 33)
    risks = {O1: Judged(O1, 1000, 21 * MINUTE + 1, -22 * MINUTE, None, 0)}

    assert found(view(town, risks)) == {("at_risk", O1): 21, ("late", O1): 13}


def test_ready_food_without_a_driver_is_measured_by_itself_and_by_its_zone() -> None:
    town = opened_town().do(placed(O1), placed(O2, R2), AcceptOrder(O1), AcceptOrder(O2), MarkReady(O1), MarkReady(O2))

    assert found(view(town.tick(9))) == {
        ("unassigned", O1): 9, ("unassigned", O2): 9, ("zone_short", "z1"): 1, ("zone_short", "z2"): 1,
    }  # fmt: skip


def test_an_order_that_a_person_holds_is_no_want_of_drivers() -> None:
    town = opened_town().do(placed(), AcceptOrder(O1), MarkReady(O1), HoldOrder(O1, None)).tick(9)

    assert ("zone_short", "z1") not in found(view(town))


def test_food_is_measured_against_what_its_kitchen_takes_and_what_it_said() -> None:
    """After 31 minutes few are left; an announced time is measured to the minute."""
    town = opened_town().do(placed(promise=90), AcceptOrder(O1)).tick(50)
    told = opened_town().do(placed(promise=90), AcceptOrder(O1), AnnounceReady(O1, minute(44))).tick(50)

    assert found(view(town))["kitchen_overdue", O1] == 50 - 31
    assert found(view(told))["kitchen_overdue", O1] == 6


def kitchen(*said: AnnounceReady, at: float, done: bool = False, late: float = 8) -> int:
    """Of two orders of one kitchen, each expected so many minutes late: how much likelier it is that it is behind."""
    risks = {o: Judged(o, 900, int(late * MINUTE), 0, Stage.PREPARE, MINUTE) for o in (O1, O2)}
    town = opened_town().do(placed(promise=90), placed(O2, promise=90), AcceptOrder(O1), AcceptOrder(O2), *said)
    town = town.do(placed(O3, promise=90), AcceptOrder(O3), MarkReady(O3), at=minute(at - 5)) if done else town
    return found(view(town.tick(at), risks)).get(("restaurant_overloaded", R1), 0)


def test_a_kitchen_is_measured_by_how_much_likelier_it_is_behind_than_as_usual() -> None:
    assert 1 < kitchen(at=40) < kitchen(at=60)


def test_a_dish_that_came_out_in_time_meanwhile_speaks_for_the_kitchen() -> None:
    assert kitchen(at=60, done=True) < kitchen(at=60)


def test_a_kitchen_is_not_asked_while_its_orders_are_little_over() -> None:
    """20.4 minutes are within reason; each of two is 7 over."""
    assert kitchen(at=27.8) == 0
    assert kitchen(at=28) > 0


def test_a_kitchen_is_not_asked_while_its_orders_are_hardly_late() -> None:
    """Fifteen minutes are expected of two."""
    assert kitchen(at=40, late=7.4) == 0
    assert kitchen(at=40, late=7.5) > 0


def test_an_order_that_nobody_has_judged_yet_harms_nobody() -> None:
    town = opened_town().do(placed(promise=90), placed(O2, promise=90), AcceptOrder(O1), AcceptOrder(O2))

    assert ("restaurant_overloaded", R1) not in found(view(town.tick(40)))


def test_a_kitchen_that_is_over_its_announced_times_is_behind_by_that_alone() -> None:
    """Six minutes over in all, and nobody is late by it yet."""
    said = (AnnounceReady(O1, minute(36)), AnnounceReady(O2, minute(38)))

    assert kitchen(*said, at=40, late=0) == 249
    assert kitchen(*said, at=36) == 0


def test_a_silent_driver_is_measured_from_when_it_is_no_longer_usual() -> None:
    """Pings come every 10 s here: 30 s are usual."""
    town = opened_town().do(shift())

    assert found(view(town.tick(0.5))) == {}
    assert found(view(town.tick(0.51))) == {("driver_silent", D1): 1}
    assert found(view(town.tick(2))) == {("driver_silent", D1): 90}


def test_a_driver_who_stands_or_goes_astray_is_measured_while_he_is_heard_of() -> None:
    town = live(opened_town().do(shift(point=FAR), placed(), AcceptOrder(O1)).assign(D1, O1), 10)
    leg = Leg(CENTRE, FAR, minute(2), 2000.0)
    motions = {D1: Motion(FAR, minute(4), leg, True, 1200)}

    assert found(view(town, motions=motions)) == {("driver_stopped", D1): 6, ("off_route", D1): 1200}
    assert found(view(town.tick(12), motions=motions)) == {("driver_silent", D1): 90}


def test_who_went_home_is_not_measured() -> None:
    assert found(view(opened_town().do(shift(until=1)).tick(0.5).do(*(), at=minute(1)))) == {}


def test_who_is_silent_or_stands_is_out_of_touch() -> None:
    town = opened_town().do(shift(D1, FAR), shift(D2), placed(), AcceptOrder(O1)).assign(D1, O1)
    town.tick(10, position(D1, minute(10), FAR))
    stands = Motion(FAR, minute(4), Leg(CENTRE, FAR, minute(2), 3200.0), True)

    assert out_of_touch(view(town)) == {D2}
    assert out_of_touch(view(town, motions={D1: stands})) == {D1, D2}


@pytest.mark.parametrize(
    ("lately", "what"),
    [
        (Lately(ways={DriverId(f"d{n}"): (minute(1), 100, 130) for n in range(8)}), ("ways_slow", ALL, 130)),
        (Lately(ways={DriverId(f"d{n}"): (minute(1), 100, 130) for n in range(7)}), None),
        (Lately(assigned=[minute(1)] * 20, declined=[minute(1)] * 3), ("offers_declined", ALL, 15)),
        (Lately(assigned=[minute(1)] * 19, declined=[minute(1)] * 3), None),
        (Lately(left=[minute(1)] * 4), ("drivers_leave", ALL, 4)),
        (Lately(closed={"Bridge"}), ("street_closed", "Bridge", 1)),
    ],
)
def test_what_concerns_the_whole_city(lately: Lately, what: tuple[str, str, int] | None) -> None:
    told = [
        (kind.value, subject, value) for kind, subject, value in measured(view(opened_town().tick(2), lately=lately))
    ]

    assert told == ([what] if what else [])


def test_every_kind_has_its_words() -> None:
    assert WORDS.keys() == set(AlertKind)
    assert words(Measured(AlertKind.DRIVER_STOPPED, D1, 4)) == "stands for 4 min on the way"


def test_an_order_far_from_its_kitchen_s_zone_is_of_the_kitchen_s() -> None:
    town = opened_town().do(placed(door=Point(0.0, 3200.0)), AcceptOrder(O1), MarkReady(O1)).tick(2)

    assert found(view(town))["zone_short", "z1"] == 1
