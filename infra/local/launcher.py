"""services → here → all of them up, in order, until Ctrl-C or one that gives up.

Stops in the reverse order, so that no service loses what it needs while it is still at work.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from signal import SIGHUP, SIGINT, SIGTERM
from types import TracebackType
from typing import Any, Self

from infra.local.errors import LocalError
from infra.local.keeper import Keeper
from infra.local.log import LogWriter
from infra.local.service import Service, in_start_order

__all__ = ["Launcher", "Service"]

OWN_NAME = "track"
ENDING_SIGNALS = (SIGINT, SIGTERM, SIGHUP)


class Launcher:
    """Starts, keeps up and stops a set of services.

    Either `await run()` in the foreground, or `async with` it (start … stop) and steer services by name: `kill`,
    `restart`, `hold` and `release` are for tests that take a server away. Raises BadNeeds when the needs cannot be met.
    """

    def __init__(self, services: Iterable[Service], log: LogWriter) -> None:
        self._log = log
        self._keepers: dict[str, Keeper] = {}
        self._failure: asyncio.Future[None] | None = None
        for service in in_start_order(tuple(services)):
            needs = [self._keepers[name] for name in service.needs]
            self._keepers[service.name] = Keeper(service, needs, log, self._fail)
        log.expect((OWN_NAME, *self._keepers))

    async def run(self, when_up: Callable[[], Awaitable[None]] | None = None) -> int:
        """Runs until SIGINT, SIGTERM or SIGHUP (0), or until a service gives up (1); a second signal kills at once.

        `when_up` is awaited once, when every service is ready. What it raises ends the run and is raised again.
        """
        async with self:
            life = asyncio.create_task(self._live(when_up))
            with self._ended_by_signals(life):
                await asyncio.wait({life})
                self.say("stopping")
                await self.stop()
        try:
            life.result()
        except asyncio.CancelledError:
            return 0
        except LocalError:
            return 1
        raise AssertionError("a stack lives until something ends it")

    async def start(self) -> None:
        """Begins to start everything; `wait_up` tells when it is ready."""
        self._failure = asyncio.get_running_loop().create_future()
        for keeper in self._keepers.values():
            keeper.start()

    async def wait_up(self, *names: str) -> None:
        """Waits until the named services, or all, are ready. Raises ServiceGaveUp when one never will be."""
        chosen = [self._keepers[name] for name in names or self._keepers]
        await self._unless_failed(asyncio.gather(*(keeper.up.wait() for keeper in chosen)))

    async def stop(self) -> None:
        """Stops everything, each service after those that need it; returns when no process is left."""
        stopping: dict[str, asyncio.Task[None]] = {}
        for name in reversed(self._keepers):
            dependants = [stopping[other] for other in stopping if name in self._keepers[other].service.needs]
            stopping[name] = asyncio.create_task(self._stop_after(dependants, name))
        await asyncio.gather(*stopping.values())
        if self._failure is not None and not self._failure.cancel() and not self._failure.cancelled():
            self._failure.exception()  # was said when it came

    def status(self) -> dict[str, dict[str, Any]]:
        """Each service's pid (None between two lives), whether it is ready, since when, and how often it started."""
        return {name: keeper.status() for name, keeper in self._keepers.items()}

    def say(self, line: str) -> None:
        """A line of the launcher's own."""
        for part in line.splitlines():
            self._log.write(OWN_NAME, part)

    def pid(self, name: str) -> int:
        """The service's process id. Raises NotRunning between two of its lives."""
        return self._keepers[name].child.pid

    def kill(self, name: str, signal: int) -> None:
        """Sends a signal behind the keeper's back: it sees a crash and starts the service again. Raises NotRunning."""
        self._keepers[name].child.signal(signal)

    async def restart(self, name: str) -> None:
        """Stops the service in good order and returns when it is ready again. Raises ServiceGaveUp."""
        await self.hold(name)
        await self.release(name)

    async def hold(self, name: str) -> None:
        """Stops the service and keeps it stopped until `release`; those that need it go on running."""
        await self._keepers[name].stop()

    async def release(self, name: str) -> None:
        """Starts a held service and returns when it is ready. Raises ServiceGaveUp."""
        self._keepers[name].start()
        await self.wait_up(name)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _live(self, when_up: Callable[[], Awaitable[None]] | None) -> None:
        await self.wait_up()
        if when_up is not None:
            await self._unless_failed(asyncio.ensure_future(when_up()))
        await self._unless_failed(asyncio.Event().wait())

    async def _unless_failed(self, wish: Coroutine[Any, Any, Any] | asyncio.Future[Any]) -> None:
        assert self._failure is not None, "start() comes first"
        granted = asyncio.ensure_future(wish)
        try:
            await asyncio.wait({granted, self._failure}, return_when=asyncio.FIRST_COMPLETED)
            (self._failure if self._failure.done() else granted).result()
        finally:
            granted.cancel()
            await asyncio.gather(granted, return_exceptions=True)

    async def _stop_after(self, dependants: list[asyncio.Task[None]], name: str) -> None:
        await asyncio.gather(*dependants)
        await self._keepers[name].stop()

    @contextmanager
    def _ended_by_signals(self, life: asyncio.Task[None]) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in ENDING_SIGNALS:
            loop.add_signal_handler(number, self._end, life)
        try:
            yield
        finally:
            life.cancel()
            for number in ENDING_SIGNALS:
                loop.remove_signal_handler(number)

    def _end(self, life: asyncio.Task[None]) -> None:
        if not life.cancel():  # it is ending already, and somebody is in a hurry
            for keeper in self._keepers.values():
                keeper.kill()

    def _fail(self, error: BaseException) -> None:
        assert self._failure is not None
        if not self._failure.done():
            self._failure.set_exception(error)
            self.say(str(error))
