"""`track fault` → a file under the state directory → here → the simulator that runs from there, and its answer back.

A simulator is alive as long as it holds its lock, which the system takes from it even after `kill -9`.
"""

import fcntl
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from models.errors import TrackError
from models.ids import CityId

SIMULATORS, LOCK = "simulator", "running"
ANSWER_SECONDS, POLL_SECONDS = 60.0, 0.05
"""The past of a live city is run through in some seconds; until then nobody looks."""
LONGEST_SPEC = 1_000


class NoSimulator(TrackError):
    """Nobody runs from this state directory who could do it, or nobody answers."""


class Refused(TrackError):
    """What the simulator says to a fault that it cannot have."""


class Inbox:
    """A running simulator's side: `with Inbox(...)` it can be asked, and it answers when it calls `answer`."""

    def __init__(self, state_dir: Path, city: CityId) -> None:
        self.folder = state_dir / SIMULATORS / city

    def __enter__(self) -> "Inbox":
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.lock = (self.folder / LOCK).open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()

    def answer(self, do: Callable[[str], str]) -> None:
        """Do everything that was asked since the last time, in the order of asking."""
        for asked in sorted(self.folder.glob("*.asked"), key=lambda path: path.stat().st_mtime_ns):
            try:
                told = {"told": do(asked.read_text()[:LONGEST_SPEC])}
            except TrackError as error:
                told = {"refused": str(error)}
            asked.unlink()
            _put(asked.with_suffix(".answer"), json.dumps(told))


def ask(state_dir: Path, what: str, city: str | None = None, seconds: float = ANSWER_SECONDS) -> str:
    """The answer of the simulator that runs here. Raises NoSimulator, or Refused with its reason."""
    folder = _folder(state_dir, city)
    asked = folder / f"{uuid4().hex}.asked"
    answer, until = asked.with_suffix(".answer"), time.monotonic() + seconds
    _put(asked, what)
    while not answer.exists():
        if not _alive(folder):
            raise NoSimulator(f"{folder.name}: its simulator ended before it answered")
        if time.monotonic() > until:
            asked.unlink(missing_ok=True)
            raise NoSimulator(f"{folder.name}: no answer within {seconds:.0f} s; it was not done")
        time.sleep(POLL_SECONDS)
    told = json.loads(answer.read_text())
    answer.unlink()
    if "refused" in told:
        raise Refused(told["refused"])
    return str(told["told"])


def _folder(state_dir: Path, city: str | None) -> Path:
    alive = [folder for folder in sorted((state_dir / SIMULATORS).glob("*")) if _alive(folder)]
    found = [folder for folder in alive if city in (None, folder.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSimulator(f"several simulators run here; name one: --city {' or '.join(f.name for f in found)}")
    wanted = f"the simulator of {city}" if city else "a simulator"
    here = f"running: {', '.join(f.name for f in alive)}" if alive else "start one with `make demo` or `track simulate`"
    raise NoSimulator(f"{wanted} does not run from {state_dir}; {here}")


def _alive(folder: Path) -> bool:
    try:
        with (folder / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _put(path: Path, text: str) -> None:
    """Whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)
