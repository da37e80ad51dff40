"""the stack's note, or the settings' addresses → here → how every part is, how old its newest fact is, what it costs.

A part is asked for the work it does, not only whether it runs; one that was away within the last 10 s is not well yet.
"""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psutil
import psycopg
import redis

from infra import kafka_connection
from infra.up import NOTE
from infra.web import ask, fetch
from models.errors import TrackError
from models.settings import Settings
from models.topics import TOPICS
from models.views import AGENTS, CITIES, CityCard, Key, foremost, key, progress_key

NOTE_STALE_SECONDS, FACT_STALE_SECONDS, SETTLED_SECONDS = 5.0, 10.0, 10.0
CPU_SAMPLE_SECONDS = 1.0
SIMULATOR = "simulator"


class NoStack(TrackError):
    """Nothing runs from this state directory."""


class Part(NamedTuple):
    """`trouble` is None when the part does its job; what it costs is None where its process is not ours to look at."""

    name: str
    trouble: str | None
    told: str
    cpu_percent: float | None = None
    memory_mb: float | None = None


def check(settings: Settings) -> list[Part]:
    """Every part of the stack whose workers the settings name, else of the one `track up` runs. Raises NoStack."""
    if settings.worker_urls:
        probes = _probes(settings, settings.worker_urls, settings.dashboard_url, [SIMULATOR])
        return [Part(name, *_asked(probe)) for name, probe in probes.items()]
    note = _note(settings.state_dir / NOTE)
    costs = _costs({name: one["pid"] for name, one in note["services"].items()})
    feeders = [name for name in note["services"] if name.startswith(SIMULATOR)]
    probes = _probes(_connected(settings, note), note["workers"], note["dashboard"], feeders)
    ours = [Part(name, *_lived(one, probes.get(name)), *costs[name]) for name, one in note["services"].items()]
    theirs = [Part(name, *_asked(probe)) for name, probe in probes.items() if name not in note["services"]]
    return [*theirs, *ours]


def table(parts: list[Part]) -> list[str]:
    """One line a part; and what all of them cost, where that could be seen."""
    lines = []
    for part in parts:
        mark = "well" if part.trouble is None else "NOT WELL"
        lines.append(f"{part.name:<10} {mark:<9} {_cost(part.cpu_percent, part.memory_mb)}{part.trouble or part.told}")
    seen = [part for part in parts if part.cpu_percent is not None]
    if seen:
        cpu, memory = sum(p.cpu_percent or 0 for p in seen), sum(p.memory_mb or 0 for p in seen)
        lines.append(f"{'all':<10} {'':<9} {_cost(cpu, memory)}".rstrip())
    return lines


def _cost(cpu_percent: float | None, memory_mb: float | None) -> str:
    return "" if cpu_percent is None else f"{cpu_percent:5.1f} % CPU {memory_mb:6.0f} MB  "


def running_stack(settings: Settings) -> Settings:
    """The settings with the addresses of the stack that runs from their state directory. Raises NoStack."""
    return _connected(settings, _note(settings.state_dir / NOTE))


def _connected(settings: Settings, note: dict[str, Any]) -> Settings:
    return Settings(**{**settings.model_dump(exclude_none=True), **_addresses(note["env"])})


def _probes(
    settings: Settings, workers: dict[str, str], dashboard: str | None, feeders: list[str]
) -> dict[str, Callable[[], str]]:
    return {
        "postgres": lambda: _postgres(settings),
        "valkey": lambda: _redis(settings),
        "kafka": lambda: _kafka(settings),
        **{name: partial(_worker, url) for name, url in workers.items()},
        **{name: partial(_newest_facts, settings, place) for place, name in enumerate(feeders)},
        **({"dashboard": partial(_dashboard, dashboard)} if dashboard else {}),
    }


def _lived(service: dict[str, Any], probe: Callable[[], str] | None) -> tuple[str | None, str]:
    """Trouble, or none and what it told: first of its process, then of its work, then of how long it is back."""
    if not service["ready"]:
        return f"not running, started {service['starts']} times", ""
    trouble, told = _asked(probe) if probe else (None, "")
    if trouble is None and service["starts"] > 1 and (age := time.time() - service["ready_at"]) < SETTLED_SECONDS:
        return f"was away, back for {age:.0f} s", ""
    return trouble, told


def _asked(probe: Callable[[], str]) -> tuple[str | None, str]:
    try:
        return None, probe()
    except (NotWell, psycopg.Error, redis.RedisError, OSError) as trouble:
        return str(trouble).strip() or type(trouble).__name__, ""


class NotWell(TrackError):
    """What a part said of itself, or failed to say."""


def _postgres(settings: Settings) -> str:
    with psycopg.connect(str(settings.postgres_url), connect_timeout=3) as connection:
        found = connection.execute("select sum(seq) from agent_progress where agent = 'city_commands'").fetchone()
    return f"{(found and found[0]) or 0:,} facts".replace(",", " ")


