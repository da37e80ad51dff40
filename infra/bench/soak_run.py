"""a running stack → here → cities fed into it one after another, samples meanwhile, at the end the proof of each city."""

import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import Any

import msgspec
import psycopg

from infra.bench import soak_judge as judge
from infra.bench.soak_city import Ask
from infra.bench.soak_watch import Watch, levels, tables
from infra.local.tether import tethered
from infra.proof import reconcile
from infra.stack import Stack
from simulator import truth

SAMPLE_SECONDS, DRAIN_SECONDS, LEAVE_SECONDS = 5.0, 120.0, 10.0
ENOUGH_BAD_ENDS, DRIFT_NAMED = 3, 5
STORES_ONLY = ("postgres database", "kafka log")
"""They hold what happened, and are meant to grow with it."""
LETTERS = "select key, topic, value from dead_letters"


class Soak:
    """`ended_badly` names simulators that did not end by themselves."""

    def __init__(self, up: Stack, watch: Watch, ask: Ask) -> None:
        self.up, self.watch, self.ask = up, watch, ask
        self.ended_badly: list[str] = []
        self.cut_off = False
        self._simulator: subprocess.Popen[bytes] | None = None

    def run(self, seconds: float) -> None:
        """Feed and sample for so long; returns when nothing waits any more."""
        began = time.monotonic()
        try:
            while time.monotonic() - began < seconds and len(self.ended_badly) < ENOUGH_BAD_ENDS:
                self._feed()
                self.watch.look(self._pids(), live=True)
                left = SAMPLE_SECONDS - (time.monotonic() - began) % SAMPLE_SECONDS
                time.sleep(min(left, max(0.0, began + seconds - time.monotonic())))
        finally:
            self._leave()
        self._drain()

    def report(self) -> dict[str, Any]:
        """Everything that was seen, and the proof of each city."""
        watch = self.watch
        found = reconcile(self.up.settings)["cities"]
        memory = {**watch.memory, **{n: points for n, points in watch.stores.items() if n not in STORES_ONLY}}
        series = {**memory, **{name: watch.stores[name] for name in STORES_ONLY}}
        return {
            "settled_s": None if watch.settled is None else round(watch.settled, 1),
            "memory": {name: judge.slope(points, watch.settled) for name, points in series.items()},
            "minutes": {name: judge.block_means(points) for name, points in series.items()},
            "levels": {name: levels(points) for name, points in series.items()},
            "pss": {name: round(mb, 1) for name, mb in watch.pss.items()},
            "lag_records": {role: judge.lag(values) for role, values in watch.records.items()},
            "lag_seconds": {agent: judge.lag(values) for agent, values in watch.seconds.items()},
            "silent": dict(watch.silent),
            "starts": {name: one["starts"] for name, one in self.up.launcher.status().items()},
            "letters": self._letters(),
            "cities": [_city(one) for one in found],
            "drift": {one["city"]: _named(one["drift"]) for one in found if one["drift"]},
            "tables": tables(str(self.up.settings.postgres_url)),
            "ended_badly": self.ended_badly,
        }

    def _pids(self) -> dict[str, int | None]:
        return {name: one["pid"] for name, one in self.up.launcher.status().items()}

    def _feed(self) -> None:
        """The next city as soon as the last one has closed."""
        if self._simulator is not None:
            if (code := self._simulator.poll()) is None:
                return
            if code:
                self.ended_badly.append(f"the simulator of seed {self.ask.seed} ended with {code}")
            self.ask = msgspec.structs.replace(self.ask, seed=self.ask.seed + 1)
        asked = msgspec.json.encode(self.ask).decode()
        argv = tethered([sys.executable, "-m", "infra.bench.soak_city", asked], death_signal=SIGKILL)
        settings = self.up.settings
        kafka = {"TRACK_KAFKA_BOOTSTRAP": settings.kafka_bootstrap or "", "TRACK_STATE_DIR": str(settings.state_dir)}
        with (settings.state_dir / "simulators.log").open("ab") as log:
            self._simulator = subprocess.Popen(argv, env={**os.environ, **kafka}, stdout=log, stderr=log)

    def _leave(self) -> None:
        """The last city stays open: nobody feeds it any more."""
        one = self._simulator
        if one is None or one.poll() is not None:
            return
        self.cut_off = True
        one.terminate()
        with suppress(subprocess.TimeoutExpired):
            one.wait(LEAVE_SECONDS)
            return
        one.kill()
        one.wait()

    def _drain(self) -> None:
        """Whatever waits then is seen by the proof."""
        until = time.monotonic() + DRAIN_SECONDS
        while self.watch.waiting() and time.monotonic() < until:
            time.sleep(1)
        if left := self.watch.waiting():
            self.ended_badly.append(f"{left} records wait {DRAIN_SECONDS:.0f} s after the last was sent")

    def _letters(self) -> judge.Letters:
        """Of a city that was cut off, what was not sent any more is no missing letter."""
        with psycopg.connect(str(self.up.settings.postgres_url)) as link:
            written = Counter((key, topic, bytes(value or b"")) for key, topic, value in link.execute(LETTERS))
        files = sorted((self.up.settings.state_dir / "truth").glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
        sent = Counter[judge.Letter]()
        for path in files:
            garbage = _garbage(path)
            sent += garbage & written if self.cut_off and path == files[-1] else garbage
        return judge.letters(sent, written)


def _garbage(path: Path) -> Counter[judge.Letter]:
    return Counter((path.stem, one.topic, one.raw) for one in truth.read(path) if isinstance(one, truth.GarbageSent))


def _city(one: dict[str, Any]) -> dict[str, Any]:
    return {"city": one["city"], "facts": one["facts"], "drift": len(one["drift"]), "retired": "retired" in one}


def _named(drift: list[dict[str, Any]]) -> list[str]:
    more = [f"and {len(drift) - DRIFT_NAMED} more"] if len(drift) > DRIFT_NAMED else []
    return [f"{one['where']} {one['what']}" for one in drift[:DRIFT_NAMED]] + more
