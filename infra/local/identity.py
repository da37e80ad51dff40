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
        if not self._may_execute(state_dir):
            raise StateDirClosed(state_dir, self.user)
        return programs if self._may_execute(programs / "postgres") else _copied(programs, state_dir / "programs")

    def _may_execute(self, path: Path) -> bool:
        entry = pwd.getpwnam(self.user or "")
        test = ["test", "-x", str(path)]
        ended = subprocess.run(test, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[], cwd="/", check=False)
        return ended.returncode == 0


def identity_for(data: Path) -> Identity:
    """Ourselves, unless root. Root runs it as the owner of `data`; for data of root's own, in a user namespace or as nobody."""
    if os.geteuid() != 0:
        return Identity()
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
    """True when root may run a command in a user namespace; asking costs 5 ms."""
    if shutil.which(NAMESPACE[0]) is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def _copied(programs: Path, into: Path) -> Path:
    """Copies the installation that `programs` is the bin folder of, and the wheel's libraries that it finds beside itself."""
    installation = programs.parent
    package = installation.parent
    shutil.copytree(package, into / package.name, symlinks=True, dirs_exist_ok=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, into / libraries.name, symlinks=True, dirs_exist_ok=True)
    return into / package.name / installation.name / programs.name
