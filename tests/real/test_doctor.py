"""infra/doctor/ on this machine and on real servers: what runs is found well, and what is wrong with another's is named."""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis
from typer.testing import CliRunner

from infra import kafka_connection, topics
from infra.doctor import programs, servers
from infra.doctor.examination import checks, found, secrets
from infra.doctor.finding import Finding
from infra.local import identity
from infra.local.servers import Servers, running
from infra.track import app
from models.migrations import upgrade
from models.settings import Settings

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

PASSWORD = "correct-horse%40battery"
NOWHERE = {"postgres_url": None, "redis_url": None, "kafka_bootstrap": None}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running(Settings.model_validate(NOWHERE), tmp_path_factory.mktemp("doctor"), fast=True) as one:
        yield one


def examined(state_dir: Path, **addresses: Any) -> dict[str, list[Finding]]:
    """The findings by their check."""
    settings = Settings.model_validate({**NOWHERE, "state_dir": state_dir, **addresses})
    all_of_them = found(checks(settings), secrets(settings))
    return {name: [one for one in all_of_them if one.check == name] for name in {one.check for one in all_of_them}}


def test_this_machine_can_run_the_stack_and_it_is_said_within_three_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """As a person asks it, but for starting Python; three seconds are for a machine that does nothing else."""
    for name in NOWHERE:
        monkeypatch.delenv(f"TRACK_{name.upper()}", raising=False)
    monkeypatch.setenv("TRACK_STATE_DIR", str(tmp_path / "state"))
    out, began = tmp_path / "report.json", time.monotonic()
    ran = CliRunner().invoke(app, ["doctor", "--json", str(out)])
    seconds = time.monotonic() - began
    record_property("figure", f"{seconds:.1f} s")
    report = json.loads(out.read_text())

    assert ran.exit_code == 0, ran.output
    assert {one["check"] for one in report} == {
        *("python", "wheels", "disk", "memory", "files", "ports", "clock", "postgres", "valkey", "jvm", "jars")
    }
    assert not (tmp_path / "state").exists(), "it looks, and makes nothing"
    assert seconds < 3 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_the_ports_of_the_stack_that_runs_are_its_own_and_its_clocks_are_ours(theirs: Servers) -> None:
    state_dir = Path(os.readlink(f"/proc/self/fd/{theirs.lock.descriptor}")).parent
    told = examined(state_dir)

    assert "this stack's own" in told["ports"][0].told
    assert "(kafka)" in told["ports"][0].told.split("this stack's own")[1]
    assert [one.level for one in told["clock"]] == ["ok", "ok", "ok"]


def test_servers_of_another_are_asked_for_what_the_stack_needs(theirs: Servers, tmp_path: Path) -> None:
    """First empty, then made ready; and nothing is asked of this machine that it need not have."""
    mine = {
        "postgres_url": theirs.postgres_url,
        "redis_url": theirs.redis_url,
        "kafka_bootstrap": theirs.kafka_bootstrap,
    }
    empty = examined(tmp_path, **mine)

    assert [(empty[name][0].level, empty[name][0].cure) for name in ("postgres", "kafka")] == [
        ("note", "`track migrate`"),
        ("note", "`track topics`"),
    ]
    assert empty.keys() & {"jvm", "jars", "valkey"} == set()

    upgrade(theirs.postgres_url)
    topics.create(kafka_connection.options(Settings.model_validate(mine)))
    ready = examined(tmp_path, **mine)

    assert [ready[name][0].level for name in ("postgres", "redis", "kafka")] == ["ok", "ok", "ok"]
    assert "PostgreSQL 18" in ready["postgres"][0].told
    assert "Valkey 9" in ready["redis"][0].told
    assert "Kafka 4." in ready["kafka"][0].told


def test_a_redis_that_drops_keys_is_told(theirs: Servers, tmp_path: Path) -> None:
    with Redis.from_url(theirs.redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        told = examined(tmp_path, redis_url=theirs.redis_url)["redis"][0]
        client.config_set("maxmemory-policy", "noeviction")

    assert (told.level, "allkeys-lru" in told.told) == ("note", True)


def test_servers_that_are_not_there_or_of_another_kind_are_trouble_and_no_password_is_shown(
    theirs: Servers, tmp_path: Path
) -> None:
    """Redis where PostgreSQL should be, PostgreSQL where Redis should be, and nobody at all."""
    redis_port, postgres_port = (
        theirs.redis_url.split(":")[-1].split("/")[0],
        theirs.postgres_url.split(":")[-1].split("/")[0],
    )
    swapped = {
        "postgres_url": f"postgresql://user:{PASSWORD}@127.0.0.1:{redis_port}/track",
        "redis_url": f"redis://:{PASSWORD}@127.0.0.1:{postgres_port}/0",
        "kafka_bootstrap": f"127.0.0.1:{postgres_port}",
    }
    nobody = {
        "postgres_url": f"postgresql://user:{PASSWORD}@127.0.0.1:1/track",
        "redis_url": f"redis://:{PASSWORD}@127.0.0.1:1/0",
        "kafka_bootstrap": "127.0.0.1:1",
    }
    for addresses in (swapped, nobody):
        told = examined(tmp_path, **addresses)
        assert [told[name][0].level for name in ("postgres", "redis", "kafka")] == ["trouble"] * 3, told
        assert "battery" not in str(told)


def test_a_wrong_password_is_not_shown(theirs: Servers, tmp_path: Path) -> None:
    wrong = theirs.redis_url.replace("//", f"//:{PASSWORD}@")
    with Redis.from_url(theirs.redis_url, single_connection_client=True) as client:
        client.config_set("requirepass", "another")
        told = examined(tmp_path, redis_url=wrong)["redis"][0]
        client.config_set("requirepass", "")

    assert (told.level, "battery" in str(told)) == ("trouble", False)


def test_a_database_that_is_not_there_is_named(theirs: Servers, tmp_path: Path) -> None:
    told = examined(tmp_path, postgres_url=theirs.postgres_url.replace("/track", "/elsewhere"))["postgres"][0]

    assert (told.level, "elsewhere" in told.told) == ("trouble", True)


def test_the_newest_revision_is_the_one_that_alembic_would_go_to(theirs: Servers) -> None:
    upgrade(theirs.postgres_url)
    with psycopg.connect(theirs.postgres_url) as connection:
        row = connection.execute("select version_num from alembic_version").fetchone()

    assert row == (servers.newest_revision(),)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_without_user_namespaces_root_has_postgres_run_as_nobody_and_may_lack_the_way_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker's default: pytest's own folders are root's alone."""
    monkeypatch.setattr(identity, "namespaces_work", lambda: False)
    [closed] = programs.postgres(tmp_path)

    assert (closed.level, "the user nobody" in closed.told) == ("trouble", True)
    assert "TRACK_STATE_DIR" in closed.cure

    [opened] = programs.postgres(Path("/var/lib/track-that-nobody-made"))
    assert (opened.level, "as the user nobody" in opened.told) == ("ok", True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give something away")
def test_looking_changes_no_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start would give root's data to the user `nobody`."""
    monkeypatch.setattr(identity, "namespaces_work", lambda: False)
    (tmp_path / "postgres").mkdir()
    programs.postgres(tmp_path)

    assert (tmp_path / "postgres").stat().st_uid == 0
