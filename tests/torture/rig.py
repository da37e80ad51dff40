"""a running stack → here → a day through it while something is struck, beside the same day undisturbed in memory.

People act in it too: a kitchen is paused, drivers are called. What must be equal: the log, its rows, KPIs, ETAs, kept
positions, every live view, the delta log, the dead letters (none) and the report, but for `wall_seconds`.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
import redis

from infra import replay
from infra.bench.staged import busiest, pull
from infra.inprocess import replay_in_memory
from infra.local.ports import remembered_port
from infra.stack import Stack
from infra.web import ask, health_url
from models.ids import CityId, Instant, RestaurantId
from models.levers import CallDrivers, PauseKitchen, PullLever
from models.views import Key, key
from models.ways import MINUTE_MS
from pipelines.adapters import sql
from pipelines.truth import HASHES as WHOLE_VIEWS
from simulator.engine import Engine
from simulator.publisher import Feeder
from simulator.scenario import Scenario

TABLES = (
    "orders",
    "drivers",
    "driver_assignments",
    "kpi_minutes",
    "kpi_hours",
    "eta_predictions",
    "eta_scores",
    "lateness_ledger",
    "alerts",
    "incidents",
    "levers",
    "driver_positions",
)
HASHES = (*(name for names in WHOLE_VIEWS.values() for name in names), Key.POSITIONS, Key.TICKED)
DRAINED_SECONDS = 20.0
LEVERS_LAST_MS = 30 * MINUTE_MS
ALWAYS_OTHER = ("wall_seconds", "through")


@dataclass(frozen=True)
class Run:
    """One day: what it left everywhere, as digests, its report, and how long each turn took in seconds."""

    city: CityId
    digests: dict[str, str]
    turns: tuple[float, ...] = ()

    @property
    def slowest(self) -> float:
        return max(self.turns)

    def differences(self, other: "Run") -> list[str]:
        return [name for name, digest in self.digests.items() if other.digests[name] != digest]


def lived(scenario: Scenario, city: CityId) -> Engine:
    """The day with two levers at its middle order: its busiest kitchen is paused, and three drivers are called."""
    engine = Engine(scenario, city)
    at = sorted(one.placed_at for one in scenario.orders)[len(scenario.orders) // 2]
    until = at + LEVERS_LAST_MS
    for lever in (PauseKitchen(RestaurantId(busiest(scenario, at, until))), CallDrivers(3)):
        pull(engine, at, PullLever(type(lever).__name__, lever, until))
    return engine


def undisturbed(scenario: Scenario) -> Run:
    """The day in memory: every store's content as the real ones must have it."""
    city = CityId("memory")
    pipeline = replay_in_memory(lived(scenario, city))
    log, live = pipeline.log, pipeline.live
    told, late = (_rows(city, log.tables[name].values()) for name in replay.SCORED)
    found = {"city_events": log.raw[city], "report": [_report(scenario, replay.stored_as(log.raw[city], told, late))]}
    found |= {t: _lines(_rows(city, log.tables[t].values())) for t in TABLES}
    found |= {f"live {h.value}": _fields(live.hashes.get((city, h), {})) for h in HASHES}
    found["live available"] = sorted(one[2].encode() for one in live.available[city])
    found["live deltas"] = [b"%d %s" % (seq, delta) for seq, delta in live.deltas[city]]
    found["dead letters"] = []
    return Run(city, {name: _digest(city, lines) for name, lines in found.items()})


def through(
    stack: Stack,
    scenario: Scenario,
    after: Callable[[Instant], None] = lambda t: None,
    over: Callable[[], None] = lambda: None,
) -> Run:
    """The day through the stack; `after` is called when a turn was closed, `over` before what the day left is read."""
    city = replay.new_city(scenario)
    feeder = replay.feed(lived(scenario, city), stack.settings, after)
    replay.settled(str(stack.settings.postgres_url), city)
    over()
    return left(stack, scenario, city, feeder)


def left(stack: Stack, scenario: Scenario, city: CityId, feeder: Feeder) -> Run:
    """What a finished city left in Postgres and Redis."""
    url = str(stack.settings.postgres_url)
    _drained(stack)
    found = {"city_events": _raw(url, city), "report": [_report(scenario, replay.stored(url, city))]}
    with psycopg.connect(url) as connection:
        shapes = sql.shapes(connection.execute(sql.CATALOG).fetchall())
        for table in TABLES:
            rows = connection.execute(sql.everything(shapes[table]), (city,)).fetchall()
            found[table] = _lines(_rows(city, (sql.recalled(shapes[table], row) for row in rows)))
        letters = connection.execute("select agent || ': ' || reason from dead_letters where key = %s", (city,))
        found["dead letters"] = [str(letter).encode() for (letter,) in letters]
    found |= _live(redis.Redis.from_url(str(stack.settings.redis_url)), city)
    return Run(city, {name: _digest(city, lines) for name, lines in found.items()}, tuple(feeder.turns))


def _drained(stack: Stack) -> None:
    """Positions are kept, and letters written, beside the turns: no turn waits for them."""
    ports = [remembered_port(stack.settings.state_dir, role) or 0 for role in ("positions", "insights")]
    until = time.monotonic() + DRAINED_SECONDS
    while not all((report := ask(health_url(port))) and report["lag"] == 0 for port in ports):
        assert time.monotonic() < until, "records still wait"
        time.sleep(0.1)


def say(what: str, run: Run, truth: Run, **more: Any) -> None:
    """One line of the matrix."""
    wrong = run.differences(truth)
    verdict = "equal" if not wrong else f"DIFFERS in {', '.join(wrong)}"
    told = "  ".join(f"{name.replace('_', ' ')} {value}" for name, value in more.items())
    sys.stderr.write(f"\n{what:34} {verdict}  slowest turn {run.slowest:.2f} s  {told}\n")


def _live(client: Any, city: CityId) -> dict[str, list[bytes]]:
    found = {f"live {h.value}": _fields(client.hgetall(key(city, h))) for h in HASHES}
    found["live available"] = sorted(client.zrange(key(city, Key.AVAILABLE), 0, -1))
    entries = client.xrange(key(city, Key.DELTAS))
    found["live deltas"] = [id.split(b"-")[0] + b" " + fields[b"delta"] for id, fields in entries]
    return found


def _raw(url: str, city: CityId) -> list[bytes]:
    query = "select fact from city_events where city_id = %s order by seq"
    with psycopg.connect(url) as connection:
        return [raw for (raw,) in connection.execute(query, (city,), binary=True).fetchall()]


def _report(scenario: Scenario, left: replay.Stored) -> bytes:
    report = replay.report(scenario, left, "kafka", 0.0)
    return json.dumps({name: value for name, value in report.items() if name not in ALWAYS_OTHER}).encode()


def _rows(city: CityId, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    mine = [row for row in rows if row["city_id"] == city]
    return sorted(mine, key=lambda row: (row.get("seq", 0), [str(value) for value in row.values()]))


def _lines(rows: list[dict[str, Any]]) -> list[bytes]:
    return sorted(json.dumps(row, default=str, sort_keys=True).encode() for row in rows)


def _fields(fields: dict[Any, bytes]) -> list[bytes]:
    return sorted((f if isinstance(f, bytes) else f.encode()) + b" " + value for f, value in fields.items())


def _digest(city: CityId, lines: Iterable[bytes]) -> str:
    """Equal for equal days: a run's own id is left out."""
    return hashlib.sha256(b"\n".join(line.replace(city.encode(), b"") for line in lines)).hexdigest()
