"""who we are, who owns the data → here → the ordinary user that PostgreSQL runs as, since it refuses root.

In a container one is often root. A user namespace lets root's own files stay root's, wherever they are; where that is
forbidden (Docker's default seccomp profile), the user `nobody` runs it.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import StateDirClosed

ORDINARY_USER = "nobody"  # has a passwd entry everywhere, and initdb asks for one
NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534")


@dataclass(frozen=True, slots=True)
class Identity:
    """How a command becomes one of an ordinary user: by a prefix, or by changing to `user`."""

    prefix: tuple[str, ...] = ()
    user: str | None = None

    def command(self, *words: str | Path) -> list[str]:
        return [*self.prefix, *map(str, words)]

    def give(self, directory: Path) -> None:
        """Makes the user the owner of a directory and all in it."""
        if self.user:
            entry = pwd.getpwnam(self.user)
            for path in (directory, *directory.rglob("*")):
                os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)

    def reach(self, programs: Path, state_dir: Path) -> Path:
        """The programs where the user can run them: in place, else copied into the state directory (41 MB, once).

        Raises StateDirClosed when the user cannot enter even that.
        """
        if self.user is None:
            return programs
        if not self.may_execute(state_dir):
            raise StateDirClosed(state_dir, self.user)
        return programs if self.may_execute(programs / "postgres") else _copied(programs, state_dir / "programs")

    def may_execute(self, path: Path) -> bool:
        """True when the user can run a program, or enter a directory; asked as that user."""
        entry = pwd.getpwnam(self.user or "")
        test = ["test", "-x", str(path)]
        ended = subprocess.run(test, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[], cwd="/", check=False)
        return ended.returncode == 0


def identity_for(data: Path) -> Identity:
    """Ourselves, unless root. Root becomes the owner of `data`; for its own data, it takes a namespace or `nobody`.

    A namespace also gives a name to a uid that has none (`docker run --user 1000`), which initdb asks for.
    """
    if os.geteuid() != 0:
        return Identity() if _has_name(os.geteuid()) else Identity(prefix=NAMESPACE)
    owner = data.stat().st_uid if data.exists() else 0
    if owner != 0:
        return Identity(user=pwd.getpwuid(owner).pw_name)
    if namespaces_work():
        return Identity(prefix=NAMESPACE)
    nobody = Identity(user=ORDINARY_USER)
    if data.exists():
        nobody.give(data)
    return nobody


def namespaces_work() -> bool:
    """True when a command can be run in a user namespace; asking costs 5 ms."""
    if shutil.which(NAMESPACE[0]) is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def _has_name(uid: int) -> bool:
    return any(entry.pw_uid == uid for entry in pwd.getpwall())


def _copied(programs: Path, into: Path) -> Path:
    """Copies the installation whose bin folder is `programs`, and the libraries that a wheel keeps beside it."""
    installation = programs.parent
    package = installation.parent
    shutil.copytree(package, into / package.name, symlinks=True, dirs_exist_ok=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, into / libraries.name, symlinks=True, dirs_exist_ok=True)
    return into / package.name / installation.name / programs.name
