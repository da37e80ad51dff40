"""Redis, Postgres → here → Snapshot → every panel. The only IO of the dashboard.

One pipelined round trip a tick; a store that does not answer leaves the last snapshot standing, with its age.
"""

import time
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, Self, cast

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dashboard.history import History, history
from dashboard.scenery import Ground, ground
from dashboard.snapshot import CityView, Progress, Snapshot, StoreAway
from models.alerts import Alert
from models.estimates import Prediction
from models.events import Position
from models.foretold import Foretold
from models.ids import CityId, DriverId, Instant, OrderId, RestaurantId
from models.incidents import Incident
from models.kpis import KpiMinute
from models.needs import Need
from models.pulled import PulledLever
from models.restaurant import Restaurant
from models.rules import Rules
from models.settings import Settings
from models.views import AGENTS, CITIES, CityCard, CityNow, DriverView, Key, OrderView, foremost, key, progress_key

HASHES = (
    Key.ORDERS, Key.DRIVERS, Key.RESTAURANTS, Key.POSITIONS, Key.ETAS, Key.KPIS,
    Key.NEEDS, Key.QUEUE, Key.ALERTS, Key.INCIDENTS, Key.LEVERS, Key.FORETOLD,
)  # fmt: skip
ANSWER_SECONDS = 1.0
"""A store that is slower than a tick is away: waiting longer would freeze every open screen."""


_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    CITIES: msgspec.json.Decoder(CityCard),
    Key.ORDERS: msgspec.json.Decoder(OrderView),
    Key.DRIVERS: msgspec.json.Decoder(DriverView),
    Key.RESTAURANTS: msgspec.json.Decoder(Restaurant),
    Key.POSITIONS: msgspec.json.Decoder(Position),
    Key.ETAS: msgspec.json.Decoder(Prediction),
    Key.KPIS: msgspec.json.Decoder(KpiMinute),
    Key.NEEDS: msgspec.json.Decoder(Need),
    Key.QUEUE: msgspec.json.Decoder(tuple[OrderId, ...]),
    Key.ALERTS: msgspec.json.Decoder(Alert),
    Key.INCIDENTS: msgspec.json.Decoder(Incident),
    Key.LEVERS: msgspec.json.Decoder(PulledLever),
    Key.FORETOLD: msgspec.json.Decoder(Foretold),
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


@lru_cache(maxsize=8)
def rules_of(raw: bytes) -> Rules:
    """The same bytes, the same object: a street map is 60 kB, and finds its ways only once."""
    return msgspec.json.decode(raw, type=Rules)


@lru_cache(maxsize=8)
def ground_of(raw: bytes) -> Ground:
    """Of the same bytes, once: 1,600 streets are 50 ms."""
    return ground(rules_of(raw))


def view_of(raw: Hash) -> tuple[CityView | None, int]:
    """The city's rules and watermark, and how many of both could not be read."""
    if b"rules" not in raw or b"now" not in raw:
        return None, 0
    try:
        now = msgspec.json.decode(raw[b"now"], type=CityNow)
        told = raw[b"rules"]
        return CityView(rules_of(told), now.now, now.seq, now.closed, ground_of(told)), 0
    except msgspec.DecodeError:
        return None, 1


def progress_of(raw: Hash) -> Progress | None:
    """None before the agent wrote anything, or when what it wrote is not ours to read."""
    try:
        return Progress(int(raw[b"as_of"]), int(raw[b"produced_at"]))
    except (KeyError, ValueError):
        return None


def snapshot_of(city: CityId, read_at: int, answers: list[Hash]) -> Snapshot:
    """The answers of one pipeline, in the order of CITIES, the city, HASHES, AGENTS."""
    names = (CITIES, Key.CITY, *HASHES)
    raw = dict(zip(names, answers, strict=False))
    view, bad_view = view_of(raw[Key.CITY])
    read = {name: decoded(name, raw[name]) for name in (CITIES, *HASHES)}
    values = {name: good for name, (good, _) in read.items()}
    progress = {a: progress_of(raw) for a, raw in zip(AGENTS, answers[len(names) :], strict=True)}
    return Snapshot(
        city=city,
        read_at=read_at,
        answered=True,
        view=view,
        cities=cast(dict[CityId, CityCard], values[CITIES]),
        orders=cast(dict[OrderId, OrderView], values[Key.ORDERS]),
        drivers=cast(dict[DriverId, DriverView], values[Key.DRIVERS]),
        restaurants=cast(dict[RestaurantId, Restaurant], values[Key.RESTAURANTS]),
        positions=cast(dict[DriverId, Position], values[Key.POSITIONS]),
        etas=cast(dict[OrderId, Prediction], values[Key.ETAS]),
        kpi=values[Key.KPIS].get("now"),
        needs=cast(dict[OrderId, Need], values[Key.NEEDS]),
        ranked=values[Key.QUEUE].get("now", ()),
        alerts=values[Key.ALERTS],
        incidents=values[Key.INCIDENTS],
        levers=values[Key.LEVERS],
        foretold=values[Key.FORETOLD].get("now"),
        progress={agent: p for agent, p in progress.items() if p is not None},
        unreadable=bad_view + sum(bad for _, bad in read.values()),
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

    def cities(self) -> dict[CityId, bool]:
        """The cities one may choose from, the foremost first, and whether each is at work. Raises StoreAway."""
        found, _ = decoded(CITIES, self._ask([CITIES])[0])
        cards = cast(dict[CityId, CityCard], found)
        told = map(progress_of, self._ask([progress_key(city, AGENTS[0]) for city in cards]))
        told_at = {city: one.produced_at for city, one in zip(cards, told, strict=True) if one}
        return foremost(cards, told_at, self._now_ms())

    def snapshot(self, city: CityId) -> Snapshot:
        """The city as it stands, or as it last stood when Redis does not answer."""
        names = [
            CITIES,
            *(key(city, name) for name in (Key.CITY, *HASHES)),
            *(progress_key(city, agent) for agent in AGENTS),
        ]
        try:
            answers = self._ask(names)
        except StoreAway:
            last = self._last.get(city, Snapshot(city, 0))
            return msgspec.structs.replace(last, read_at=self._now_ms(), answered=False)
        snapshot = snapshot_of(city, self._now_ms(), answers)
        if snapshot.view is not None:
            self._last = {c: s for c, s in self._last.items() if c in snapshot.cities} | {city: snapshot}
        return snapshot

    def ground_part(self, city: CityId, kind: str, digest: str) -> bytes | None:
        """One part of a city's ground, as last seen or from Redis; None when it is another by now. Raises StoreAway."""
        last = self._last.get(city)
        part = last.view.ground.part(kind, digest) if last and last.view else None
        if part is None:
            view, _ = view_of(self._ask([key(city, Key.CITY)])[0])
            part = view.ground.part(kind, digest) if view else None
        return part.geojson if part else None

    def history(self, city: CityId) -> History:
        """Of Postgres, as it answers now. Raises StoreAway."""
        return history(self._postgres_url, city, self._now_ms)

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


@cache
def shared() -> Tables:
    """The one of this process: pages and routes know the same last snapshots."""
    return Tables.open(Settings())
