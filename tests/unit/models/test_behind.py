"""Orders of a kitchen, in hand and done → how much likelier it is behind than not: late dishes say yes, one in time says no."""

from models.alert_rules import RULES
from models.alerts import AlertKind
from models.behind import MOST_TIMES, Usual, Work, times_likelier
from models.prep import PRIOR_SHARES, STEP, Prep
from tests.unit.models.builders import MINUTE

MEAN = 17 * MINUTE
USUAL = Usual.of([PRIOR_SHARES.count(step) for step in range(4 * STEP + 1)])
NOW = 100 * MINUTE
TOLD = RULES[AlertKind.RESTAURANT_OVERLOADED].raised_at


def done(took: float, ago: float = 0) -> Work:
    end = NOW - int(ago * MINUTE)
    return Work(end - int(took * MINUTE), end, True)


def cooking(since: float) -> Work:
    return Work(NOW - int(since * MINUTE), NOW, False)


def times(*works: Work, announced: float = 0, known: int = 6) -> int:
    """Of a kitchen that did so many orders before, each in the mean time."""
    took = [one.until - one.placed_at for one in works if one.done]
    so_far = Prep(known * MEAN + sum(took), known + len(took))
    return times_likelier(works, so_far, MEAN, USUAL, int(announced * MINUTE))


def test_of_a_kitchen_without_orders_nothing_is_known() -> None:
    assert times() == 1


def test_orders_that_take_as_long_as_ever_say_nothing() -> None:
    assert times(done(15, 30), done(20, 10), done(12, 5), cooking(9)) <= 2


def test_each_further_order_that_takes_long_makes_it_likelier() -> None:
    assert 1 < times(cooking(40)) < times(cooking(40), cooking(38)) < times(cooking(40), cooking(38), done(42, 3))


def test_an_order_that_came_out_in_time_since_then_speaks_against_it() -> None:
    slow = [cooking(45), cooking(42), cooking(40)]

    assert times(*slow, done(10, 2)) < times(*slow)


def test_what_came_out_in_time_before_it_began_is_no_excuse() -> None:
    slow = [done(40, 4), done(38, 2), cooking(35), cooking(33)]

    assert times(done(17, 60), done(17, 50), *slow, known=4) == times(*slow, known=6)


def test_what_came_out_since_then_is_no_measure_of_what_is_usual() -> None:
    """Six orders in 17 minutes, and then five in 40: the mean of all eleven, of 27 minutes, would excuse each of the five."""
    slow = [done(40, ago) for ago in (20, 15, 10, 5, 0)]

    assert times(*slow) > 2 * times_likelier(slow, Prep(14 * 27 * MINUTE, 14), MEAN, USUAL)


def test_a_kitchen_of_which_little_is_known_is_sooner_slow_than_behind() -> None:
    """Its own orders are all there is to know it by, and may be as late as they are."""
    slow = [done(36, ago) for ago in (20, 15, 10, 5, 0)]

    assert times(*slow, known=0) <= times(*slow, known=2) < times(*slow, known=3)


def test_two_orders_that_a_kitchen_forgot_are_told_however_long_ago_that_is() -> None:
    assert times(cooking(60), cooking(59)) >= TOLD
    assert times(cooking(95), cooking(95)) >= TOLD


def test_one_forgotten_order_is_no_slow_kitchen() -> None:
    assert max(times(cooking(minutes)) for minutes in range(0, 600, 10)) < 120


def test_a_minute_over_an_announced_time_makes_it_two_and_a_half_times_likelier() -> None:
    assert [times(announced=minutes) for minutes in (0, 1, 2, 6)] == [1, 2, 6, 249]


def test_it_is_never_surer_than_can_be_said() -> None:
    assert times(announced=500) == MOST_TIMES


def test_a_city_whose_food_is_ready_as_it_is_ordered_has_a_kitchen_that_is_behind() -> None:
    assert times_likelier([cooking(38), cooking(37)], Prep(0, 20), 0, USUAL) > 1


def test_an_order_placed_this_very_moment_says_nothing() -> None:
    assert times(cooking(0)) == times(done(0)) == 1
