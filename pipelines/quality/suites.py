"""every table's rules → here → the suites that a city's rows are held to."""

from pipelines.quality import insights, log, orders
from pipelines.quality.rules import Suite

STALE_MINUTES = 10


def of_the_tables(stale_minutes: int = STALE_MINUTES) -> tuple[Suite, ...]:
    """In the order in which they are told."""
    return (
        log.cities(stale_minutes), log.LOG, log.COMMANDS, orders.ORDERS, orders.ORDER_ITEMS, orders.DRIVERS,
        orders.ASSIGNMENTS, insights.POSITIONS, insights.KPIS, insights.HOURS, insights.ETAS, insights.ETA_SCORES,
        insights.LEDGER, insights.ALERTS, insights.INCIDENTS, insights.LEVERS,
    )  # fmt: skip
