"""one service → here → the same service, kept up: needs ready → start → ready → ended → wait longer → again.

The supervisor is ours because the libraries lack readiness: honcho, circus and supervisor start the next service when
the one before has a pid, not when it answers.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from infra.local.child import Child
from infra.local.errors import NotRunning, ServiceGaveUp
from infra.local.log import LogWriter
from infra.local.service import Service

PROBE_SECONDS = 0.1  # each probe of a PostgreSQL in recovery is a FATAL line in its log
PROBE_PATIENCE_SECONDS = 5.0
STEADY_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0


class Keeper:
    """Keeps one service up from `start` to `stop`; `up` is set exactly while it is ready."""

    def __init__(
        self,
        service: Service,
        needs: Sequence["Keeper"],
        log: LogWriter,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self.service, self.needs, self.log = service, needs, log
        self.up = asyncio.Event()
        self._on_failure = on_failure
        self._child: Child | None = None
        self._task: asyncio.Task[None] | None = None
        self._starts = 0
        self._ready_at: float | None = None

    @property
    def child(self) -> Child:
        """The process of this moment. Raises NotRunning."""
        if self._child is None or self._child.over:
            raise NotRunning(self.service.name)
        return self._child

    def start(self) -> None:
        """Begins to keep the service up; no effect when that is so already."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep(), name=self.service.name)
            self._task.add_done_callback(self._report)

    async def stop(self) -> None:
        """Ends the service and keeps it ended; returns when nothing of it is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def kill(self) -> None:
        """SIGKILL to all of the service, without waiting; for someone who presses Ctrl-C twice."""
        if self._child is not None:
            self._child.kill()

    def status(self) -> dict[str, Any]:
        running = self._child is not None and not self._child.over
        return {
            "pid": self._child.pid if self._child is not None and running else None,
            "ready": self.up.is_set(),
            "ready_at": self._ready_at,
            "starts": self._starts,
        }

    def say(self, line: str) -> None:
        self.log.write(self.service.name, line)

    def _report(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._on_failure(error)

    async def _keep(self) -> None:
        failures = 0
        while True:
            for need in self.needs:
                await need.up.wait()
            code, seconds_up = await self._live()
            failures = 1 if seconds_up >= STEADY_SECONDS else failures + 1
            if failures > self.service.restarts:
                raise ServiceGaveUp(self.service.name, code, self.service.restarts)
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS)
            self.say(f"ended with {code}; start {failures} of {self.service.restarts} again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _live(self) -> tuple[int, float]:
        """One life of the service: its exit code, and for how many seconds it was ready."""
        child = self._child = await Child.start(self.service, self.say)
        self._starts += 1
        seconds_up = 0.0
        try:
            if await self._becomes_ready(child):
                self.up.set()
                self._ready_at = time.time()
                ready_at = time.monotonic()
                await child.ended()
                seconds_up = time.monotonic() - ready_at
        finally:
            self.up.clear()
            await child.stop()
            self._child = None
        return await child.ended(), seconds_up

    async def _becomes_ready(self, child: Child) -> bool:
        started = time.monotonic()
        while not child.over:
            if await self._answers():
                self.say(f"ready in {time.monotonic() - started:.1f} s")
                return not child.over
            if time.monotonic() - started > self.service.ready_seconds:
                self.say(f"not ready within {self.service.ready_seconds:g} s")
                return False
            await asyncio.sleep(PROBE_SECONDS)
        return False

    async def _answers(self) -> bool:
        """The service's own probe; silence and a refused connection mean not yet."""
        if self.service.ready is None:
            return True
        try:
            async with asyncio.timeout(PROBE_PATIENCE_SECONDS):  # Python 3.11's wait_for can lose our cancellation
                return await self.service.ready()
        except (TimeoutError, OSError):
            return False
