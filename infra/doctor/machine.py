"""disk, memory, open files, Python, clock → here → whether this machine has room for the stack, and tells the time.

What the stack needs was measured with `track up` at 300 drivers on Linux, PostgreSQL 18, Kafka 4.4 and Valkey 9.
"""

import os
import resource
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import psutil

from infra.doctor.finding import MB, Finding, note, ok, trouble

STACK_MEMORY = 606 * MB
"""Proportional set size of all parts together."""
STATE_BYTES, STATE_BYTES_GOOD, STATE_INODES = 500 * MB, 3_000 * MB, 5_000
"""`du` and `find`: 120 MB in 1,700 files when the city is live, 190 MB more an hour; PostgreSQL's WAL may take 1 GB besides."""
CACHE_BYTES, CACHE_INODES = 50 * MB, 100
"""Kafka's 45 jars are 43 MB."""
LEAST_FILES, GOOD_FILES = 256, 1_024
"""The broker has 154 files open, a PostgreSQL backend 114, after seven minutes; both grow with days and partitions."""
FIRST_YEAR, LAST_YEAR = 2025, 2099
"""Times of 2100 and later are unreadable to `models/codec.py`; a machine before 2025 trusts no certificate of today."""
SAMPLE_SECONDS, STEP_SECONDS = 0.3, 0.1


class Disk(NamedTuple):
    """Where something is to be written; `free_inodes` is None on file systems that have no fixed number of them."""

    what: str
    place: str
    free_bytes: int
    free_inodes: int | None
    writable: bool


class Memory(NamedTuple):
    """Bytes; `limit_left` is what a container's own limit leaves (None: no limit); `running`: the stack has its part."""

    available: int
    limit_left: int | None
    running: bool


class Clock(NamedTuple):
    """Wall time in seconds since 1970, its seconds during a sample, and the monotonic clock's readings in that sample."""

    wall: float
    wall_passed: float
    monotonic: tuple[float, ...]


def judge_disk(disk: Disk, least: int, good: int, inodes: int) -> Finding:
    """`least` bytes and `inodes` for a start, `good` bytes for an evening."""
    name, cure = "disk", f"make room at {disk.place}, or set {_SETTING[disk.what]} to a folder on another disk"
    left = f"{disk.free_bytes / 1e9:.1f} GB free for {disk.what} at {disk.place}"
    if not disk.writable:
        return trouble(name, f"{disk.what} cannot be written at {disk.place}", cure.replace("make room", "give access"))
    if disk.free_inodes is not None and disk.free_inodes < inodes:
        return trouble(
            name, f"{disk.free_inodes} files can be made for {disk.what} at {disk.place}, not {inodes}", cure
        )
    if disk.free_bytes < least:
        return trouble(name, f"{left}, a start takes {least // MB} MB", cure)
    if disk.free_bytes < good:
        return note(name, f"{left}: enough to start, not for an evening ({good / 1e9:.0f} GB)", cure)
    return ok(name, left)


def judge_memory(memory: Memory) -> Finding:
    left = memory.available if memory.limit_left is None else min(memory.available, memory.limit_left)
    whose = "this container's limit leaves" if left != memory.available else "available are"
    told = f"{whose} {left // MB} MB; the demo takes {STACK_MEMORY // MB} MB at 300 drivers"
    cure = "end other programs, raise the container's limit, or ask for fewer drivers: `make demo DRIVERS=100`"
    if memory.running:
        return ok("memory", f"{whose} {left // MB} MB beside the stack that runs")
    if left < STACK_MEMORY:
        return trouble("memory", told, cure)
    return note("memory", told, cure) if left < 2 * STACK_MEMORY else ok("memory", told)


def judge_files(limit: int) -> Finding:
    told = f"{limit} open files a process" if limit != resource.RLIM_INFINITY else "open files without a limit"
    cure = f"run `ulimit -n {GOOD_FILES}` in this shell first"
    if limit != resource.RLIM_INFINITY and limit < LEAST_FILES:
        return trouble("files", f"{told}: Kafka and PostgreSQL have more than half of {LEAST_FILES} at once", cure)
    if limit != resource.RLIM_INFINITY and limit < GOOD_FILES:
        return note("files", f"{told}: enough for a demo of some hours", cure)
    return ok("files", told)


