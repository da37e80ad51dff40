"""Redis, Postgres → here → Snapshot → every panel. The only IO of the dashboard.

One pipelined round trip a tick; a store that does not answer leaves the last snapshot standing, with its age.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self, cast

import msgspec
import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.snapshot import AGENTS, Progress, Snapshot
from models.city import Restaurant
from models.errors import TrackError
from models.eta import Prediction
from models.events import CityId, DriverId, Instant, OrderId, Position, RestaurantId
from models.kpis import KpiMinute
from models.settings import Settings
from models.views import CITIES, CityCard, CityView, DriverView, Key, OrderView, key, progress_key

HASHES = (Key.CITY, Key.ORDERS, Key.DRIVERS, Key.RESTAURANTS, Key.POSITIONS, Key.ETAS, Key.KPIS)
ANSWER_SECONDS = 1.0
"""A store that is slower than a tick is away: waiting longer would freeze every open screen."""
HISTORY_MINUTES = 120
HISTORY = f"""
    select minute, {", ".join(f for f in KpiMinute.__struct_fields__ if f != "minute")}
    from kpi_minutes where city_id = %s order by minute desc limit {HISTORY_MINUTES}
"""


class StoreAway(TrackError):
    """A store did not answer in time, or has no address. Nothing is lost; the next tick asks again."""


_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    CITIES: msgspec.json.Decoder(CityCard),
    Key.CITY: msgspec.json.Decoder(CityView),
    Key.ORDERS: msgspec.json.Decoder(OrderView),
    Key.DRIVERS: msgspec.json.Decoder(DriverView),
    Key.RESTAURANTS: msgspec.json.Decoder(Restaurant),
    Key.POSITIONS: msgspec.json.Decoder(Position),
    Key.ETAS: msgspec.json.Decoder(Prediction),
    Key.KPIS: msgspec.json.Decoder(KpiMinute),
}
Hash = Mapping[bytes, bytes]


def decoded(name: str, raw: Hash) -> tuple[dict[str, Any], int]:
    """The values of a hash, and how many could not be read: one bad value must not blank the board."""
    decode, good, bad = _DECODERS[name].decode, {}, 0
    for field, value in raw.items():
        try:
            good[field.decode()] = decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            bad += 1
    return good, bad


def progress_of(raw: Hash) -> Progress | None:
    """None before the agent wrote anything, or when what it wrote is not ours to read."""
    try:
        return Progress(int(raw[b"as_of"]), int(raw[b"produced_at"]))
    except (KeyError, ValueError):
        return None


def snapshot_of(city: CityId, read_at: int, answers: list[Hash]) -> Snapshot:
    """The answers of one pipeline, in the order of CITIES, HASHES, AGENTS."""
    names = (CITIES, *HASHES)
    read = {name: decoded(name, raw) for name, raw in zip(names, answers, strict=False)}
    values = {name: good for name, (good, _) in read.items()}
    progress = {a: progress_of(raw) for a, raw in zip(AGENTS, answers[len(names) :], strict=True)}
    return Snapshot(
        city=city,
        read_at=read_at,
        answered=True,
        view=values[Key.CITY].get("now"),
        cities=cast(dict[CityId, CityCard], values[CITIES]),
        orders=cast(dict[OrderId, OrderView], values[Key.ORDERS]),
        drivers=cast(dict[DriverId, DriverView], values[Key.DRIVERS]),
        restaurants=cast(dict[RestaurantId, Restaurant], values[Key.RESTAURANTS]),
        positions=cast(dict[DriverId, Position], values[Key.POSITIONS]),
        etas=cast(dict[OrderId, Prediction], values[Key.ETAS]),
        kpi=values[Key.KPIS].get("now"),
        progress={agent: p for agent, p in progress.items() if p is not None},
        unreadable=sum(bad for _, bad in read.values()),
    )


def wall_ms() -> Instant:
    """The server's clock: ages are now − produced_at."""
    return time.time_ns() // 1_000_000


class Tables:
    """The two stores, opened once a process; safe to share between sessions."""

    def __init__(
        self, live: "redis.Redis | None", postgres_url: str | None, now_ms: Callable[[], int] = wall_ms
    ) -> None:
        self._live, self._postgres_url, self._now_ms = live, postgres_url, now_ms
        self._last: dict[CityId, Snapshot] = {}

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Nothing is connected yet: a store that is away must not keep the page from opening."""
        live = (
            redis.Redis.from_url(
                str(settings.redis_url),
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=ANSWER_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
            if settings.redis_url
            else None
        )
        return cls(live, str(settings.postgres_url) if settings.postgres_url else None)

    def cities(self) -> dict[CityId, CityCard]:
        """The cities one may choose from. Raises StoreAway."""
        cards, _ = decoded(CITIES, self._ask([CITIES])[0])
        return cast(dict[CityId, CityCard], cards)

    def snapshot(self, city: CityId) -> Snapshot:
        """The city as it stands, or as it last stood when Redis does not answer."""
        names = [CITIES, *(key(city, name) for name in HASHES), *(progress_key(city, agent) for agent in AGENTS)]
        try:
            answers = self._ask(names)
        except StoreAway:
            last = self._last.get(city, Snapshot(city, 0))
            return msgspec.structs.replace(last, read_at=self._now_ms(), answered=False)
        snapshot = snapshot_of(city, self._now_ms(), answers)
        if snapshot.view is not None:
            self._last[city] = snapshot
        return snapshot

    def minutes(self, city: CityId) -> tuple[KpiMinute, ...]:
        """The last two hours of KPIs, oldest first. Raises StoreAway.

        A connection a call: it is asked every 10 s a process, and a kept one would need a doctor of its own.
        """
        if self._postgres_url is None:
            raise StoreAway("TRACK_POSTGRES_URL is not set")
        try:
            with psycopg.connect(self._postgres_url, connect_timeout=2, options="-c statement_timeout=2000") as link:
                rows = link.execute(HISTORY, (city,)).fetchall()
        except psycopg.Error as error:
            raise StoreAway("Postgres does not answer") from error
        return tuple(minute_of(row) for row in reversed(rows))

    def _ask(self, names: list[str]) -> list[Hash]:
        if self._live is None:
            raise StoreAway("TRACK_REDIS_URL is not set")
        try:
            pipeline = self._live.pipeline(transaction=False)
            for name in names:
                pipeline.hgetall(name)
            return cast(list[Hash], pipeline.execute())
        except redis.RedisError as error:
            raise StoreAway("Redis does not answer") from error


def minute_of(row: tuple[Any, ...]) -> KpiMinute:
    """A row of `kpi_minutes`, in the order of HISTORY."""
    at, *counts = row
    return KpiMinute(round(cast(datetime, at).timestamp() * 1000), *counts)
