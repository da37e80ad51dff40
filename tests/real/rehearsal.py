"""the resolved compose file → here → its services of ours as plain processes, against servers without containers.

What stands for what is in `Stage`, all of it: a process has the environment that its container would have, nothing else.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from signal import SIGKILL
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from infra.local.servers import Servers
from tests.real import compose
from tests.real.compose import Plan

ASKED_EVERY_SECONDS = 0.2


class Failed(Exception):
    """A service did not do what the compose file expects of it."""

    def __init__(self, name: str, what: str, said: str = "") -> None:
        super().__init__(f"{name} {what}\n{said[-2000:]}")
        self.name = name


@dataclass(frozen=True)
class Stage:
    """Where a container's words lead here: its neighbours' addresses, its own port, its wildcard, its folders."""

    addresses: Mapping[str, str]
    own_ports: Mapping[str, str]
    image: Path
    folder: Path

    def here(self, name: str, words: str) -> str:
        """A word of the service's command, environment or health check, as it is on this machine.

        An address that no service listens at stays as it is, and so leads nowhere.
        """
        here = re.sub(r"(?<![\w.-])[\w-]+:\d+", lambda found: self.addresses.get(found[0], found[0]), words)
        own = {w: o for w, o in self.own_ports.items() if w.startswith(f"{name}:")}
        for address, port in own.items():
            inside = address.partition(":")[2]
            here = port if here == inside else here.replace(f"127.0.0.1:{inside}", f"127.0.0.1:{port}")
        places = {"0.0.0.0": "127.0.0.1", "/opt/track": sys.prefix, "/app": self.image, "/tmp": self.folder / name}
        return re.sub(r"(?<![\w/.-])(0\.0\.0\.0|/opt/track|/app|/tmp)(?![\w.-])", lambda f: str(places[f[0]]), here)


def stage(plan: Plan, servers: Servers, image: Path, folder: Path) -> Stage:
    """Every address of the compose network: the three stores' are the servers', ours get free ports."""
    stores = {
        "postgres:5432": urlsplit(servers.postgres_url).netloc.rpartition("@")[2],
        "valkey:6379": urlsplit(servers.redis_url).netloc,
        "kafka:9092": servers.kafka_bootstrap,
    }
    own = {f"{name}:{port}": free_port() for name, one in compose.ours(plan).items() for port in _ports(one)}
    return Stage(stores | {w: f"127.0.0.1:{port}" for w, port in own.items()}, own, image, folder)


def furnish(plan: Plan, servers: Servers) -> None:
    """What the stores' images do with their environment: a user, and passwords that are asked for."""
    asked = plan["postgres"]["environment"]
    user, password = sql.Identifier(asked["POSTGRES_USER"]), sql.Literal(asked["POSTGRES_PASSWORD"])
    with psycopg.connect(servers.postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create role {} superuser login password {}").format(user, password))
        found = connection.execute("show hba_file").fetchone()
        assert found is not None
        rules = Path(found[0])
        rules.write_text(f"host all {asked['POSTGRES_USER']} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        connection.execute("select pg_reload_conf()")
    with redis.Redis.from_url(servers.redis_url) as client:
        client.config_set("requirepass", plan["valkey"]["environment"]["REDISCLI_AUTH"])


@dataclass
class Rehearsal:
    """`up` as `docker compose up` would: each service once what it depends on is as the file says."""

    plan: Plan
    stage: Stage
    patience: float = 45.0
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def up(self, *names: str) -> None:
        """Starts these, or all that is in no profile, and what they depend on. Raises Failed, naming the service."""
        wanted = set(names) or {name for name, one in self.plan.items() if not one.get("profiles")}
        while more := {on for name in wanted for on in self.plan[name].get("depends_on", {})} - wanted:
            wanted |= more
        order = TopologicalSorter({name: self.plan[name].get("depends_on", {}) for name in wanted})
        order.prepare()
        with ThreadPoolExecutor() as pool:
            while order.is_active():
                names = order.get_ready()
                list(pool.map(self._as_expected, [n for n in names if n in compose.ours(self.plan)]))
                order.done(*names)

    def until_well(self, name: str, seconds: float) -> str:
        """Runs a service that ends again and again, until it ends well; what it said. Raises Failed."""
        until = time.monotonic() + seconds
        while self._start(name).wait() != 0:
            self._none_has_ended()
            if time.monotonic() > until:
                raise Failed(name, f"did not end well within {seconds:.0f} s", self._said(name))
        return self._said(name).splitlines()[-1]

    def stop(self) -> None:
        """SIGTERM to one after the other, latest first. Raises Failed for one that the engine would have to kill."""
        for name, process in reversed(self.processes.items()):
            grace = compose.seconds(self.plan[name].get("stop_grace_period", "10s"))  # Compose's own
            process.terminate()
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired as error:
                raise Failed(name, f"did not stop within {grace:.0f} s", self._said(name)) from error

    def kill(self) -> None:
        """Nothing is left, whatever happened."""
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, SIGKILL)
                process.wait()

    def _as_expected(self, name: str) -> None:
        process, one = self._start(name), self.plan[name]
        if one["restart"] == "no":
            self._until_done(name, process)
        elif "healthcheck" in one:
            self._until_healthy(name, process)

    def _until_done(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        try:
            code = process.wait(self.patience)
        except subprocess.TimeoutExpired as error:
            raise Failed(name, f"did not end within {self.patience:.0f} s", self._said(name)) from error
        if code:
            raise Failed(name, f"ended with {code}", self._said(name))

    def _until_healthy(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        kind, *test = self.plan[name]["healthcheck"]["test"]
        argv = [self.stage.here(name, word) for word in (test if kind == "CMD" else ["sh", "-c", *test])]
        until = time.monotonic() + self.patience
        while (asked := subprocess.run(argv, env=self._environment(name), capture_output=True, text=True)).returncode:
            if process.poll() is not None:
                raise Failed(name, f"ended with {process.returncode} before it was healthy", self._said(name))
            if time.monotonic() > until:
                raise Failed(name, f"is not healthy after {self.patience:.0f} s", asked.stderr + self._said(name))
            time.sleep(ASKED_EVERY_SECONDS)

    def _none_has_ended(self) -> None:
        for name, process in self.processes.items():
            if self.plan[name]["restart"] != "no" and process.poll() is not None:
                raise Failed(name, f"ended with {process.returncode}", self._said(name))

    def _start(self, name: str) -> "subprocess.Popen[bytes]":
        folder = self.stage.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        argv = [self.stage.here(name, word) for word in [*compose.entrypoint(), *self.plan[name]["command"]]]
        with (folder / "said").open("ab") as said:
            self.processes[name] = subprocess.Popen(
                argv,
                cwd=self.stage.image,
                env=self._environment(name),
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        return self.processes[name]

    def _environment(self, name: str) -> dict[str, str]:
        image = dict(pair.split("=", 1) for line in compose.instructions("ENV") for pair in line.split())
        given = image | {k: str(v) for k, v in self.plan[name].get("environment", {}).items()}
        here = {variable: self.stage.here(name, value) for variable, value in given.items()}
        return here | {"PATH": here["PATH"].replace("$PATH", os.environ["PATH"])}

    def _said(self, name: str) -> str:
        return (self.stage.folder / name / "said").read_text(errors="replace")


@contextmanager
def rehearsal(plan: Plan, on: Stage, patience: float = 45.0) -> Iterator[Rehearsal]:
    """A rehearsal that leaves no process behind."""
    one = Rehearsal(plan, on, patience)
    try:
        yield one
    finally:
        one.kill()


def _ports(service: Mapping[str, Any]) -> list[str]:
    """What a service of ours listens on: a worker's pages, or what is published."""
    worker = service.get("environment", {}).get("TRACK_WORKER_PORT")
    return [*([worker] if worker else []), *(str(port["target"]) for port in service.get("ports", ()))]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