def _redis(settings: Settings) -> str:
    client = redis.Redis.from_url(str(settings.redis_url), socket_timeout=3)
    return f"{client.dbsize()} keys"


def _kafka(settings: Settings) -> str:
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        admin = KafkaAdminClient(**kafka_connection.options(settings), bootstrap_timeout_ms=3000)
        there = set(admin.list_topics())
        admin.close()
    except KafkaError as error:
        raise NotWell(str(error)) from error
    if missing := [topic.name for topic in TOPICS if topic.name not in there]:
        raise NotWell(f"topics are missing: {', '.join(missing)}")
    return f"{len(there)} topics"


def _worker(url: str) -> str:
    report = ask(url)
    if report is None:
        raise NotWell(f"does not answer at {url}")
    if not report["healthy"]:
        raise NotWell("; ".join(report["reasons"]))
    return f"{len(report['partitions'])} partitions, {report['lag']} records wait"


def _newest_facts(settings: Settings, place: int) -> str:
    """A feeder is known by its city, of several the foremost, the second …: every agent's newest write must be young."""
    client = redis.Redis.from_url(str(settings.redis_url), socket_timeout=3, decode_responses=True)
    cards: Any = client.hgetall(CITIES)
    if len(cards) <= place:
        raise NotWell("no city is open" if not cards else f"only {len(cards)} cities are open")
    with client.pipeline(transaction=False) as together:
        for one in cards:
            together.hget(progress_key(one, AGENTS[0]), "produced_at")
        told_at = {one: int(told or 0) for one, told in zip(cards, together.execute(), strict=True)}
    now = round(time.time() * 1000)
    known = {one: msgspec.json.decode(card, type=CityCard) for one, card in cards.items()}
    city = list(foremost(known, told_at, now))[place]
    ages = {a: (now - int(client.hget(progress_key(city, a), "produced_at") or 0)) / 1000 for a in AGENTS}
    if old := [f"{agent} {age:.0f} s" for agent, age in ages.items() if age > FACT_STALE_SECONDS]:
        raise NotWell(f"pipeline stale: newest facts of {city} are old: {', '.join(old)}")
    orders = client.hlen(key(city, Key.ORDERS))
    return f"{city}: {orders} orders, newest facts {', '.join(f'{a} {age:.1f} s' for a, age in ages.items())}"


def _dashboard(url: str) -> str:
    if fetch(f"{url}/_stcore/health") is None:
        raise NotWell(f"does not answer at {url}")
    return url


def _noted(path: Path) -> Path:
    """Where it is: one that is not absolute lies here or in a folder above, as a notebook's kernel runs in the notebook's."""
    places = (folder / path for folder in (Path.cwd(), *Path.cwd().parents))
    return next((place for place in places if place.exists()), path)


def _note(path: Path) -> dict[str, Any]:
    path = _noted(path)
    if not path.exists():
        raise NoStack(
            f"{path} is not there: start the stack with `make demo` or `track up`; "
            "TRACK_WORKER_URLS names the workers of one that runs elsewhere"
        )
    note: dict[str, Any] = json.loads(path.read_text())
    if (age := time.time() - note["noted_at"]) > NOTE_STALE_SECONDS:
        raise NoStack(f"the launcher has not written {path} for {age:.0f} s: it does not run any more")
    return note


def _addresses(env: dict[str, str]) -> dict[str, str]:
    return {name.removeprefix("TRACK_").lower(): value for name, value in env.items()}


def _costs(pids: dict[str, int | None]) -> dict[str, tuple[float, float]]:
    """CPU in percent of one core over a second, and memory in MB; a part with its children."""
    families = {name: _family(pid) for name, pid in pids.items()}
    before = {name: _cpu_seconds(some) for name, some in families.items()}
    time.sleep(CPU_SAMPLE_SECONDS)
    return {
        name: (100 * (_cpu_seconds(some) - before[name]) / CPU_SAMPLE_SECONDS, _memory_mb(some))
        for name, some in families.items()
    }


def _family(pid: int | None) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid) if pid else None
        return [parent, *parent.children(recursive=True)] if parent else []
    except psutil.NoSuchProcess:
        return []


def _cpu_seconds(some: list[psutil.Process]) -> float:
    return sum(_alive(one, lambda p: sum(p.cpu_times()[:2])) for one in some)


def _memory_mb(some: list[psutil.Process]) -> float:
    """Proportional set size: shared pages of Postgres's processes count once."""
    return sum(_alive(one, lambda p: p.memory_full_info().pss) for one in some) / 1e6


def _alive(one: psutil.Process, ask_it: Callable[[psutil.Process], float]) -> float:
    try:
        return ask_it(one)
    except psutil.Error:
        return 0.0
