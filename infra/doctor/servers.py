"""servers that are somebody else's → here → reachable, the right kind, new enough; and how far their clocks are from ours.

Nobody asks a broker for its time: Kafka has no request for it. It refuses records an hour ahead of its own clock.
"""

import socket
import time
from pathlib import Path
from typing import Any, NamedTuple

from infra.doctor.finding import Finding, note, ok, trouble
from models import migrations
from models.settings import Settings
from models.topics import TOPICS

PATIENCE_SECONDS = 2
FIRST_POSTGRES, TRIED_POSTGRES = 12, 15
"""Keys across the partitions of a table came with 11, which nobody mends any more; ours runs on 18 and ran on 15."""
FIRST_REDIS = (6, 2)
"""GEOSEARCH."""
AGES_WRONG_SECONDS, REFUSED_SECONDS = 1.0, 10.0
"""From 10 s on `track check` calls the newest facts old, whatever their age."""


class Postgres(NamedTuple):
    """`version` as 180006, `revision` of the tables (None: there are none), `ahead`: our clock before the server's, in s."""

    version: int
    banner: str
    standby: bool
    revision: str | None
    ahead: float


class Redis(NamedTuple):
    kind: str
    version: tuple[int, ...]
    cluster: bool
    replica: bool
    evicts: str
    ahead: float


class Kafka(NamedTuple):
    brokers: int
    release: str
    missing: tuple[str, ...]


def judge_postgres(found: Postgres, newest: str) -> Finding:
    """`newest`: the revision of this release's tables."""
    told = found.banner.split(" on ")[0]
    if not found.banner.startswith("PostgreSQL"):
        return trouble("postgres", f"TRACK_POSTGRES_URL is {told[:60]}", "point it at a PostgreSQL")
    if found.version // 10_000 < FIRST_POSTGRES:
        return trouble("postgres", f"{told} is too old", f"use PostgreSQL {FIRST_POSTGRES} or newer")
    if found.standby:
        return trouble(
            "postgres", f"{told} is a standby: nothing can be written", "point TRACK_POSTGRES_URL at its primary"
        )
    if found.revision != newest:
        return note(
            "postgres", f"{told}; its tables are at {found.revision or 'nothing'}, not {newest}", "`track migrate`"
        )
    if found.version // 10_000 < TRIED_POSTGRES:
        return note("postgres", f"{told}: older than any this was tried with ({TRIED_POSTGRES} to 18)")
    return ok("postgres", f"{told}, tables at {found.revision}")


def judge_redis(found: Redis) -> Finding:
    told = f"{found.kind} {'.'.join(map(str, found.version))}"
    if found.version < FIRST_REDIS:
        return trouble("redis", f"{told} is too old", "use Valkey, or Redis 6.2 or newer")
    if found.cluster:
        return trouble(
            "redis", f"{told} is a cluster, and a change is one call over several keys", "use a single server"
        )
    if found.replica:
        return trouble("redis", f"{told} is a replica: nothing can be written", "point TRACK_REDIS_URL at its primary")
    if found.evicts != "noeviction":
        told = f"{told} drops keys when it is full ({found.evicts}): screens would miss what was dropped"
        return note("redis", told, "set maxmemory-policy noeviction; `track rebuild-live` brings back what is gone")
    return ok("redis", told)


def judge_kafka(found: Kafka) -> Finding:
    told = f"Kafka {found.release}, {found.brokers} brokers"
    if not found.brokers:
        return trouble("kafka", "TRACK_KAFKA_BOOTSTRAP answers, and names no broker", "look at the cluster's own log")
    if found.missing:
        return note("kafka", f"{told}; no topics {', '.join(found.missing)}", "`track topics`")
    return ok("kafka", f"{told}, every topic is there")


def judge_ahead(whose: str, seconds: float) -> Finding:
    """`seconds` by which this machine's clock is ahead of a server's."""
    told = f"this machine is {abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} {whose}"
    cure = "set both clocks (NTP)"
    if abs(seconds) >= REFUSED_SECONDS:
        told += "; ages mean nothing any more" + ("; Kafka refuses what is an hour ahead" if seconds > 0 else "")
        return trouble("clock", told, cure)
    if abs(seconds) >= AGES_WRONG_SECONDS:
        return note("clock", f"{told}: every age on the screens is wrong by so much", cure)
    return ok("clock", told)


