"""Percentiles by nearest rank."""

from models.quantiles import place, quantile


def test_a_quantile_is_a_value_that_was_seen() -> None:
    """The smallest value that so many per cent are not above."""
    ten = tuple(range(1, 11))

    assert [quantile(ten, q) for q in (0, 1, 10, 11, 50, 80, 90, 91, 100)] == [1, 1, 1, 2, 5, 8, 9, 10, 10]
    assert quantile((7,), 50) == 7


def test_of_things_counted_by_steps_a_rank_is_found_in_the_step_that_holds_it() -> None:
    """None, three, none and one: the second half of the second thing lies 3 of 6 halves into the step of three."""
    below = [0, 0, 3, 3, 4]

    assert place(below, 3, 2) == (1, 3, 6)
    assert place(below, 0, 2) == (1, 0, 6)
    assert place(below, 7, 2) == (3, 1, 2)
