"""a server's own tool → here → a directory that is whole or absent.

A first start that is killed halfway must not be taken for a finished one at the next.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL
from subprocess import PIPE, STDOUT

from infra.local.errors import PreparationFailed
from infra.local.tether import tethered


@contextmanager
def made_whole(directory: Path) -> Iterator[Path]:
    """Yields a fresh directory beside `directory`, which takes its name only when the block ends well."""
    unfinished = directory.with_name(f"{directory.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(parents=True, mode=0o700)
    yield unfinished
    unfinished.rename(directory)


def run_to_end(argv: Sequence[str], *, user: str | None = None, says: str = "") -> None:
    """Runs one command from `/`, with `says` on its standard input. Raises PreparationFailed, BinaryNotFound."""
    command = tethered(argv, death_signal=SIGKILL, user=user)
    ended = subprocess.run(command, input=says, text=True, stdout=PIPE, stderr=STDOUT, cwd="/", check=False)
    if ended.returncode:
        raise PreparationFailed(argv, ended.stdout)
