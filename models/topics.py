"""The table of topics: every one is created from here before anything starts, and the README's table is held to it.

Everything of one city has the key `city_id`, so that one city is one partition of every topic and totally ordered.
"""

from typing import NamedTuple

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
PARTITIONS = 8
"""More workers of a role than partitions are idle; a megacity is cut into cells with ids of their own."""
MOST_MESSAGE_BYTES = 16 * 2**20
"""A tick with the positions of 20,000 drivers is 1.0 MB, or 1.6 MB where ids are UUIDs; Kafka's own bound is 1 MB, and a
tick that the broker refuses would be sent again for ever."""

MOST_LETTER_BYTES = 24 * 2**20
"""A letter carries its whole record as base64, four bytes for three: one that did not fit would come back for ever."""


class Topic(NamedTuple):
    name: str
    carries: str
    producer: str
    consumers: tuple[str, ...]
    retention_ms: int
    partitions: int = PARTITIONS
    key: str = "city_id"
    most_bytes: int = MOST_MESSAGE_BYTES


CITY_COMMANDS = Topic("city-commands", "Command", "simulator, driver_pings, dispatch", ("city_commands",), 7 * DAY_MS)
CITY_EVENTS = Topic(
    "city-events", "Fact", "city_commands", ("dispatch", "order_etas", "city_kpis", "alerts", "simulator"), 7 * DAY_MS
)
DRIVER_PINGS = Topic("driver-pings", "Frame, TickAsked", "simulator", ("driver_pings",), 6 * HOUR_MS)
DRIVER_POSITIONS = Topic("driver-positions", "PositionFrame", "driver_pings", ("position_history",), DAY_MS)
DEAD_LETTERS = Topic(
    "dead-letters", "DeadLetter", "guard", ("dead_letters",), 30 * DAY_MS, most_bytes=MOST_LETTER_BYTES
)

TOPICS = (CITY_COMMANDS, CITY_EVENTS, DRIVER_PINGS, DRIVER_POSITIONS, DEAD_LETTERS)