def postgres(settings: Settings, external: bool) -> list[Finding]:
    """Of another's: everything; of our own: its clock alone."""
    import psycopg

    try:
        with psycopg.connect(str(settings.postgres_url), connect_timeout=PATIENCE_SECONDS) as connection:
            found = _postgres(connection)
    except psycopg.Error as error:
        return [_away("postgres", "TRACK_POSTGRES_URL", error)]
    judged = [judge_postgres(found, newest_revision())] if external else []
    return [*judged, judge_ahead("PostgreSQL", found.ahead)]


def redis(settings: Settings, external: bool) -> list[Finding]:
    import redis

    try:
        patience = {"socket_connect_timeout": PATIENCE_SECONDS, "socket_timeout": PATIENCE_SECONDS}
        with redis.Redis.from_url(str(settings.redis_url), **patience) as client:
            found = _redis(client)
    except redis.RedisError as error:
        return [_away("redis", "TRACK_REDIS_URL", error)]
    judged = [judge_redis(found)] if external else []
    return [*judged, judge_ahead("Redis", found.ahead)]


def kafka(settings: Settings) -> list[Finding]:
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    from infra import kafka_connection

    if silent := _silent((settings.kafka_bootstrap or "").split(",")):
        return [_away("kafka", "TRACK_KAFKA_BOOTSTRAP", OSError(f"nobody listens at {', '.join(silent)}"))]
    limits = {"bootstrap_timeout_ms": PATIENCE_SECONDS * 1000, "request_timeout_ms": PATIENCE_SECONDS * 1000}
    try:
        admin = KafkaAdminClient(**kafka_connection.options(settings), **limits)
        try:
            return [judge_kafka(_kafka(admin))]
        finally:
            admin.close()
    except (KafkaError, OSError) as error:
        return [_away("kafka", "TRACK_KAFKA_BOOTSTRAP", error)]


def _silent(bootstrap: list[str]) -> list[str]:
    """The addresses, when nobody listens at any: kafka-python would say so after 2 s, and leave its sockets open."""
    for address in bootstrap:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), PATIENCE_SECONDS).close()
            return []
        except (OSError, ValueError):
            continue
    return bootstrap


def newest_revision() -> str:
    """Of the migrations in this release, by the names of their files: Alembic takes 0.5 s to say the same."""
    return max(path.name for path in Path(migrations.__file__).parent.glob("versions/[0-9]*.py"))[:4]


def _away(check: str, setting: str, error: Exception) -> Finding:
    said = " ".join(str(error).split()) or type(error).__name__
    return trouble(
        check, f"{setting} does not answer: {said[:300]}", f"start that server, correct {setting}, or unset it"
    )


def _postgres(connection: Any) -> Postgres:
    """`now` is asked first: what a round trip takes is no distance between two clocks."""
    before = time.time()
    (there,) = connection.execute("select extract(epoch from clock_timestamp())::float8").fetchone()
    ahead = (before + time.time()) / 2 - there
    query = "select current_setting('server_version_num')::int, version(), pg_is_in_recovery(), to_regclass(%s)::text"
    version, banner, standby, table = connection.execute(query, ("alembic_version",)).fetchone()
    row = connection.execute("select version_num from alembic_version").fetchone() if table else None
    return Postgres(version, banner, standby, row[0] if row else None, ahead)


def _redis(client: Any) -> Redis:
    before = time.time()
    seconds, micros = client.time()
    ahead = (before + time.time()) / 2 - (seconds + micros / 1e6)
    told = client.info()
    kind = "Valkey" if "valkey_version" in told else "Redis"
    version = str(told.get("valkey_version") or told["redis_version"])
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
    evicts = str(told.get("maxmemory_policy", "noeviction"))
    return Redis(kind, numbers, bool(told.get("cluster_enabled")), told.get("role") == "slave", evicts, ahead)


def _kafka(admin: Any) -> Kafka:
    there = set(admin.list_topics())
    missing = tuple(topic.name for topic in TOPICS if topic.name not in there)
    return Kafka(len(admin.describe_cluster()["brokers"]), _release(admin), missing)


def _release(admin: Any) -> str:
    """What the broker's own answers allow to conclude: Kafka has no request for its version."""
    return ".".join(map(str, admin._manager.broker_version))
