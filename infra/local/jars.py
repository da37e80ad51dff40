"""kafka.lock → here → Kafka's class path: 45 jars, 43 MB, each the very bytes that the lock names.

jgo knows where jars come from but checks no checksum of ours, so it only fetches. Every start hashes all of them:
0.03 s, and no marker file that could be wrong.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from platformdirs import user_cache_path
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from infra.local.errors import ChecksumMismatch, JarUnavailable

LOCK = Path(__file__).with_name("kafka.lock")
AT_ONCE = 8
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock, `group:artifact:version:sha256`."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def jars(cache: Path | None = None, lock: Path = LOCK) -> list[Path]:
    """The verified jars, in the lock's order; those that `cache` (or `cache_dir()`) lacks are fetched first.

    Raises ChecksumMismatch, JarUnavailable.
    """
    cache = cache or cache_dir()
    wanted = [Jar(*line.split(":")) for line in lock.read_text().split()]
    missing = [jar for jar in wanted if not (cache / jar.file).exists()]
    if missing:
        _fetch_all(missing, cache)
    paths = [cache / jar.file for jar in wanted]
    for jar, path in zip(wanted, paths, strict=True):
        verify(jar, path)
    return paths


def cache_dir() -> Path:
    """`TRACK_JARS_DIR`, else the user's cache folder: shared by all checkouts, so that a new clone fetches nothing."""
    chosen = os.environ.get("TRACK_JARS_DIR")
    return Path(chosen) if chosen else user_cache_path("track") / "jars"


def verify(jar: Jar, path: Path) -> None:
    """Raises ChecksumMismatch when `path` holds other bytes than the lock says."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != jar.sha256:
        raise ChecksumMismatch(path, jar.sha256, found)


def _fetch_all(missing: Sequence[Jar], cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr)) as progress, ThreadPoolExecutor(AT_ONCE) as pool:
        fetched = pool.map(lambda jar: _fetch(jar, cache), missing)
        for _ in progress.track(fetched, total=len(missing), description="Apache Kafka's jars, this once"):
            pass


def _fetch(jar: Jar, cache: Path) -> None:
    """Each attempt has a folder of its own and ends in one rename: no other process ever sees half a jar."""
    retrying = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(0.5),
        retry=retry_if_exception_type((OSError, RuntimeError)),  # what jgo raises: requests' errors, and "not found"
    )
    try:
        for attempt in retrying:
            with attempt, TemporaryDirectory(prefix=".fetching-", dir=cache) as own:
                downloaded = _download(jar, Path(own))
                verify(jar, downloaded)
                downloaded.replace(cache / jar.file)
    except RetryError as gave_up:
        raise JarUnavailable(jar.file, cache) from gave_up.last_attempt.exception()


def _download(jar: Jar, into: Path) -> Path:
    from jgo.maven import MavenContext  # 0.4 s to import, needed once in a machine's life

    maven = MavenContext(repo_cache=into, timeout=30)
    return maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
