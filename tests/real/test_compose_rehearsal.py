"""`docker compose up`, rehearsed: no engine is needed to learn that a command, an address or a health check is wrong."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from infra.local import servers as local
from infra.local import valkey as programs
from infra.local.postgres import binaries
from infra.local.servers import Servers
from models.settings import Settings
from tests.real import compose
from tests.real.rehearsal import Failed, Stage, free_port, furnish, rehearsal, stage

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

WELL_SECONDS, SOON_SECONDS = 45.0, 6.0
PATIENT = Retry(ConstantBackoff(0.1), 50)
FEW_DRIVERS = {"DRIVERS": "30"}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Our own, whatever the environment names: they get the passwords of the compose file."""
    own = Settings(postgres_url=None, redis_url=None, kafka_bootstrap=None)
    with local.running(own, tmp_path_factory.mktemp("stores"), fast=True) as running:
        furnish(compose.services(), running)
        yield running


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose.image_tree(tmp_path_factory.mktemp("app"))


@pytest.fixture
def on(servers: Servers, image: Path, tmp_path: Path) -> Stage:
    return stage(compose.services(), servers, image, tmp_path)


def test_every_part_comes_up_is_well_and_stops_within_its_grace(
    on: Stage, record_property: Callable[[str, object], None]
) -> None:
    before, began = _files(on.image), time.monotonic()
    with rehearsal(compose.services(**FEW_DRIVERS), on) as one:
        one.up()
        one.until_well("check", WELL_SECONDS)
        record_property("figure", f"well after {time.monotonic() - began:.0f} s")
        one.stop()

    assert _files(on.image) == before, "a container's file system is read-only but for /tmp"


@pytest.mark.parametrize(
    ("service", "variable", "value"),
    [
        ("migrate", "TRACK_POSTGRES_URL", "postgresql://track:another@postgres:5432/track"),
        ("topics", "TRACK_KAFKA_BOOTSTRAP", None),
        ("positions", "TRACK_REDIS_URL", None),
        ("insights", "TRACK_DEAD_LETTER_BUDGET", "many"),
        ("dashboard", "TRACK_POSTGRES_URL", "localhost"),
    ],
)
def test_a_wrong_environment_is_found_and_its_service_named(
    service: str, variable: str, value: str | None, on: Stage
) -> None:
    plan = compose.services()
    del plan[service]["environment"][variable]
    if value is not None:
        plan[service]["environment"][variable] = value
    with rehearsal(plan, on) as one, pytest.raises(Failed, match=r"ended with [12]") as failed:
        one.up(service)

    assert failed.value.name == service


def test_a_simulator_with_a_wrong_environment_is_named_though_it_has_no_health_check(on: Stage) -> None:
    plan = compose.services(**FEW_DRIVERS)
    del plan["simulator"]["environment"]["TRACK_KAFKA_BOOTSTRAP"]
    with rehearsal(plan, on) as one:
        one.up()
        with pytest.raises(Failed, match=r"ended with [12]") as failed:
            one.until_well("check", WELL_SECONDS)

    assert failed.value.name == "simulator"


def test_a_health_check_that_asks_at_a_wrong_port_is_found(on: Stage) -> None:
    board = compose.services()["dashboard"] | {"depends_on": {}}
    board["healthcheck"]["test"] = [word.replace("8501", "8502") for word in board["healthcheck"]["test"]]
    with (
        rehearsal({"dashboard": board}, on, SOON_SECONDS) as one,
        pytest.raises(Failed, match="is not healthy") as failed,
    ):
        one.up()

    assert failed.value.name == "dashboard"


def test_a_check_that_asks_at_a_wrong_address_does_not_end_well(on: Stage) -> None:
    plan = compose.services()
    plan["check"]["environment"]["TRACK_WORKER_URLS"] = '{"city": "http://town:6066/healthz"}'
    with rehearsal(plan, on) as one, pytest.raises(Failed, match="town:6066"):
        one.until_well("check", 0)


def test_postgres_is_asked_whether_it_is_ready_as_the_compose_file_does(on: Stage) -> None:
    kind, program, *words = compose.services()["postgres"]["healthcheck"]["test"]
    port = on.addresses["postgres:5432"].partition(":")[2]

    assert kind == "CMD"
    assert subprocess.run([binaries() / program, *words], env={"PGPORT": port}).returncode == 0


def test_valkey_as_the_compose_file_starts_it_asks_for_the_password(tmp_path: Path) -> None:
    valkey, port = compose.services()["valkey"], free_port()
    argv = [word.replace("/data", str(tmp_path)).replace("6379", port) for word in valkey["command"]]
    path = f"{programs.binary().parent}:{os.environ['PATH']}"
    with subprocess.Popen(argv, env=valkey["environment"] | {"PATH": path}, stdout=subprocess.DEVNULL) as server:
        try:
            with redis.Redis(port=int(port), password=compose.PASSWORDS["VALKEY_PASSWORD"], retry=PATIENT) as client:
                assert client.config_get("appendonly") == {"appendonly": "yes"}
            with redis.Redis(port=int(port)) as stranger, pytest.raises(redis.AuthenticationError):
                stranger.ping()
            assert compose.PASSWORDS["VALKEY_PASSWORD"] not in Path(f"/proc/{server.pid}/cmdline").read_text()
        finally:
            server.terminate()


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}
