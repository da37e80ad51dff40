"""infra/local/launcher.py as a process of its own, with the real servers: nothing is left, however it ends."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGSTOP, SIGTERM
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

STACK = """
import asyncio, json, sys
from pathlib import Path
from infra.local import identity
from infra.local.launcher import Launcher, Service
from infra.local.log import LogWriter
from infra.local.servers import servers
from models.settings import Settings

if sys.argv[2] == "nobody":
    identity.namespaces_work = lambda: False
settings = Settings.model_validate({"postgres_url": None, "redis_url": None, "kafka_bootstrap": None})
embedded = servers(settings, Path(sys.argv[1]), fast=True)
deaf = '''
import pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
while True: signal.pause()
'''
is_deaf = Path(sys.argv[1], "deaf")
is_deaf.unlink(missing_ok=True)

async def ready():
    return is_deaf.exists()

command = [sys.executable, "-c", deaf, str(is_deaf)]
worker = Service("worker", command, needs=embedded.names, ready=ready, grace_seconds=0.5)

async def when_up():
    print(json.dumps(embedded.env), flush=True)

sys.exit(asyncio.run(Launcher([*embedded.services, worker], LogWriter(sys.stderr)).run(when_up)))
"""


@contextmanager
def stack(state_dir: Path, postgres_as: str = "namespace") -> Iterator[tuple[psutil.Popen, dict[str, str]]]:
    """A launcher process whose services are all up, and their addresses."""
    command = [sys.executable, "-c", STACK, str(state_dir), postgres_as]
    with (state_dir / "stack.log").open("w") as log:
        launcher = psutil.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        try:
            said = launcher.stdout.readline()
            assert said, (state_dir / "stack.log").read_text()
            yield launcher, json.loads(said)
        finally:
            with suppress(psutil.NoSuchProcess):
                launcher.kill()
            launcher.wait(10)
            launcher.stdout.close()


def family(launcher: psutil.Popen) -> list[psutil.Process]:
    found = launcher.children(recursive=True)
    assert {"postgres", "java", "valkey-server"} <= {process.name() for process in found}
    return list(found)


def nobody_survives(processes: list[psutil.Process]) -> None:
    """Waits until all are gone; a zombie that init has yet to collect is gone."""
    retrying = Retrying(
        stop=stop_after_delay(15), wait=wait_fixed(0.05), retry=retry_if_exception_type(AssertionError), reraise=True
    )
    for attempt in retrying:
        with attempt:
            assert [process for process in processes if alive(process)] == []


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def busy_session(postgres_url: str) -> Iterator[None]:
    """A session in an endless computation, that does not look up."""
    connection = psycopg.connect(postgres_url, autocommit=True)
    connection.pgconn.send_query(b"do $$ begin loop end loop; end $$")
    yield
    connection.close()


def modes() -> list[str]:
    return ["namespace", "nobody"] if os.geteuid() == 0 else ["namespace"]


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A directory that `nobody` can reach, unlike pytest's own."""
    with TemporaryDirectory(prefix="track-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.mark.parametrize("postgres_as", modes())
def test_nothing_survives_a_kill_9_of_the_launcher(
    state_dir: Path, postgres_as: str, record_property: Callable[[str, object], None]
) -> None:
    """Neither a worker that is deaf to SIGTERM nor a PostgreSQL session deep in a query; then all starts again."""
    with stack(state_dir, postgres_as) as (launcher, env), busy_session(env["TRACK_POSTGRES_URL"]):
        processes = family(launcher)
        launcher.send_signal(SIGKILL)
        since = time.monotonic()

        nobody_survives(processes)
        record_property("figure", f"gone after {time.monotonic() - since:.1f} s")
    with stack(state_dir, postgres_as) as (launcher, again):
        assert again == env


@pytest.mark.parametrize("signal", [SIGINT, SIGTERM])
def test_a_signal_ends_everything_in_order_and_with_0(state_dir: Path, signal: int) -> None:
    """The worker, which does not listen, is killed after its grace; the servers then end by themselves."""
    with stack(state_dir) as (launcher, _):
        processes = family(launcher)
        launcher.send_signal(signal)

        assert launcher.wait(30) == 0
        nobody_survives(processes)
    log = (state_dir / "stack.log").read_text()
    assert "worker   | did not stop within 0.5 s and is killed" in log
    assert "database system is shut down" in log


def test_a_stopped_worker_does_not_survive_either(state_dir: Path) -> None:
    """A process that SIGSTOP holds still gets the SIGKILL of its launcher's death."""
    with stack(state_dir) as (launcher, _):
        processes = family(launcher)
        [worker] = [process for process in processes if process.name().startswith("python")]
        worker.send_signal(SIGSTOP)
        launcher.send_signal(SIGKILL)

        nobody_survives(processes)


def test_a_second_launcher_on_the_same_state_is_refused_with_the_pid_of_the_first(state_dir: Path) -> None:
    """And the first does not notice."""
    with stack(state_dir) as (launcher, env):
        command = [sys.executable, "-c", STACK, str(state_dir), "namespace"]
        second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

        assert second.returncode != 0
        assert f"another launcher is running, pid {launcher.pid}" in second.stderr
        psycopg.connect(env["TRACK_POSTGRES_URL"]).close()
