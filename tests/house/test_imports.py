"""The walls between the rooms."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_wall_stands() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout


def test_the_command_line_starts_light() -> None:
    """What a verb does not use it does not import: `track --help` must not wait for Faust, pandas or Streamlit."""
    heavy = ("faust", "pandas", "streamlit", "sqlmodel", "kafka")
    code = f"import sys, infra.track; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
