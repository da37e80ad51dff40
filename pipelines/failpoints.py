"""TRACK_FAILPOINT=name:n:marker[:SIGNAL] → here → this process is struck once, at the n-th passing of a named point.

Failpoints are how the crash model is proven: without the variable a passing costs one `is None`. The marker file makes it once.
"""

import os
import signal
import time
from pathlib import Path
from typing import NamedTuple


class Strike(NamedTuple):
    name: str
    passing: int
    marker: Path
    signal: signal.Signals


def _armed(text: str | None) -> Strike | None:
    if not text:
        return None
    name, passing, marker, *how = text.split(":")
    return Strike(name, int(passing), Path(marker), signal.Signals[how[0] if how else "SIGKILL"])


STRIKE = _armed(os.environ.get("TRACK_FAILPOINT"))
_passings = 0


def reached(name: str) -> None:
    """Say that a named point is passed."""
    if STRIKE is not None and STRIKE.name == name:
        _pass(STRIKE)


def armed(name: str) -> bool:
    """Whether this point is the one to strike at: a batch may be split to give it a middle."""
    return STRIKE is not None and STRIKE.name == name


def _pass(strike: Strike) -> None:
    global _passings
    _passings += 1
    if _passings >= strike.passing and not strike.marker.exists():
        strike.marker.write_text(f"{time.time()} {os.getpid()}")
        os.kill(os.getpid(), strike.signal)
