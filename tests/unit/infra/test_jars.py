"""infra/local/jars.py: the very bytes that the lock names, or a clear stop."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tenacity import wait_none

from infra.local import jars as subject
from infra.local.errors import ChecksumMismatch, JarUnavailable
from infra.local.jars import LOCK, Jar, jars

BYTES = {"one": b"the first jar", "two": b"the second jar"}


class Registry:
    """Stands in for jgo: writes what it is told into the folder that it is given, and counts."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.content, self.asked, self._counting = content, 0, threading.Lock()
        self.fail_first = 0

    def download(self, jar: Jar, into: Path) -> Path:
        with self._counting:
            self.asked += 1
            if self.asked <= self.fail_first:
                raise ConnectionError("no network")
        path = into / jar.file
        path.write_bytes(self.content[jar.artifact])
        return path


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    registry = Registry(dict(BYTES))
    monkeypatch.setattr(subject, "_download", registry.download)
    monkeypatch.setattr(subject, "wait_exponential", lambda _: wait_none())
    return registry


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "kafka.lock"
    file.write_text("\n".join(f"group:{name}:1.0:{hashlib.sha256(data).hexdigest()}" for name, data in BYTES.items()))
    return file


def test_missing_jars_are_fetched_once(tmp_path: Path, lock: Path, registry: Registry) -> None:
    """The second start asks nobody."""
    cache = tmp_path / "cache"
    first, second = jars(cache, lock), jars(cache, lock)

    assert first == second == [cache / "one-1.0.jar", cache / "two-1.0.jar"]
    assert registry.asked == 2


def test_only_what_is_missing_is_fetched(tmp_path: Path, lock: Path, registry: Registry) -> None:
    """A fetch that was cut off goes on where it was."""
    jars(tmp_path, lock)
    (tmp_path / "two-1.0.jar").unlink()
    jars(tmp_path, lock)

    assert registry.asked == 3


def test_a_changed_file_stops_the_start_and_is_named(tmp_path: Path, lock: Path, registry: Registry) -> None:
    """The error says which file and what to do."""
    jars(tmp_path, lock)
    (tmp_path / "two-1.0.jar").write_bytes(b"something else")

    with pytest.raises(ChecksumMismatch, match=r"(?s)two-1\.0\.jar is not the file.*delete this file"):
        jars(tmp_path, lock)


def test_wrong_bytes_from_the_registry_never_reach_the_cache(tmp_path: Path, lock: Path, registry: Registry) -> None:
    """What is in the cache has been checked before it got there."""
    registry.content["one"] = b"not these"

    with pytest.raises(ChecksumMismatch, match=r"one-1\.0\.jar"):
        jars(tmp_path, lock)
    assert not (tmp_path / "one-1.0.jar").exists()


def test_a_network_that_fails_once_is_asked_again(tmp_path: Path, lock: Path, registry: Registry) -> None:
    """One lost connection in 45 is common and no reason to stop."""
    registry.fail_first = 1

    assert len(jars(tmp_path, lock)) == 2


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path, lock: Path, registry: Registry) -> None:
    """The cure names the folder that can be filled by hand, and nothing half fetched is left."""
    registry.fail_first = 100

    with pytest.raises(JarUnavailable, match="TRACK_JARS_DIR"):
        jars(tmp_path / "cache", lock)
    assert list((tmp_path / "cache").iterdir()) == []


def test_two_fetching_at_once_do_not_disturb_each_other(tmp_path: Path, lock: Path, registry: Registry) -> None:
    """Many clones on one machine share one cache."""
    cache = tmp_path / "cache"
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: jars(cache, lock), range(8)))

    assert all(paths == results[0] for paths in results)
    assert sorted(path.name for path in cache.iterdir()) == ["one-1.0.jar", "two-1.0.jar"]


def test_the_cache_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without a network is given its jars in a folder."""
    monkeypatch.setenv("TRACK_JARS_DIR", str(tmp_path))

    assert subject.cache_dir() == tmp_path


def test_the_lock_names_kafka_4_4_and_no_host() -> None:
    """45 jars, each by its sha256, and no address of a registry."""
    locked = [Jar(*line.split(":")) for line in LOCK.read_text().split()]

    assert len(locked) == len({jar.file for jar in locked}) == 45
    assert {jar.version for jar in locked if jar.artifact == "kafka_2.13"} == {"4.4.0"}
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in locked)
    assert "//" not in LOCK.read_text()
