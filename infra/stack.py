"""settings, addresses → here → the services of our own: workers, feeder, dashboard, each with its port and its probe."""

import asyncio
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from infra.local.ports import pick_port
from infra.local.service import Service
from pipelines.roles import ROLES

FIRST_WORKER_PORT, DASHBOARD_PORT = 6066, 8501
PROBE_SECONDS = 2.0
RESTARTS = 10
"""A worker that dies ten times within its first 30 s is broken, not unlucky."""


def worker(
    role: str,
    state_dir: Path,
    addresses: Mapping[str, str],
    needs: tuple[str, ...] = (),
    ordinal: int = 1,
    restarts: int = RESTARTS,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Service:
    """One worker process, named `role` or `role.ordinal`; ready when it is healthy and has partitions."""
    name = role if ordinal == 1 else f"{role}.{ordinal}"
    port = pick_port(FIRST_WORKER_PORT + 10 * list(ROLES).index(role) + ordinal, state_dir, name)
    env = {"TRACK_WORKER_INSTANCE": f"{role}.{ordinal}", "TRACK_WORKER_PORT": str(port)}
    return Service(
        name=name,
        argv=track("worker", role),
        needs=needs,
        ready=partial(works, health_url(port)),
        env={**addresses, **env, "TRACK_STATE_DIR": str(state_dir), **more},
        restarts=restarts,
    )


def workers(
    state_dir: Path,
    addresses: Mapping[str, str],
    needs: tuple[str, ...] = (),
    more: Mapping[str, str] = MappingProxyType({}),
) -> list[Service]:
    """One worker a role."""
    return [worker(role, state_dir, addresses, needs, more=more) for role in ROLES]


def track(*words: str) -> list[str]:
    """The command line of one part: the same verbs that containers run."""
    return [sys.executable, "-m", "infra.track", *words]


def health_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/healthz"


async def works(url: str) -> bool:
    """Whether a worker says that it is healthy and was given partitions."""
    report = await asyncio.to_thread(ask, url)
    return bool(report and report["healthy"] and report["partitions"])


def ask(url: str) -> dict[str, Any] | None:
    """A worker's own report, also when it is unhealthy; None when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as unhealthy:
        return dict(json.load(unhealthy))
    except (OSError, ValueError):
        return None
