"""infra/local/ownership.py: one state directory, one launcher."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.errors import StateDirInUse
from infra.local.ownership import own

OWN_AND_WAIT = (
    "import sys, pathlib; from infra.local.ownership import own; own(pathlib.Path(sys.argv[1])); print(); input()"
)


def test_a_second_owner_is_refused_and_told_the_pid_of_the_first(tmp_path: Path) -> None:
    """The error names the process to stop."""
    lock = own(tmp_path)

    with pytest.raises(StateDirInUse, match=f"pid {os.getpid()}"):
        own(tmp_path)
    lock.release()


def test_a_released_directory_can_be_owned_again(tmp_path: Path) -> None:
    """A test may open the same directory twice."""
    own(tmp_path).release()

    own(tmp_path).release()


def test_an_owner_killed_with_9_owns_nothing(tmp_path: Path) -> None:
    """No file has to be deleted by hand after a crash."""
    command = [sys.executable, "-c", OWN_AND_WAIT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StateDirInUse, match=f"pid {other.pid}"):
            own(tmp_path)
        other.kill()

    own(tmp_path).release()
