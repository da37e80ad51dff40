"""How far errors reach → the chance to miss a promise; what came of chances → how far they are believed."""

import pytest

from models.calibration import LEAST, MOST, STEP
from models.chance import UNREADY, WEIGHT, Belief, Tail
from models.forecast import Forecast, Parts, Since
from tests.unit.models.builders import MINUTE, minute

SPREAD = 10
"""Minutes: a step of an error is half of one."""


def expected(at: float) -> Forecast:
    return Forecast(minute(0), minute(at), Parts(0, 0, 0, 0, 0, 0), SPREAD * MINUTE, 0)


def tail(**errors: int) -> Tail:
    """`late5=3`: three came 5 minutes later than told; `early5`: sooner; `exact`."""
    counts = [0] * (MOST - LEAST + 1)
    for name, count in errors.items():
        minutes = 0 if name == "exact" else int(name.removeprefix("late").removeprefix("early"))
        counts[(-minutes if name.startswith("early") else minutes) * STEP // SPREAD - LEAST] += count
    return Tail(counts)


def test_the_chance_is_the_share_of_errors_that_reach_beyond_the_promise() -> None:
    errors = tail(early5=2, exact=4, late5=3, late10=1)

    assert [errors.beyond(expected(30), minute(p), minute(0))[0] for p in (24, 25, 29, 30, 34, 35, 40)] == [
        1000, 800, 800, 400, 400, 100, 0,
    ]  # fmt: skip


def test_lateness_is_the_mean_of_what_lies_beyond_the_promise() -> None:
    errors = tail(exact=2, late5=1, late10=1)

    assert errors.beyond(expected(30), minute(30), minute(0))[1] == (5 + 10) * MINUTE // 4
    assert errors.beyond(expected(30), minute(32), minute(0))[1] == (3 + 8) * MINUTE // 4
    assert errors.beyond(expected(30), minute(40), minute(0))[1] == 0


def test_what_has_not_come_about_by_now_counts_no_more() -> None:
    """At 33 neither of the two that would have been there at 30 can be meant."""
    errors = tail(exact=2, late5=1, late10=1)

    assert errors.beyond(expected(30), minute(36), minute(0))[0] == 250
    assert errors.beyond(expected(30), minute(36), minute(33))[0] == 500


def test_past_the_promise_only_what_can_still_come_says_how_late() -> None:
    """Promised for 20 and not there at 33: it comes at 35 or at 40."""
    errors = tail(exact=2, late5=1, late10=1)

    assert errors.beyond(expected(30), minute(20), minute(33)) == (1000, (15 + 20) * MINUTE // 2)


def test_beyond_every_error_that_was_seen_it_takes_one_more_spread() -> None:
    errors = tail(exact=1)

    assert errors.beyond(expected(30), minute(60), minute(40)) == (0, 0)
    assert errors.beyond(expected(30), minute(45), minute(40)) == (1000, 5 * MINUTE)


def test_before_anything_is_learnt_a_ride_is_sure_and_a_kitchen_is_as_its_errors_say() -> None:
    fresh = Belief()

    assert [fresh.of(Since.PLACED, chance, False) for chance in (0, 300, 800, 1000)] == [0, 300, 800, 1000]
    assert [fresh.of(Since.PICKED_UP, chance, True) for chance in (0, 320, 800, 1000)] == [0, 40, 975, 1000]


def test_food_that_is_not_ready_just_before_its_promise_is_never_sure_to_be_in_time() -> None:
    assert Belief().of(Since.PLACED, 0, True) == UNREADY
    assert Belief().of(Since.READY, 0, True) == 0


def test_chances_that_were_too_high_are_believed_less() -> None:
    """Of forty that were told 90 to 100 in a hundred, half came in time."""
    learnt = Belief()
    for n in range(40):
        learnt.learn(950, n % 2 == 0)

    assert learnt.of(Since.PLACED, 950, True) == (WEIGHT * 950 + 20_000) // (WEIGHT + 40)
    assert learnt.of(Since.PLACED, 850, True) == 850, "the tenth below has learnt nothing of it"


@pytest.mark.parametrize("chance", [0, 99, 100, 999, 1000])
def test_every_chance_has_a_tenth(chance: int) -> None:
    learnt = Belief()
    learnt.learn(chance, True)

    assert learnt.of(Since.PLACED, chance, False) >= chance
