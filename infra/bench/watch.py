"""Redis, /proc → here → latencies and CPU seconds, without a word to the workers.

Every 4 ms one round trip reads the fields of 40 drivers and the age of two agents: 250 of the 20,000 commands a second.
A new value counts from its ping's own time to the moment the reader has it, and so do those it has overtaken: what a
stall hides is counted too. The reader's own 4 ms are in the figures.
"""

import json
import threading
import time
from typing import NamedTuple

import psutil
import redis
from prometheus_client.parser import text_string_to_metric_families

from infra.bench.fleet import Fleet
from models.quantiles import quantile
from models.views import Key, key, progress_key

POLL_SECONDS = 0.004
SAMPLED = 40


class Watch(threading.Thread):
    """Reads until `stop`; `latencies` are of pings, `ticks` of the city's watermark, in ms."""

    def __init__(self, redis_url: str, fleet: Fleet) -> None:
        super().__init__(daemon=True)
        self.redis, self.fleet = redis.Redis.from_url(redis_url), fleet
        step = max(1, fleet.drivers // SAMPLED)
        self.names = [fleet.driver(number) for number in range(0, fleet.drivers, step)]
        self.latencies: list[int] = []
        self.ticks: list[int] = []
        self.error: Exception | None = None
        self._ended = threading.Event()
        self._last = dict.fromkeys(self.names, 0)
        self._as_of = 0

    def run(self) -> None:
        hash_name, progress = key(self.fleet.city, Key.POSITIONS), progress_key(self.fleet.city, "city_commands")
        try:
            while not self._ended.wait(POLL_SECONDS):
                both = self.redis.pipeline(transaction=False)
                both.hmget(hash_name, self.names)
                both.hget(progress, "as_of")
                fields, as_of = both.execute()
                self._seen(fields, int(as_of or 0), time.time_ns() // 1_000_000)
        except redis.RedisError as error:
            self.error = error

    def stop(self) -> None:
        """Raises what ended the reading before its time."""
        self._ended.set()
        self.join()
        self.redis.close()
        if self.error is not None:
            raise self.error

    def _seen(self, fields: list[bytes | None], as_of: int, now: int) -> None:
        for name, field in zip(self.names, fields, strict=True):
            at = json.loads(field)[1] if field else 0
            first = max(self._last[name] + 1000, self.fleet.began)
            if at >= first:
                self.latencies += [now - missed for missed in range(at, first - 1, -1000)]
                self._last[name] = at
        if as_of > self._as_of and as_of > self.fleet.began:
            self.ticks.append(now - as_of)
            self._as_of = as_of


def cpu_seconds(pids: dict[str, int]) -> dict[str, float]:
    """User and system seconds of each process with its children, since they began."""
    found = {}
    for name, pid in pids.items():
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        found[name] = sum(sum(one.cpu_times()[:2]) for one in family)
    return found


class Quantiles(NamedTuple):
    """In the unit of the values."""

    n: int
    p50: int
    p95: int
    p99: int
    most: int


def quantiles(values: list[int]) -> Quantiles | None:
    """By the nearest rank; None of nothing."""
    some = sorted(values)
    if not some:
        return None
    p50, p95, p99 = (quantile(some, share) for share in (50, 95, 99))
    return Quantiles(len(some), p50, p95, p99, some[-1])


def fates(exposition: bytes) -> dict[str, int]:
    """`track_pings_total` of a worker's /metrics, by fate."""
    samples = (one for family in text_string_to_metric_families(exposition.decode()) for one in family.samples)
    return {one.labels["fate"]: round(one.value) for one in samples if one.name == "track_pings_total"}
