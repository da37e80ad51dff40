"""A log that went on after a fault was met → what became of its orders in an hour, and in an hour and a half."""

from infra.bench.whatif import HOUR, LONG, came
from tests.unit.models.builders import O1, O2, O3, delivered_town, minute


def test_an_order_that_came_late_counts_however_long_ago_it_came() -> None:
    """Promised for minutes 40, 50 and 90. The city lets go of the first two an hour after they ended."""
    town = delivered_town((O1, 0, 48), (O2, 10, 54), (O3, 50, 115)).tick(118)

    assert came(town.log, minute(30)) == {HOUR: (2, 12.0), LONG: (3, 37.0)}
    assert set(town.city.orders) == {O3}