def judge_python(version: tuple[int, int, int], implementation: str, bits: int) -> Finding:
    told = f"{implementation} {'.'.join(map(str, version))}, {bits} bit"
    if version < (3, 11, 0) or implementation != "cpython" or bits != 64:
        return trouble(
            "python", told, "the stack needs CPython 3.11 or newer of 64 bits: `make clean`, PYTHON=python3.11"
        )
    return ok("python", told)


def judge_clock(clock: Clock) -> Finding:
    """How far it is from the servers' clocks: `infra/doctor/servers.py`."""
    cure = "set this machine's clock (NTP), then start again"
    monotonic, passed = clock.monotonic, clock.monotonic[-1] - clock.monotonic[0]
    if not FIRST_YEAR <= (year := _year(clock.wall)) <= LAST_YEAR:
        return trouble("clock", f"this machine says that the year is {year}", cure)
    if any(later < earlier for earlier, later in pairwise(monotonic)) or passed <= 0:
        return trouble("clock", "the monotonic clock stands still or goes backwards: no timeout can be trusted", cure)
    if abs(clock.wall_passed - passed) > STEP_SECONDS:
        told = f"in {passed:.1f} s the wall clock moved {clock.wall_passed:.1f} s: something sets it, ages will jump"
        return note("clock", told, "let one program alone set the clock")
    return ok("clock", f"{datetime.fromtimestamp(clock.wall, UTC):%Y-%m-%d %H:%M:%S} UTC, steady")


def disks(state_dir: Path, cache: Path) -> list[Finding]:
    state = judge_disk(_disk("state", state_dir), STATE_BYTES, STATE_BYTES_GOOD, STATE_INODES)
    return [state, judge_disk(_disk("jars", cache), CACHE_BYTES, CACHE_BYTES, CACHE_INODES)]


def memory(running: bool) -> Finding:
    return judge_memory(Memory(psutil.virtual_memory().available, limit_left(), running))


def files() -> Finding:
    """The soft limit is what PostgreSQL heeds; the JVM raises its own to the hard one."""
    return judge_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def python() -> Finding:
    return judge_python(sys.version_info[:3], sys.implementation.name, 64 if sys.maxsize > 2**32 else 32)


def clock() -> Finding:
    wall, monotonic = time.time(), [time.monotonic()]
    for _ in range(3):
        time.sleep(SAMPLE_SECONDS / 3)
        monotonic.append(time.monotonic())
    return judge_clock(Clock(wall, time.time() - wall, tuple(monotonic)))


def limit_left(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that a container may still take, by its cgroup of version 2 or 1; None without a limit. Caches do not count."""
    for limit, used, cached in _CGROUPS:
        if (root / limit).is_file() and (most := (root / limit).read_text().strip()).isdigit():
            stat = dict(line.split() for line in (root / used[1]).read_text().splitlines())
            left = int(most) - int((root / used[0]).read_text()) + int(stat.get(cached, 0))
            return None if int(most) > psutil.virtual_memory().total else left
    return None


def existing(place: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    place = place.resolve()
    return next(one for one in (place, *place.parents) if one.is_dir())


def _disk(what: str, place: Path) -> Disk:
    there = existing(place)
    found = os.statvfs(there)
    inodes = found.f_favail if found.f_files else None
    return Disk(what, str(there), shutil.disk_usage(there).free, inodes, os.access(there, os.W_OK | os.X_OK))


def _year(wall: float) -> int:
    """0 for what no calendar has."""
    try:
        return datetime.fromtimestamp(wall, UTC).year
    except (ValueError, OverflowError, OSError):
        return 0


_SETTING = {"state": "TRACK_STATE_DIR", "jars": "TRACK_JARS_DIR"}
_CGROUPS: Sequence[tuple[str, tuple[str, str], str]] = (
    ("memory.max", ("memory.current", "memory.stat"), "inactive_file"),
    ("memory/memory.limit_in_bytes", ("memory/memory.usage_in_bytes", "memory/memory.stat"), "total_inactive_file"),
)
