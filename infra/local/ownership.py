"""a state directory → here → the one launcher that owns it.

Two launchers on one PostgreSQL directory would destroy it. The lock is the kernel's, so it ends when its owner does.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import StateDirInUse


@dataclass(frozen=True, slots=True)
class StateLock:
    """A state directory that this process owns until `release` or its own end, however that comes."""

    descriptor: int

    def release(self) -> None:
        os.close(self.descriptor)


def own(state_dir: Path) -> StateLock:
    """Takes the state directory, creating it. Raises StateDirInUse, naming the pid of the owner."""
    state_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state_dir / "launcher.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        owner = os.pread(descriptor, 20, 0).decode().strip()
        os.close(descriptor)
        raise StateDirInUse(state_dir, owner or "unknown") from taken
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return StateLock(descriptor)
