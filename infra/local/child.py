"""a service → here → one run of it: a process in a session of its own, and the lines it says.

A session of its own, so that Ctrl-C in the terminal reaches the launcher alone and the order of stopping stays the launcher's.
"""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable
from contextlib import suppress
from signal import SIGKILL
from typing import Self

from infra.local.service import Service
from infra.local.tether import tethered

LONGEST_LINE_BYTES = 1 << 20
DRAIN_SECONDS = 1.0


class Child:
    """One run of a service, from its start until nothing of it is left."""

    def __init__(self, service: Service, process: Process, say: Callable[[str], None]) -> None:
        self._service, self._process, self._say = service, process, say
        self._exit = asyncio.create_task(process.wait())
        self._pump = asyncio.create_task(self._pass_lines_on())

    @classmethod
    async def start(cls, service: Service, say: Callable[[str], None]) -> Self:
        """Starts the service's command, after its `before`. Raises BinaryNotFound, and what `before` raises."""
        if service.before:
            await asyncio.to_thread(service.before)
        process = await asyncio.create_subprocess_exec(
            *tethered(service.argv, death_signal=service.death_signal, user=service.user),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, **service.env},
            cwd=service.cwd,
            start_new_session=True,
            limit=LONGEST_LINE_BYTES,
        )
        return cls(service, process, say)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def over(self) -> bool:
        return self._exit.done()

    def signal(self, number: int) -> None:
        """Sends a signal to the process itself; one that has just ended does not mind."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def ended(self) -> int:
        """Waits for the exit code. Raises what went wrong in passing its lines on: a service unheard would block on its pipe."""
        await asyncio.wait({self._exit, self._pump}, return_when=asyncio.FIRST_COMPLETED)
        if self._pump.done():
            self._pump.result()
        return await asyncio.shield(self._exit)

    async def stop(self) -> None:
        """Asks, waits for the grace, then kills; whatever the service started in its session goes with it."""
        try:
            self.signal(self._service.stop_signal)
            await asyncio.wait({self._exit}, timeout=self._service.grace_seconds)
            if not self.over:
                self._say(f"did not stop within {self._service.grace_seconds:g} s and is killed")
        finally:
            self.kill()
        await asyncio.wait({self._exit})
        await asyncio.wait({self._pump}, timeout=DRAIN_SECONDS)  # a grandchild may hold the pipe open for ever
        self._pump.cancel()

    def kill(self) -> None:
        """SIGKILL to the whole session at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, SIGKILL)

    async def _pass_lines_on(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # asyncio has thrown the line away already
                self._say(f"(a line of more than {LONGEST_LINE_BYTES} bytes is left out)")
                continue
            if not line:
                return
            self._say(line.decode(errors="replace").rstrip())
