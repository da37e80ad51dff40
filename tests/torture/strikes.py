"""a moment → here → a signal to one worker, and what came of it: which pid, when, and the pid after."""

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL

from infra.stack import Stack
from models.ids import Instant

WITHIN_A_TURN_SECONDS = 0.06
"""A turn takes about so long: a strike may fall anywhere in it."""


@dataclass
class RandomKill:
    """`kill -9` of one worker at a random moment of a random turn; called after every turn."""

    stack: Stack
    name: str
    seed: int
    turns: int
    passed: int = 0
    before: int = 0
    threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = random.Random(self.seed)
        self.turn, self.pause = (
            rng.randrange(self.turns // 10, self.turns * 9 // 10),
            rng.random() * WITHIN_A_TURN_SECONDS,
        )

    def __call__(self, t: Instant) -> None:
        self.passed += 1
        if self.passed == self.turn:
            self.threads.append(threading.Timer(self.pause, self._strike))
            self.threads[-1].start()

    def _strike(self) -> None:
        self.before = self.stack.launcher.pid(self.name)
        self.stack.launcher.kill(self.name, SIGKILL)

    def told(self) -> dict[str, object]:
        return {"at_turn": self.turn, "pid": f"{self.before} → {self.stack.launcher.pid(self.name)}"}


def hit(marker: Path, seconds: float = 120.0) -> tuple[float, int]:
    """When and whom a failpoint struck; waits for it. Raises TimeoutError when it never does."""
    until = time.monotonic() + seconds
    while not marker.exists() or not marker.read_text():
        if time.monotonic() > until:
            raise TimeoutError(f"no process passed the failpoint of {marker.name}")
        threading.Event().wait(0.05)
    when, pid = marker.read_text().split()
    return float(when), int(pid)
