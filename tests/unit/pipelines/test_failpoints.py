"""Where a kill test may strike: once, at the n-th passing, and nowhere without being asked."""

import subprocess
import sys
from pathlib import Path
from signal import SIGKILL

PASS_TEN_TIMES = """
from pipelines.failpoints import armed, reached
print(armed("here"), armed("there"))
for n in range(10):
    reached("there")
    reached("here")
    print(n, flush=True)
"""


def _run(failpoint: str | None) -> "subprocess.CompletedProcess[str]":
    env = {"TRACK_FAILPOINT": failpoint} if failpoint else {}
    root = Path(__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-c", PASS_TEN_TIMES], env=env, cwd=root, capture_output=True, text=True, check=False
    )


def test_without_the_variable_nothing_happens() -> None:
    ran = _run(None)

    assert ran.returncode == 0
    assert ran.stdout.split() == ["False", "False", *map(str, range(10))]


def test_the_process_is_struck_at_the_named_passing_and_leaves_its_pid(tmp_path: Path) -> None:
    marker = tmp_path / "hit"
    ran = _run(f"here:3:{marker}")

    assert ran.returncode == -SIGKILL
    assert ran.stdout.split() == ["True", "False", "0", "1"]
    assert len(marker.read_text().split()) == 2


def test_who_comes_back_is_not_struck_again(tmp_path: Path) -> None:
    marker = tmp_path / "hit"
    _run(f"here:3:{marker}")

    assert _run(f"here:3:{marker}").returncode == 0
