"""infra/local/servers.py against the real PostgreSQL, Valkey and Kafka that it starts."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError
from redis import Redis
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.local import identity, jars
from infra.local.errors import OtherPostgres, StateDirClosed, StateDirInUse
from infra.local.identity import Identity
from infra.local.launcher import Service
from infra.local.postgres import postgres
from infra.local.servers import Servers, running, servers
from models.settings import Settings

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

EMBEDDED = Settings.model_validate({"postgres_url": None, "redis_url": None, "kafka_bootstrap": None})
ONLY_POSTGRES = EMBEDDED.model_copy(update={"redis_url": "redis://127.0.0.1:1/0", "kafka_bootstrap": "127.0.0.1:1"})
NOT_YET = (AssertionError, psutil.Error, OSError)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def write(to: Servers, word: str) -> None:
    """The word into each of the three, acknowledged."""
    with psycopg.connect(to.postgres_url) as connection:
        connection.execute("create table if not exists words (word text)")
        connection.execute("insert into words values (%s)", [word])
    with Redis.from_url(to.redis_url) as redis:
        redis.rpush("words", word)
    with closing(KafkaAdminClient(bootstrap_servers=to.kafka_bootstrap)) as admin:
        if "words" not in admin.list_topics():
            admin.create_topics([NewTopic("words", num_partitions=1, replication_factor=1)])
    with closing(KafkaProducer(bootstrap_servers=to.kafka_bootstrap, acks="all")) as producer:
        producer.send("words", word.encode()).get(timeout=60)


def read(of: Servers) -> dict[str, list[str]]:
    """What each of the three holds, in order."""
    with psycopg.connect(of.postgres_url) as connection:
        in_postgres = [str(word) for (word,) in connection.execute("select word from words")]
    with Redis.from_url(of.redis_url, decode_responses=True) as redis:
        in_valkey = redis.lrange("words", 0, -1)
    partition = TopicPartition("words", 0)
    with closing(KafkaConsumer(bootstrap_servers=of.kafka_bootstrap, consumer_timeout_ms=10_000)) as consumer:
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        in_kafka = [next(consumer).value.decode() for _ in range(end)]
    return {"postgres": in_postgres, "valkey": list(in_valkey), "kafka": in_kafka}


def patiently() -> Retrying:
    return Retrying(
        stop=stop_after_delay(60),
        wait=wait_fixed(0.05),
        retry=retry_if_exception_type(NOT_YET),
        reraise=True,
    )


def everywhere(*words: str) -> dict[str, list[str]]:
    return {name: list(words) for name in ("postgres", "valkey", "kafka")}


def process_of(name: str, state_dir: Path) -> psutil.Process:
    """The embedded server `name` of this test: each works in its own folder."""
    for attempt in patiently():
        with attempt:
            mine = [child for child in psutil.Process().children() if child.cwd() == str(state_dir / name)]
            assert len(mine) == 1
    return mine[0]


def crash(name: str, state_dir: Path) -> None:
    """Kills a server, and returns when the launcher has started another."""
    before = process_of(name, state_dir)
    before.kill()
    for attempt in patiently():
        with attempt:
            assert process_of(name, state_dir).pid != before.pid


def wait_until_ready(up: Servers) -> None:
    for service in up.services:
        for attempt in patiently():
            with attempt:
                assert asyncio.run(is_ready(service))


async def is_ready(service: Service) -> bool:
    return service.ready is not None and await service.ready()


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory that every user can reach, unlike pytest's own."""
    with TemporaryDirectory(prefix="track-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container under Docker's default seccomp profile."""
    monkeypatch.setattr(identity, "namespaces_work", lambda: False)


@pytest.fixture
def shared_jars(open_dir: Path) -> Path:
    """Kafka's jars where every user can read them."""
    folder = open_dir / "jars"
    folder.mkdir()
    for path in jars.jars():
        shutil.copy(path, folder)
    return folder


def test_data_and_addresses_survive_a_restart(tmp_path: Path) -> None:
    """What `track up` held yesterday it holds today, in the same places."""
    with running(EMBEDDED, tmp_path) as first:
        write(first, "yesterday")
    with running(EMBEDDED, tmp_path) as second:
        write(second, "today")

        assert read(second) == everywhere("yesterday", "today")
    assert second.env == first.env


@pytest.mark.parametrize("fast", [False, True])
def test_data_survive_a_kill_9_of_every_server(tmp_path: Path, fast: bool) -> None:
    """All three come back by themselves, with what they had acknowledged."""
    with running(EMBEDDED, tmp_path, fast=fast) as up:
        write(up, "before")
        for name in up.names:
            crash(name, tmp_path)
        wait_until_ready(up)
        write(up, "after")

        assert read(up) == everywhere("before", "after")


def test_kafka_creates_no_topic_by_itself_and_is_ready_when_it_says_so(tmp_path: Path) -> None:
    """A mistyped topic is an error; the first command after the start is answered."""
    with (
        running(EMBEDDED, tmp_path, fast=True) as up,
        closing(KafkaAdminClient(bootstrap_servers=up.kafka_bootstrap)) as admin,
        closing(KafkaProducer(bootstrap_servers=up.kafka_bootstrap, max_block_ms=1000)) as producer,
    ):
        admin.create_topics([NewTopic("declared", num_partitions=3, replication_factor=1)])
        with pytest.raises(KafkaError):
            producer.send("mistyped", b"x").get(timeout=5)

        assert admin.list_topics() == ["declared"]


def test_postgres_is_at_home_in_utc_and_utf8(postgres_url: str) -> None:
    """The settings that decisions and text depend on."""
    with psycopg.connect(postgres_url) as connection:
        shown = {
            name: connection.execute(f"show {name}").fetchone()
            for name in ("timezone", "server_encoding", "max_connections", "fsync", "listen_addresses")
        }
        [version] = connection.execute("select current_setting('server_version_num')::int / 10000").fetchone() or ()

    assert shown == {
        "timezone": ("UTC",),
        "server_encoding": ("UTF8",),
        "max_connections": ("100",),
        "fsync": ("on",),
        "listen_addresses": ("127.0.0.1",),
    }
    assert version == 18


@pytest.fixture
def postgres_url(tmp_path: Path) -> Iterator[str]:
    """PostgreSQL alone: the other two are somebody else's here."""
    with running(ONLY_POSTGRES, tmp_path) as up:
        yield up.postgres_url


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """`Popen` as a context waits for the end, and would wait for ten minutes when a test fails."""
    try:
        yield
    finally:
        process.kill()


def test_postgres_starts_though_its_pid_file_names_a_living_stranger(tmp_path: Path) -> None:
    """After a reboot, or in a new container, the old pid is another program's."""
    with running(ONLY_POSTGRES, tmp_path):
        pid_file = (tmp_path / "postgres/postmaster.pid").read_text()
    with subprocess.Popen(["sleep", "600"]) as stranger, ended(stranger):
        (tmp_path / "postgres/postmaster.pid").write_text(pid_file.replace(pid_file.split()[0], str(stranger.pid), 1))
        with running(ONLY_POSTGRES, tmp_path) as up, psycopg.connect(up.postgres_url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_postgres_comes_back_though_a_killed_one_left_a_session_at_work(tmp_path: Path) -> None:
    """Such a session learns nothing of its postmaster's death and would keep the next one from starting."""
    with running(ONLY_POSTGRES, tmp_path) as up:
        busy = psycopg.connect(up.postgres_url)
        session = psutil.Process(busy.info.backend_pid)
        work = threading.Thread(target=run_until_cut_off, args=(busy,))
        work.start()
        for attempt in patiently():
            with attempt:
                assert session.cpu_times().user > 0.1
        crash("postgres", tmp_path)
        work.join(30)

        assert not session.is_running()
        wait_until_ready(up)


def run_until_cut_off(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(psycopg.OperationalError):
        connection.execute("do $$ begin loop end loop; end $$")


def test_data_of_another_major_version_are_refused_by_name(tmp_path: Path) -> None:
    """Before PostgreSQL is started five times in vain."""
    postgres(tmp_path, 1, fast=True)
    (tmp_path / "postgres/PG_VERSION").write_text("15\n")

    with pytest.raises(OtherPostgres, match="written by PostgreSQL 15, and this one is 18"):
        postgres(tmp_path, 1, fast=True)


def test_a_first_start_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    """Half a cluster is never taken for a whole one."""
    (tmp_path / "postgres.unfinished").mkdir()
    (tmp_path / "postgres.unfinished/PG_VERSION").write_text("18\n")

    with running(ONLY_POSTGRES, tmp_path) as up, psycopg.connect(up.postgres_url) as connection:
        assert connection.execute("select current_database()").fetchone() == ("track",)


def test_taken_ports_are_stepped_over(tmp_path: Path) -> None:
    """A developer's own servers go on, and ours start beside them."""
    with running(EMBEDDED, tmp_path, fast=True) as up:
        usual = up.env
    port = int(usual["TRACK_KAFKA_BOOTSTRAP"].split(":")[1])
    with socket.create_server(("127.0.0.1", port)), running(EMBEDDED, tmp_path, fast=True) as up:
        write(up, "elsewhere")

        assert read(up) == everywhere("elsewhere")
    assert up.kafka_bootstrap != usual["TRACK_KAFKA_BOOTSTRAP"]
    assert up.postgres_url == usual["TRACK_POSTGRES_URL"]


def test_addresses_in_the_settings_replace_the_embedded_servers(tmp_path: Path) -> None:
    """Compose and a company's own servers: nothing is started for those."""
    addresses = {"postgres_url": "postgresql://a@b/c", "redis_url": "rediss://d:1/0", "kafka_bootstrap": "e:2,f:3"}
    external = servers(Settings.model_validate(addresses), tmp_path)
    external.close()

    assert external.names == ()
    assert external.env == {
        "TRACK_POSTGRES_URL": "postgresql://a@b/c",
        "TRACK_REDIS_URL": "rediss://d:1/0",
        "TRACK_KAFKA_BOOTSTRAP": "e:2,f:3",
    }


def test_a_second_stack_in_the_same_place_is_refused(tmp_path: Path) -> None:
    """Before it touches anything, and with the pid to stop."""
    with running(ONLY_POSTGRES, tmp_path), pytest.raises(StateDirInUse, match=f"pid {os.getpid()}"):
        servers(EMBEDDED, tmp_path)


@as_root
@pytest.mark.usefixtures("no_namespaces")
def test_root_without_namespaces_runs_postgres_as_nobody(open_dir: Path) -> None:
    """Data that root's namespace wrote before are handed over."""
    namespace = Identity(prefix=identity.NAMESPACE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.local.postgres.identity_for", lambda data: namespace)
        postgres(open_dir, 1, fast=True)
    with running(ONLY_POSTGRES, open_dir) as up, psycopg.connect(up.postgres_url) as connection:
        connection.execute("select 1")

        assert process_of("postgres", open_dir).username() == "nobody"


@as_root
@pytest.mark.usefixtures("no_namespaces")
def test_programs_that_nobody_cannot_reach_are_copied(open_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment under /root is closed to everybody else."""
    from infra.local import postgres as module

    package = module.binaries().parents[1]
    closed = open_dir / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package, closed / package.name, symlinks=True)
    shutil.copytree(f"{package}.libs", closed / f"{package.name}.libs")
    monkeypatch.setattr(module, "binaries", lambda: closed / package.name / "pginstall/bin")
    with running(ONLY_POSTGRES, open_dir) as up, psycopg.connect(up.postgres_url) as connection:
        connection.execute("select 1")

        assert process_of("postgres", open_dir).exe().startswith(f"{open_dir}/programs/")


@as_root
@pytest.mark.usefixtures("no_namespaces")
def test_a_state_dir_that_nobody_can_enter_is_refused_with_the_cure(tmp_path: Path) -> None:
    """pytest's directories are root's alone."""
    with pytest.raises(StateDirClosed, match="TRACK_STATE_DIR"):
        servers(ONLY_POSTGRES, tmp_path)


ORDINARY = """
import sys, os, psycopg
from pathlib import Path
from infra.local.servers import running
from models.settings import Settings
with running(Settings(postgres_url=None, redis_url=None, kafka_bootstrap=None), Path(sys.argv[1])) as up:
    with psycopg.connect(up.postgres_url) as connection:
        print(os.geteuid(), connection.execute("select 'up'").fetchone(), *up.names)
"""


def interpreter_for_all() -> str:
    """A Python of our version that an ordinary user may run: pyenv's under /root is closed."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (os.path.realpath(sys.executable), f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        if Identity(user="nobody").may_execute(Path(found)):
            return found
    pytest.skip(f"no {version} that an ordinary user may run")


@as_root
@pytest.mark.parametrize("uid", [65534, 12345], ids=["nobody", "a uid without a name"])
def test_an_ordinary_user_can_run_all_three(open_dir: Path, shared_jars: Path, uid: int) -> None:
    """No step needs root."""
    home = open_dir / "home"
    home.mkdir()
    os.chown(home, uid, uid)
    paths = [str(Path(jars.__file__).parents[2]), *(path for path in sys.path if path.endswith("site-packages"))]
    environment = {"HOME": str(home), "PYTHONPATH": os.pathsep.join(paths), "TRACK_JARS_DIR": str(shared_jars)}
    command = [interpreter_for_all(), "-c", ORDINARY, str(home / "state")]
    ended = subprocess.run(
        command,
        env=environment | {"PATH": os.environ["PATH"]},
        cwd=home,
        user=uid,
        group=uid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.stdout == f"{uid} ('up',) postgres valkey kafka\n", ended.stderr
