"""settings → here → a pipeline that runs: the servers, and our workers with their ports and probes, under one launcher."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from anyio.from_thread import start_blocking_portal

from infra import kafka_connection, topics
from infra.local.launcher import Launcher
from infra.local.log import LogWriter
from infra.local.ports import corner, pick_port
from infra.local.servers import Servers, servers
from infra.local.service import Service
from infra.web import health_url, works
from models.migrations import upgrade
from models.settings import Settings
from pipelines.roles import ROLES

FIRST_WORKER_PORT, SERVER_PORTS = 6066, 5
RESTARTS = 10
"""A worker that dies ten times within its first 30 s is broken, not unlucky."""


class Prepared:
    """Tables and topics, made once before the first worker starts, however many start at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.done, self.lock = settings, False, threading.Lock()

    def __call__(self) -> None:
        with self.lock:
            if not self.done:
                upgrade(str(self.settings.postgres_url))
                topics.create(kafka_connection.options(self.settings))
                self.done = True


@dataclass(frozen=True, slots=True)
class Stack:
    """A pipeline under a launcher that runs in a thread of its own: `call` runs the launcher's coroutines."""

    settings: Settings
    launcher: Launcher
    call: Callable[..., Any]


@contextmanager
def running(
    settings: Settings,
    state_dir: Path,
    names: tuple[str, ...] = tuple(ROLES),
    env: Mapping[str, str] = MappingProxyType({}),
    restarts: int = RESTARTS,
    fast: bool = True,
    more: Callable[[Settings, Servers], Sequence[Service]] = lambda settings, ready: (),
) -> Iterator[Stack]:
    """Servers, these workers and `more`, up until the block ends; what they say is in `state_dir/stack.log`.

    `fast`: the servers do not wait for the disk, since a test's data need not survive a power cut.
    """
    state_dir = state_dir.resolve()
    with closing(servers(settings, state_dir, fast=fast)) as ready, (state_dir / "stack.log").open("a") as log:
        found = connected(settings, ready, state_dir)
        prepared = Prepared(found)
        ports = corner(state_dir) + SERVER_PORTS
        crew = [worker(name, found, ready, prepared, restarts, env, ports) for name in names]
        launcher = Launcher([*ready.services, *crew, *more(found, ready)], LogWriter(log))
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(launcher):
            portal.call(launcher.wait_up)
            yield Stack(found, launcher, portal.call)


def connected(settings: Settings, ready: Servers, state_dir: Path) -> Settings:
    """The settings with the addresses of these servers."""
    there = {name.removeprefix("TRACK_").lower(): value for name, value in ready.env.items()}
    return Settings(**{**settings.model_dump(exclude_none=True), **there, "state_dir": state_dir})


def worker(
    name: str,
    settings: Settings,
    ready: Servers,
    prepared: Prepared,
    restarts: int = RESTARTS,
    env: Mapping[str, str] = MappingProxyType({}),
    first_port: int = FIRST_WORKER_PORT,
) -> Service:
    """The worker `role` or `role.ordinal`, a static member; ready when it is healthy and has partitions."""
    role, _, ordinal = name.partition(".")
    port = pick_port(first_port + 2 * list(ROLES).index(role) + int(ordinal or 1), settings.state_dir, name)
    own = {"TRACK_WORKER_INSTANCE": f"{role}.{ordinal or 1}", "TRACK_WORKER_PORT": str(port)}
    return Service(
        name=name,
        argv=track("worker", role),
        needs=ready.names,
        before=prepared,
        ready=partial(works, health_url(port)),
        env={**ready.env, **own, "TRACK_STATE_DIR": str(settings.state_dir), **env},
        restarts=restarts,
    )


def track(*words: str) -> list[str]:
    """The command line of one part: the same verbs that containers run."""
    return [sys.executable, "-m", "infra.track", *words]
