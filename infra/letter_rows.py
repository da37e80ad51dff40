"""dead_letters, dead_letter_replays → here → a letter with its last replay; the statements that find, hold and mark them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.rows import class_row

from models.codec import HEADERS

COLUMNS = """l.topic, l.partition, l."offset", l.key, l.value, l.kind, l.reason, l.role, l.agent, l.headers, l.raw_key,
    l.produced_at, l.received_at, r.replayed_at, r.replayed_by, r.replayed_as,
    exists (select from dead_letters f where (f.topic, f.partition, f."offset") = (l.topic, l.partition, r.replayed_as))
        as failed_again"""
LETTERS = f"""select {COLUMNS} from dead_letters l left join lateral (
    select replayed_at, replayed_by, replayed_as from dead_letter_replays one
    where (one.topic, one.partition, one."offset") = (l.topic, l.partition, l."offset")
    order by replayed_as desc limit 1) r on true"""
CHOSEN = """(%(city)s::text is null or l.key = %(city)s) and (%(agent)s::text is null or l.agent = %(agent)s)
    and (%(reason)s::text is null or strpos(lower(l.kind || ': ' || l.reason), lower(%(reason)s)) > 0)
    and (r.replayed_at is null or not %(waiting)s)"""
NAMED = """(l.topic, l.partition, l."offset") in (select * from unnest(%s::text[], %s::int4[], %s::int8[]))"""
IN_ORDER = 'order by l.topic, l.partition, l."offset"'
NEWEST = f'{LETTERS} where {CHOSEN} order by l.received_at desc, l.topic, l.partition, l."offset" desc limit %(limit)s'
COUNT = f"select count(*) from ({LETTERS} where {CHOSEN}) chosen"
ALL = f'select topic, partition, "offset" from ({LETTERS} where {CHOSEN} {IN_ORDER}) chosen'
SOME = f"{LETTERS} where {NAMED} {IN_ORDER}"
HOLD = f"select from dead_letters l where {NAMED} {IN_ORDER} for update"
NOTE = """insert into dead_letter_replays (topic, partition, "offset", replayed_as, replayed_by)
    values (%s, %s, %s, %s, %s)"""


class Place(NamedTuple):
    """Where the record stood; `topic/partition@offset` names its letter."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}@{self.offset}"


class Wanted(NamedTuple):
    """Which letters; None is any. `reason` is a part of `kind: reason`, in any case."""

    city: str | None = None
    agent: str | None = None
    reason: str | None = None
    waiting: bool = False


class Letter(NamedTuple):
    """A row with its last replay. `headers` is a JSON object of base64 values, None for one of before they were kept."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    kind: str
    reason: str
    role: str
    agent: str
    headers: bytes | None
    raw_key: bytes | None
    produced_at: datetime | None
    received_at: datetime
    replayed_at: datetime | None
    replayed_by: str | None
    replayed_as: int | None
    failed_again: bool

    @property
    def place(self) -> Place:
        return Place(self.topic, self.partition, self.offset)

    @property
    def record_headers(self) -> dict[str, bytes | None]:
        """The record's own; those that every producer sends for a letter of before they were kept."""
        if self.headers is None:
            return dict(HEADERS)
        return msgspec.json.decode(self.headers, type=dict[str, bytes | None])

    @property
    def record_key(self) -> bytes | None:
        return self.key.encode() if self.headers is None else self.raw_key


def letters(postgres: Any, query: str, values: Any) -> list[Letter]:
    """What `NEWEST` or `SOME` finds."""
    with postgres.cursor(row_factory=class_row(Letter)) as cursor:
        return list(cursor.execute(query, values).fetchall())


def arrays(places: Sequence[Place]) -> tuple[list[Any], ...]:
    """One list a column, for `SOME` and `HOLD`."""
    return tuple([one[column] for one in places] for column in range(len(Place._fields)))
