"""A city's last half hour → what goes on: who comes, how slow ways and kitchens are, what is declined."""

import pytest

from models.alerts import Alert, AlertKind, Watched
from models.commands import AcceptOrder, AnnounceReady, MarkReady
from models.conditions import _joining as joining
from models.conditions import conditions
from models.eta import Etas
from models.geo import Point
from models.ids import DriverId, OrderId
from models.measures import LEAST_WAYS
from models.watch import Watch
from models.ways import MINUTE_MS
from tests.unit.models.builders import FAR, O1, O2, R1, Town, minute, opened_town, placed, position, shift, turn
from tests.unit.models.test_watch import watched


def overloaded(town: Town, kind: AlertKind = AlertKind.RESTAURANT_OVERLOADED) -> Watch:
    """r1 is told to be so, at minute 29."""
    state = Watch(Etas(town.city))
    state.watched[f"{kind}:{R1}"] = Watched(alert=Alert(kind, R1, "critical", minute(29), "why", 30))
    return state


def fetching(*took: float) -> Watch:
    """Drivers have come half of their ten minutes' way since minute 2, each in so many minutes."""
    count = len(took)
    drivers, orders = [DriverId(f"d{n}") for n in range(count)], [OrderId(f"o{n}") for n in range(count)]
    town = opened_town(ping_seconds=60).do(*(shift(d, FAR) for d in drivers), *(placed(o) for o in orders)).tick(1)
    town.do(turn(minute(1), *((d, o) for d, o in zip(drivers, orders, strict=True))))
    town.tick(2, *(position(d, minute(2), FAR) for d in drivers))
    for some in sorted(set(took)):
        there = [d for d, one in zip(drivers, took, strict=True) if one == some]
        town.tick(2 + some, *(position(d, minute(2 + some), Point(0.0, 1600.0)) for d in there))
    return watched(town)[0]


def test_a_quiet_city_goes_on_as_in_its_last_half_hour() -> None:
    town = opened_town().do(shift(), placed(O1)).tick(20).do(placed(O2)).tick(40)
    state, _ = watched(town)
    going = conditions(state)

    assert (going.orders_an_hour, going.joining, going.ways, going.declines, going.kitchens) == (2, 0.0, 1.0, 0.0, {})


def test_a_city_of_ten_minutes_is_judged_by_them_and_its_crew_comes_but_once() -> None:
    town = opened_town().do(*(shift(DriverId(f"d{n}")) for n in range(20)), *(placed(o) for o in (O1, O2))).tick(10)
    going = conditions(watched(town)[0])

    assert (going.orders_an_hour, going.joining) == (12, 0.0)


def test_drivers_go_on_coming_as_they_came_of_late_unless_that_ebbs_away() -> None:
    assert joining([minute(10)] * 2 + [minute(25)] * 3, minute(30)) == 12.0
    assert joining([minute(10)] * 3 + [minute(25)] * 2, minute(30)) == 1.0


def test_an_overloaded_kitchen_takes_as_much_longer_as_what_it_has_in_hand_is_late() -> None:
    town = opened_town().do(placed(O1), placed(O2), AcceptOrder(O1)).tick(30)
    usual = town.city.kitchens.mean_ms(R1)

    assert conditions(overloaded(town)).kitchens == {R1: 30 * MINUTE_MS - usual}


def test_a_kitchen_that_announced_its_times_may_be_as_late_again() -> None:
    """Announced for minute 20, and ten minutes late at minute 30."""
    town = opened_town(ready_mode="known").do(placed(), AcceptOrder(O1), AnnounceReady(O1, minute(20))).tick(30)

    assert conditions(overloaded(town)).kitchens == {R1: 20 * MINUTE_MS}


def test_an_overloaded_kitchen_with_nothing_in_hand_takes_no_longer() -> None:
    town = opened_town().do(placed(), AcceptOrder(O1), MarkReady(O1)).tick(30)

    assert conditions(overloaded(town)).kitchens == {R1: 0}


def test_another_alert_says_nothing_of_kitchens() -> None:
    town = opened_town().do(placed(), AcceptOrder(O1)).tick(30)

    assert conditions(overloaded(town, AlertKind.ZONE_SHORT)).kitchens == {}


@pytest.mark.parametrize(("count", "took", "ways"), [
    (LEAST_WAYS, 7, 1.4), (LEAST_WAYS, 5, 1.0), (LEAST_WAYS - 1, 7, 1.0), (LEAST_WAYS, 8, 1.0),
])  # fmt: skip
def test_ways_are_as_slow_as_those_that_began_lately_and_are_enough(count: int, took: float, ways: float) -> None:
    """Five minutes by the map. A way that began eight minutes ago may have begun before the rain."""
    assert conditions(fetching(*[took] * count)).ways == ways


def test_a_few_drivers_who_loiter_are_no_rain() -> None:
    assert conditions(fetching(*[5] * (LEAST_WAYS - 3), *[7] * 3)).ways == 1.0
