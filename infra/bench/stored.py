"""Redis, Postgres → here → whether every ping is where it must be; read only when nothing is measured."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import psycopg
import redis

from infra.bench.fleet import Fleet, Told
from models.errors import TrackError
from models.events import Position
from models.settings import Settings
from models.views import Key, key, progress_key

OPEN_SECONDS, SETTLE_SECONDS, LOOK_SECONDS = 300.0, 60.0, 0.1
ROWS = "select count(*), coalesce(sum((extract(epoch from at) * 1000)::int8), 0)::int8 from driver_positions where city_id = %s"
TICK_BYTES = "select coalesce(max(octet_length(fact)), 0) from city_events where city_id = %s and kind = 'Ticked'"
TICKS = """select count(*), coalesce(sum(jsonb_array_length(convert_from(fact, 'UTF8')::jsonb #> '{body,positions}')), 0)::int8
    from city_events where city_id = %s and kind = 'Ticked'"""
SEQ = "select seq from agent_progress where agent = 'city_commands' and city_id = %s"


class NotOpened(TrackError):
    """The city's drivers are not on shift in time."""


class Stored:
    """What stands in both stores."""

    def __init__(self, settings: Settings) -> None:
        self.postgres = psycopg.connect(str(settings.postgres_url), autocommit=True)
        self.redis = redis.Redis.from_url(str(settings.redis_url))

    def wait_opened(self, fleet: Fleet) -> None:
        """Until every driver is on shift. Raises NotOpened."""
        if not _wait(lambda: self._one(SEQ, fleet)[0] > fleet.drivers, OPEN_SECONDS):
            raise NotOpened(f"{fleet.city}: not all {fleet.drivers} drivers on shift after {OPEN_SECONDS:.0f} s")

    def positions(self, fleet: Fleet) -> dict[str, Position]:
        fields: Any = self.redis.hgetall(key(fleet.city, Key.POSITIONS))
        return {name.decode(): msgspec.json.decode(value, type=Position) for name, value in fields.items()}

    def rows(self, fleet: Fleet) -> tuple[int, int]:
        """How many, and the sum of their times in ms."""
        count, total = self._one(ROWS, fleet)
        return count, total

    def ticked(self, fleet: Fleet) -> int:
        """The city's watermark, as screens have it."""
        found: Any = self.redis.hget(progress_key(fleet.city, "city_commands"), "as_of")
        return int(found or 0)

    def tick_bytes(self, fleet: Fleet) -> int:
        """Of the largest tick in the log."""
        return int(self._one(TICK_BYTES, fleet)[0])

    def broken(self, fleet: Fleet, ticks: Sequence[Told]) -> list[str]:
        """What is not as it must be, in words."""
        found, due = self.positions(fleet), fleet.last()
        wrong = sum(found.get(driver) != position for driver, position in due.items())
        rows, rows_due, told = self.rows(fleet), fleet.rows(), self._ticks(fleet)
        told_due = (len(ticks), fleet.in_ticks(ticks))
        return [
            *([f"{fleet.city}: {wrong} drivers' last ping is not in Redis"] if wrong or len(found) != len(due) else []),
            *([f"{fleet.city}: rows {rows}, must be {rows_due} (count, sum of times)"] if rows != rows_due else []),
            *(
                [f"{fleet.city}: ticks in the log {told}, must be {told_due} (count, positions)"]
                if told != told_due
                else []
            ),
        ]

    def _ticks(self, fleet: Fleet) -> tuple[int, int]:
        """How many are in the log, and with how many positions."""
        count, positions = self._one(TICKS, fleet)
        return count, positions

    def _one(self, query: str, fleet: Fleet) -> tuple[Any, ...]:
        return self.postgres.execute(query, (fleet.city,)).fetchone() or (0,)

    def __enter__(self) -> "Stored":
        return self

    def __exit__(self, *_: object) -> None:
        self.postgres.close()
        self.redis.close()


def drained(stored: Stored, fleet: Fleet, ticks: bool) -> dict[str, float | None]:
    """Seconds from the last ping until all is stored; None of what was not after a minute."""
    last, rows, end = fleet.last(), fleet.rows()[0], fleet.at(fleet.pings)
    due: dict[str, Callable[[], bool]] = {
        "redis": lambda: stored.positions(fleet) == last,
        "rows": lambda: stored.rows(fleet)[0] >= rows,
        **({"log": lambda: stored.ticked(fleet) >= end} if ticks else {}),
    }
    return {what: (now_ms() - end) / 1000 if _wait(done, SETTLE_SECONDS) else None for what, done in due.items()}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _wait(done: Callable[[], bool], most: float) -> bool:
    """False when it took too long."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > most:
            return False
        time.sleep(LOOK_SECONDS)
    return True
