"""The last quarter of an hour: who declined, who went home early, what is closed, and how long ways take."""

from models.city import City, apply
from models.commands import AssignOrder, CloseStreet, DeclineOrder, EndShift, OpenStreet, UnassignOrder
from models.lately import Lately
from tests.unit.models.builders import CITY, D1, D2, D3, MINUTE, O1, STREETS, Town, minute, opened_town, placed, shift


def noted(town: Town) -> Lately:
    lately, city = Lately(), City(CITY)
    for fact in town.log:
        lately.note(city, fact)
        apply(city, fact)
    return lately


def test_of_the_assignments_it_is_known_how_many_were_declined() -> None:
    town = opened_town().do(shift(D1), shift(D2), placed()).assign(D1, O1)
    lately = noted(town.do(DeclineOrder(O1, D1)).assign(D2, O1))

    assert lately.declined_percent(2) == 50
    assert lately.declined_percent(3) == 0, "two say nothing"


def test_an_order_whose_driver_went_home_was_not_declined() -> None:
    town = opened_town().do(shift(D1, until=5), placed()).assign(D1, O1)

    assert noted(town.do(EndShift(D1), at=minute(5))).declined == []


def test_an_offer_that_ran_out_was_declined_and_what_a_person_gave_to_another_was_not() -> None:
    town = opened_town(offer_seconds=60).do(shift(D1), shift(D2), placed()).assign(D1, O1)

    assert noted(town.do(AssignOrder(O1, D2)).do(UnassignOrder(O1, "wrong bag"))).declined == []
    assert len(noted(town.do(AssignOrder(O1, D2)).tick(2).tick(3)).declined) == 1


def test_who_goes_home_ten_minutes_before_his_off_time_leaves_early() -> None:
    town = opened_town().do(shift(D1, until=30), shift(D2, until=30), shift(D3, until=30))
    town.do(EndShift(D1), at=minute(19)).do(EndShift(D2), at=minute(20)).do(EndShift(D3), at=minute(30))

    assert noted(town).left == [minute(19)]


def test_a_street_is_closed_until_it_opens() -> None:
    town = opened_town(travel=STREETS).do(CloseStreet("West Bridge"), CloseStreet("East Bridge"))

    assert noted(town).closed == {"West Bridge", "East Bridge"}
    assert noted(town.do(OpenStreet("West Bridge"))).closed == {"East Bridge"}


def test_after_a_quarter_of_an_hour_it_is_forgotten() -> None:
    lately = Lately([minute(0), minute(10)], [minute(0)], [minute(0), minute(1)], {"Bridge"})
    lately.forget(minute(15))

    assert (lately.assigned, lately.declined, lately.left) == ([minute(10)], [], [minute(1)])
    assert lately.closed == {"Bridge"}


def test_ways_are_compared_with_the_map_by_the_middle_one_so_that_who_loiters_makes_no_rain() -> None:
    said = 4 * MINUTE
    lately = Lately(
        ways={D1: (minute(9), said, 5 * MINUTE), D2: (minute(9), said, 40 * MINUTE), D3: (minute(9), said, said)}
    )

    assert lately.ways_percent(3) == 125
    assert lately.ways_percent(4) == 0, "three drivers say nothing"
    assert Lately().ways_percent(0) == 0


def test_of_a_way_that_ended_five_minutes_ago_nothing_is_said() -> None:
    lately = Lately(ways={D1: (minute(4), MINUTE, MINUTE), D2: (minute(5), MINUTE, MINUTE)})
    lately.forget(minute(9))

    assert set(lately.ways) == {D2}
