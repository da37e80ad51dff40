"""lines of every service → here → one terminal.

`time name | line`, a colour for each service; plain where nobody looks (no tty, or NO_COLOR), which rich decides.
"""

import time
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.text import Text

COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_red", "bright_cyan", "bright_green")


class LogWriter:
    """Writes whole lines to `out` (stdout when None); a name keeps its colour from its first line on."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._console = Console(file=out, highlight=False, soft_wrap=True)
        self._colours: dict[str, str] = {}
        self._width = 0

    def expect(self, names: Iterable[str]) -> None:
        """Makes room for the longest of `names`, and gives them their colours in this order."""
        for name in names:
            self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            self._width = max(self._width, len(name))

    def write(self, name: str, line: str) -> None:
        self.expect((name,))
        head = Text(f"{time.strftime('%H:%M:%S')} {name:<{self._width}} | ", style=self._colours[name])
        self._console.print(head + Text.from_ansi(line))
