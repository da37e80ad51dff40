"""records → here → an agent's `handle`, or a dead letter. The fate of every record is decided in this file alone.

unreadable → dead letter · store away → again in place, order kept · fenced → exit 70 · unknown error → reload, one by one;
what fails again is a dead letter `crashed`. Older, repeated and refused ones are the agents' own rules, never letters.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from models import codec
from models.errors import Unreadable
from models.letters import DeadLetter
from models.topics import DEAD_LETTERS
from pipelines import metrics
from pipelines.ports import Agent, Budget, Fenced, Ports, Received, Record, StoreAway, Stores
from pipelines.resting import Resting

log = logging.getLogger(__name__)
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, PAUSE_POLL_SECONDS = 0.1, 2.0, 1.0
Kind = Literal["unreadable", "crashed"]
Decode = Callable[[str, bytes | None, Mapping[str, bytes | None] | None], codec.Decoded]


class Guard:
    """One agent's guard. Letters in a row are counted by agent; one that pauses waits, and so pauses its whole role."""

    def __init__(self, agent: Agent, role: str, stores: Stores, allowance: int, decode: Decode = codec.decode) -> None:
        self.agent, self.role, self.stores, self.allowance, self.decode = agent, role, stores, allowance, decode
        self.ports: Ports[Any] = Ports(stores, agent.remember(stores))
        self.budget: Budget | None = None
        self.resting = Resting()
        self.trouble: str | None = None
        self.handled = 0

    async def __call__(self, records: Sequence[Record]) -> None:
        """Bring every record to its fate, in order. Returns only when all of them have one; raises Fenced."""
        await self._while_paused()
        good: list[tuple[Record, Received]] = []
        for record in records:
            message, reason = self._read(record)
            if message is not None:
                good.append((record, Received(message, record.produced_at)))
            if reason is not None:
                await self._handle(good)
                good = []
                await self._bury(record, "unreadable", reason, whole=message is None)
        await self._handle(good)
        metrics.RECORDS.labels(self.role, self.agent.topic.name).inc(len(records))

    def revoke(self) -> None:
        self.ports.memory.revoke()

    def _read(self, record: Record) -> tuple[Any, str | None]:
        try:
            decoded = self.decode(record.topic, record.value, record.headers)
        except Unreadable as error:
            return None, str(error)
        if (key := _key(record)) != getattr(decoded.message, "city", key):
            return None, f"key {key!r} is not the city of the message"
        if decoded.faults and not getattr(decoded.message, "pings", ()):
            return None, "; ".join(decoded.faults)  # a frame of which no ping is left
        return decoded.message, "; ".join(decoded.faults) or None

    async def _handle(self, good: list[tuple[Record, Received]]) -> None:
        if not good:
            return
        if await self._try([received for _, received in good]):
            await self._run_ends()
            return
        for record, received in good:
            if await self._try([received]):
                await self._run_ends()
            else:
                await self._bury(record, "crashed", self.trouble or "", whole=True)

    async def _try(self, batch: list[Received]) -> bool:
        """True when it is done; False after an unknown error. Waits, for as long as it takes, for a store to be back."""
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                with metrics.BATCH_SECONDS.labels(self.role, self.agent.name).time():
                    await self.agent.handle(batch, self.ports)
                return self._done(batch)
            except Fenced:
                raise
            except StoreAway as error:
                await self._wait(wait, error)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)
            except Exception as error:
                log.exception("%s: %d records failed", self.agent.name, len(batch))
                self.trouble = _plain(f"{type(error).__name__}: {error}")
                self.ports.memory.forget()
                return False

    def _done(self, batch: list[Received]) -> bool:
        self.trouble = None
        self.handled += len(batch)
        now = self.stores.clock.now_ms()
        metrics.STAGE_SECONDS.labels(self.agent.name).observe(max(0, now - batch[-1].produced_at) / 1000)
        spoken = {one.message.city for one in batch if hasattr(one.message, "city")}
        for city in self.resting.after(spoken, now):
            self.ports.memory.drop(city)
        return True

    async def _wait(self, seconds: float, error: StoreAway) -> None:
        log.warning("%s: %s; again in %.1f s", self.agent.name, error, seconds)
        self.trouble = str(error)
        metrics.STORE_AWAY.labels(self.role).inc()
        self.ports.memory.forget()
        await self.stores.clock.sleep(seconds)

    async def _bury(self, record: Record, kind: Kind, reason: str, whole: bool) -> None:
        """A letter with the whole record; only one of which nothing was used counts towards the budget."""
        metrics.DEAD_LETTERS.labels(self.role, kind).inc()
        letter = _letter(record, kind, reason, self.role, self.agent.name)
        await self._until_back(lambda: self.stores.outbox.send(DEAD_LETTERS.name, letter.key, [codec.encode(letter)]))
        if whole:
            budget = await self._budget()
            await self._spend(msgspec.structs.replace(budget, run=budget.run + 1), letter)

    async def _spend(self, budget: Budget, letter: DeadLetter) -> None:
        if budget.run >= budget.allowance:
            where = f"{letter.topic}/{letter.partition}@{letter.offset}"
            why = f"{budget.run} dead letters in a row, the last {letter.kind} at {where}: {letter.reason}"
            budget = msgspec.structs.replace(budget, paused_because=why)
        await self._save(budget)
        await self._while_paused()

    async def _run_ends(self) -> None:
        budget = await self._budget()
        if budget.run:
            await self._save(Budget(0, self.allowance))

    async def _budget(self) -> Budget:
        if self.budget is None:
            found = await self._until_back(lambda: self.stores.budgets.get(self.role, self.agent.name))
            self.budget = found or Budget(0, self.allowance)
        return self.budget

    async def _save(self, budget: Budget) -> None:
        self.budget = budget
        await self._until_back(lambda: self.stores.budgets.put(self.role, self.agent.name, budget))

    async def _while_paused(self) -> None:
        """A paused role reads on only when a person resumed it: a bad deploy must not empty a topic into the bin."""
        if (await self._budget()).paused_because is None:
            return
        log.error("%s paused: %s. `track resume %s` goes on", self.role, self.budget, self.role)
        while (await self._budget()).paused_because is not None:
            metrics.PAUSED.labels(self.role).set(1)
            await self.stores.clock.sleep(PAUSE_POLL_SECONDS)
            self.budget = None
        metrics.PAUSED.labels(self.role).set(0)

    async def _until_back(self, ask: Any) -> Any:
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                return await ask()
            except StoreAway as error:
                await self._wait(wait, error)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)


def _letter(record: Record, kind: Kind, reason: str, role: str, agent: str) -> DeadLetter:
    """Key and headers as they came, too: without them a replay would be another record."""
    headers: dict[str, bytes | None] = dict(record.headers)
    raw = (headers, record.key, record.produced_at)
    where = (record.topic, record.partition, record.offset)
    return DeadLetter(*where, _key(record), record.value, kind, reason, role, agent, *raw)


def _key(record: Record) -> str:
    return (record.key or b"").decode("utf-8", "replace").replace("\x00", "")


def _plain(reason: str) -> str:
    """An error may quote what JSON (a lone surrogate) or Postgres (NUL) refuses: its letter would never arrive."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in reason[:300])
