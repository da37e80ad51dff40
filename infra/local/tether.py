"""launcher → here → a service: the last thing that a child does before it becomes its service.

No service may outlive its launcher, not even one that was killed with -9. Linux keeps that promise (PR_SET_PDEATHSIG)
but forgets it when the user changes, and Python code between fork and exec is unsafe beside threads. Hence a script
of its own: it changes the user, then asks for the signal, then becomes the service, with the same pid, in 20 ms.
"""

import os
import shutil
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def tethered(argv: Sequence[str], *, death_signal: int, user: str | None = None) -> list[str]:
    """The command that runs `argv` as `user`, and gets `death_signal` when the thread that started it is gone.

    Raises BinaryNotFound when there is no such program. Off Linux only the user changes.
    """
    program = shutil.which(argv[0])
    if program is None:
        from infra.local.errors import BinaryNotFound  # the script below runs without the project on its path

        raise BinaryNotFound(argv[0], ("PATH",))
    me = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(death_signal)), user or ""]
    return [*me, program, *argv[1:]]


def main(launcher: str, death_signal: str, user: str, *argv: str) -> None:
    if sys.platform == "linux":
        import ctypes  # before the user changes: that one may not be allowed to read Python's own files
    if user:
        _become(user)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != int(launcher):  # it died before we could ask
            sys.exit(1)
    os.execv(argv[0], argv)


def _become(user: str) -> None:
    import pwd

    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


if __name__ == "__main__":
    main(*sys.argv[1:])
