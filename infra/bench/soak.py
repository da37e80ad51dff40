"""cities one after another, ten times as fast, with every fault → the whole stack → here → does anything grow, lag or drift?

Workers, servers and board run as shipped, on servers of their own; the report says of every process how its memory moved.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psutil

from infra import stack
from infra.bench import soak_judge as judge
from infra.bench.soak_city import Ask
from infra.bench.soak_run import Soak
from infra.bench.soak_session import Session
from infra.bench.soak_watch import REDIS, Watch
from infra.local.ports import corner, pick_port, remembered_port
from infra.local.servers import Servers
from infra.local.service import Service
from infra.stack import Stack
from infra.up import board
from infra.web import health_url
from models.settings import Settings
from pipelines.resting import REST_MS
from pipelines.roles import ROLES

SPEED = 10.0
SHORTEST_CITY, LONGEST_CITY, CITIES_AT_LEAST = 6.0, 70.0, 5
"""Minutes of ours: five cities close in a soak of half an hour, and in one of six hours and more each lives a whole day."""
JUDGED = (*ROLES, "dashboard", REDIS)
"""Kafka's heap and Postgres's buffers have bounds of their own, and fill them."""
FIRST_SEED, BOARD_PORT = 100, 12
"""The ports before it in the directory's corner are the servers' and the workers'."""


def bench(
    settings: Settings, minutes: float, drivers: int, orders_per_hour: int, speed: float = SPEED
) -> dict[str, Any]:
    """The report; `broken` says what is not as it must be. Raises TrackError."""
    city_minutes = max(SHORTEST_CITY, min(minutes / CITIES_AT_LEAST, LONGEST_CITY))
    ask = Ask(FIRST_SEED, round(city_minutes * speed), speed, drivers, orders_per_hour)
    with _stack(settings) as (up, watch, session):
        soak = Soak(up, watch, ask)
        soak.run(minutes * 60)
        report: dict[str, Any] = {
            "asked": {"minutes": minutes, "speed": speed, "drivers": drivers, "orders_per_hour": orders_per_hour},
            "city_minutes": round(city_minutes, 1),
            "cores": psutil.cpu_count(),
            "board": {
                "runs": session.runs,
                "lost": session.lost,
                "received_mb": round(session.received_bytes / 1e6, 1),
            },
            **soak.report(),
        }
    report["broken"] = judge.broken(report, JUDGED)
    if not report["broken"]:
        shutil.rmtree(up.settings.state_dir)
    return report


@contextmanager
def _stack(settings: Settings) -> Iterator[tuple[Stack, Watch, Session]]:
    """A directory of its own that stays when something is broken; its servers do not wait for the disk.

    A closed city leaves the screens when agents forget it.
    """
    directory = settings.state_dir.resolve() / "soak" / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    own = settings.model_copy(update={"postgres_url": None, "redis_url": None, "kafka_bootstrap": None})
    env = {"TRACK_RETAIN_CLOSED_HOURS": f"{REST_MS / 3_600_000:g}"}
    with ExitStack() as leaving:
        up = leaving.enter_context(stack.running(own, directory, env=env, more=_board))
        ports = {name: remembered_port(directory, name) or 0 for name in (*ROLES, "dashboard")}
        watch = Watch(up.settings, {role: health_url(ports[role]) for role in ROLES})
        leaving.callback(watch.close)
        session = Session(f"http://127.0.0.1:{ports['dashboard']}")
        session.start()
        leaving.callback(session.stop)
        yield up, watch, session


def _board(settings: Settings, ready: Servers) -> list[Service]:
    port = pick_port(corner(settings.state_dir) + BOARD_PORT, settings.state_dir, "dashboard")
    return [board(settings, ready, port)]


def told(report: dict[str, Any]) -> list[str]:
    """The report for a reader."""
    asked, found = report["asked"], report["letters"]
    fed = f"{asked['drivers']} drivers and {asked['orders_per_hour']} orders an hour at {asked['speed']:g}×"
    session = report["board"]
    return [
        f"{asked['minutes']:g} min, {len(report['cities'])} cities of {report['city_minutes']:g} min, {fed}",
        f"{'memory in MB':<18} {'first':>8} {'last':>8} {'most':>8}   MB/h, and 95 % of what it can be",
        *(_memory(name, report["levels"][name], slope) for name, slope in report["memory"].items()),
        _settled(report["settled_s"]),
        f"{'lag':<18} {'p95':>8} {'most':>8}   p95 of the first and of the last third",
        *(_lag(f"{role}, records", one) for role, one in report["lag_records"].items()),
        *(_lag(f"{agent}, s", one) for agent, one in report["lag_seconds"].items()),
        f"dead letters: {found.written}, garbage sent: {found.expected}",
        f"the board: {session['runs']} runs of one open session, link lost {session['lost']} times",
        f"Postgres: {', '.join(f'{name} {mb:g} MB' for name, mb in report['tables'].items())}",
        *(_city(one) for one in report["cities"]),
        *(f"BROKEN  {line}" for line in report["broken"]),
    ]


def plain(one: Any) -> Any:
    """As JSON can say it, every figure by its name."""
    if isinstance(one, dict):
        return {name: plain(value) for name, value in one.items()}
    if hasattr(one, "_asdict"):
        return plain(one._asdict())
    return [plain(value) for value in one] if isinstance(one, list) else one


def _memory(name: str, level: dict[str, float], slope: judge.Slope | None) -> str:
    figures = f"{name:<18} {level['first']:>8.1f} {level['last']:>8.1f} {level['most']:>8.1f}"
    if slope is None:
        return f"{figures}   too short for a slope"
    judged = "" if name in JUDGED else "   not judged"
    return f"{figures}   {slope.mb_per_hour:+.1f} ({slope.low:+.1f} to {slope.high:+.1f}){judged}"


def _settled(seconds: float | None) -> str:
    if seconds is None:
        return "no closed city had left memory and screens by the end: growth is shown, and not judged"
    return f"growth is that after {seconds / 60:.1f} min, when the first closed city had left memory and screens"


def _lag(name: str, one: judge.Lag | None) -> str:
    if one is None:
        return f"{name:<18} too few samples"
    return f"{name:<18} {one.p95:>8.2f} {one.most:>8.2f}   {one.first_p95:.2f} and {one.last_p95:.2f}"


def _city(one: dict[str, Any]) -> str:
    retired = ", its live views are gone by now" if one["retired"] else ""
    return f"{one['city']}: {one['facts']} facts reconciled, {one['drift']} of them drift{retired}"
