"""a service → here → one run of it: a process in a session of its own, and the lines it says.

A session of its own, so that Ctrl-C in the terminal reaches the launcher alone, which then stops all in order.
asyncio's `Process.wait` also waits for the pipe, which PostgreSQL's sessions hold open after their postmaster was
killed: so this is the protocol below it, which hears of the process and of the pipe apart.
"""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Callable
from contextlib import suppress
from signal import SIGKILL
from typing import Self

from infra.local.service import Service
from infra.local.tether import tethered

LONGEST_LINE_BYTES = 1 << 16
DRAIN_SECONDS = 1.0


class Child(asyncio.SubprocessProtocol):
    """One run of a service, from its start until nothing of it is left."""

    def __init__(self, service: Service, say: Callable[[str], None]) -> None:
        self._service, self._say = service, say
        self._exit = asyncio.Event()
        self._silent = asyncio.Event()
        self._unfinished_line = b""

    @classmethod
    async def start(cls, service: Service, say: Callable[[str], None]) -> Self:
        """Starts the service's command, after its `before`. Raises BinaryNotFound, and what `before` raises."""
        if service.before:
            await asyncio.to_thread(service.before)
        _, child = await asyncio.get_running_loop().subprocess_exec(
            lambda: cls(service, say),
            *tethered(service.argv, death_signal=service.death_signal, user=service.user),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, **service.env},
            cwd=service.cwd,
            start_new_session=True,
        )
        return child

    @property
    def pid(self) -> int:
        return self._transport.get_pid()

    @property
    def over(self) -> bool:
        return self._exit.is_set()

    def signal(self, number: int) -> None:
        """Sends a signal to the process itself; one that has just ended does not mind."""
        with suppress(ProcessLookupError):
            self._transport.send_signal(number)

    async def ended(self) -> int:
        """Waits for the exit code; negative when a signal ended it."""
        await self._exit.wait()
        code = self._transport.get_returncode()
        assert code is not None
        return code

    async def stop(self) -> None:
        """Asks, waits for the grace, then kills; whatever the service started in its session goes with it."""
        try:
            self.signal(self._service.stop_signal)
            if not await _within(self._service.grace_seconds, self._exit):
                self._say(f"did not stop within {self._service.grace_seconds:g} s and is killed")
        finally:
            self.kill()
        await self._exit.wait()
        await _within(DRAIN_SECONDS, self._silent)
        self._transport.close()

    def kill(self) -> None:
        """SIGKILL to the whole session at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, SIGKILL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *lines, rest = (self._unfinished_line + data).split(b"\n")
        if len(rest) > LONGEST_LINE_BYTES:  # a program that never ends its line must not fill our memory
            lines, rest = [*lines, rest], b""
        self._unfinished_line = rest
        for line in lines:
            self._say(line.decode(errors="replace").rstrip("\r"))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if self._unfinished_line:
            self.pipe_data_received(fd, b"\n")
        self._silent.set()

    def process_exited(self) -> None:
        self._exit.set()


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Not `asyncio.timeout`: up to Python 3.11.2 it ends a task that is being cancelled instead of its wait."""
    waiting = asyncio.create_task(event.wait())
    done, _ = await asyncio.wait({waiting}, timeout=seconds)
    waiting.cancel()
    return bool(done)
