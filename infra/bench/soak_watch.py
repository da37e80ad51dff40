"""/proc, `/healthz`, `/metrics`, Redis, Postgres → here → samples of a running stack, one every five seconds.

It looks from outside, so that what is measured does nothing for it but answer.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import psutil
import psycopg
import redis
from prometheus_client.parser import text_string_to_metric_families

from infra.bench.soak_judge import Point
from infra.web import ask, fetch
from models.settings import Settings
from models.views import CITIES

MB = 1e6
SHARED = ("postgres",)
"""Its processes share their buffers: what each has resident would count them many times over."""
REDIS, POSTGRES, KAFKA = "redis used", "postgres database", "kafka log"
STAGE = "track_stage_seconds_bucket"
OVER_THE_TOP = 20.0
"""Seconds said of an age that is above the largest bucket, 10 s."""
Buckets = dict[str, dict[float, float]]


class Watch:
    """`memory` in MB by part, `pss` its share of shared pages apart; lags by role (records) and by agent (seconds).

    `settled`: seconds until the first closed city had left memory and screens; None while none has.
    """

    def __init__(self, settings: Settings, workers: Mapping[str, str]) -> None:
        """`workers`: role → its `/healthz`."""
        self.settings, self.workers, self.began = settings, workers, time.monotonic()
        self.memory: defaultdict[str, list[Point]] = defaultdict(list)
        self.pss: defaultdict[str, float] = defaultdict(float)
        self.stores: defaultdict[str, list[Point]] = defaultdict(list)
        self.records: defaultdict[str, list[float]] = defaultdict(list)
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.silent: defaultdict[str, int] = defaultdict(int)
        self.settled: float | None = None
        self._shown = 0
        self._before: Buckets = {}
        self._redis = redis.Redis.from_url(str(settings.redis_url))
        self._postgres = psycopg.connect(str(settings.postgres_url), autocommit=True)

    def look(self, pids: Mapping[str, int | None], live: bool) -> None:
        """One sample. `live`: a city is fed, so that lags mean something."""
        at = time.monotonic() - self.began
        for name, pid in pids.items():
            self._memory(name, pid, at)
        self._stores(at)
        for role, url in self.workers.items():
            self._worker(role, url, live)

    def waiting(self) -> int:
        """Records that wait in all roles."""
        return sum((ask(url) or {}).get("lag", 1) for url in self.workers.values())

    def close(self) -> None:
        self._redis.close()
        self._postgres.close()

    def _memory(self, name: str, pid: int | None, at: float) -> None:
        found = memory(pid)
        if found is not None:
            resident, proportional = found
            self.memory[name].append((at, (proportional if name in SHARED else resident) / MB))
            self.pss[name] = proportional / MB

    def _stores(self, at: float) -> None:
        info: Any = self._redis.info("memory")
        size = self._postgres.execute("select pg_database_size(current_database())").fetchone()
        shown: Any = self._redis.hlen(CITIES)
        if self.settled is None and shown < self._shown:
            self.settled = at
        self._shown = shown
        self.stores[REDIS].append((at, info["used_memory"] / MB))
        self.stores[POSTGRES].append((at, size[0] / MB if size else 0.0))
        files = (self.settings.state_dir / "kafka").rglob("*.log")
        self.stores[KAFKA].append((at, sum(_size(path) for path in files) / MB))

    def _worker(self, role: str, url: str, live: bool) -> None:
        report = ask(url)
        now = buckets((fetch(url.replace("/healthz", "/metrics")) or b"").decode())
        if report is None:
            self.silent[role] += 1
            return
        waits = report["progress_age_seconds"] if report["lag"] else 0.0
        for agent, counts in now.items():
            age = p95_of(counts, self._before.get(agent, {}))
            self._before[agent] = counts
            if live and (age is not None or waits):
                self.seconds[agent].append(max(age or 0.0, waits))
        if live:
            self.records[role].append(report["lag"])


def memory(pid: int | None) -> tuple[int, int] | None:
    """Resident and proportional bytes of a process with its children; None when it is gone."""
    try:
        parent = psutil.Process(pid) if pid else None
        family = [parent, *parent.children(recursive=True)] if parent else []
        full = [one.memory_full_info() for one in family]
    except psutil.Error:
        return None
    return (sum(one.rss for one in full), sum(one.pss for one in full)) if full else None


def buckets(exposition: str) -> Buckets:
    """Agent → upper bound in seconds → how many batches were as old as that or younger, of a worker's /metrics."""
    found: Buckets = {}
    for one in (one for family in text_string_to_metric_families(exposition) for one in family.samples):
        if one.name == STAGE:
            found.setdefault(one.labels["agent"], {})[float(one.labels["le"])] = one.value
    return found


def p95_of(now: Mapping[float, float], before: Mapping[float, float]) -> float | None:
    """Age in seconds that 95 of 100 batches since `before` stayed below, straight within a bucket; None of no batch."""
    counts = [(bound, count - before.get(bound, 0.0)) for bound, count in sorted(now.items())]
    total = counts[-1][1] if counts else 0.0
    if total <= 0:
        return None
    below, under = 0.0, 0.0
    for bound, count in counts:
        if count >= 0.95 * total:
            share = (0.95 * total - under) / (count - under)
            return OVER_THE_TOP if bound == float("inf") else below + share * (bound - below)
        below, under = bound, count
    raise AssertionError("the last bucket holds all")


def tables(postgres_url: str, most: int = 8) -> dict[str, float]:
    """MB of the largest tables with their indices and partitions."""
    query = """select c.relname, sum(pg_total_relation_size(coalesce(t.relid, c.oid))) / 1e6 from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
        left join lateral pg_partition_tree(c.oid) t on true
        where c.relkind in ('r', 'p') and not c.relispartition group by 1 order by 2 desc limit %s"""
    with psycopg.connect(postgres_url) as link:
        return {name: round(float(mb), 1) for name, mb in link.execute(query, (most,)).fetchall()}


def _size(path: Any) -> int:
    """A segment may be deleted between the listing and the look."""
    try:
        return int(path.stat().st_size)
    except FileNotFoundError:
        return 0


def levels(points: Sequence[Point]) -> dict[str, float]:
    """First, last and greatest value."""
    values = [value for _, value in points]
    return {"first": round(values[0], 1), "last": round(values[-1], 1), "most": round(max(values), 1)}
