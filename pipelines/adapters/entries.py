"""facts, outcomes → here → rows of `city_events` and `commands`: what the log keeps, in Postgres and in memory."""

from datetime import date, timedelta

from models import codec
from models.events import Fact
from models.ids import CityId, Instant
from models.rows import Row
from pipelines.ports import Outcome

FIRST_DAY, DAY_MS = date(1970, 1, 1), 86_400_000
PINGS = "driver_pings"
"""The agent whose views are put back from the log's positions."""
CHECKPOINTS_KEPT = 48
"""Of an agent and city: four hours. Who asks for an older one folds the log from its start, to the same state."""


def event_row(fact: Fact) -> Row:
    return {
        "city_id": fact.city,
        "seq": fact.seq,
        "day": day(fact.at),
        "event_id": fact.id,
        "command_id": fact.command_id,
        "at": fact.at,
        "kind": type(fact.body).__name__,
        "fact": codec.encode(fact),
    }


def command_row(city: CityId, one: Outcome) -> Row:
    row = one._asdict()
    return {"city_id": city, "first_seq": row.pop("first"), "last_seq": row.pop("last"), **row}


def day(at: Instant) -> date:
    """The UTC day of an instant: the log's partition."""
    return FIRST_DAY + timedelta(days=at // DAY_MS)
