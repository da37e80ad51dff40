"""Percentiles by nearest rank."""

from models.quantiles import quantile


def test_a_quantile_is_a_value_that_was_seen() -> None:
    """The smallest value that so many per cent are not above."""
    ten = tuple(range(1, 11))

    assert [quantile(ten, q) for q in (0, 1, 10, 11, 50, 80, 90, 91, 100)] == [1, 1, 1, 2, 5, 8, 9, 10, 10]
    assert quantile((7,), 50) == 7
