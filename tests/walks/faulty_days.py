"""a fault, a seed → a short day with it, in memory → the log, the truth, and what became of the pings and the letters."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from infra.faults import strike_now
from infra.inprocess import InProcess, replay
from models import codec
from models.events import Fact
from models.geo import LatLon, Point
from models.ids import CityId, Instant
from models.streets import Street, StreetTravel
from models.ways import MINUTE_MS, Speeds
from pipelines import metrics
from pipelines.proof_ports import Sides
from pipelines.reconcile import reconcile
from simulator.engine import Engine
from simulator.faults import spec
from simulator.faults.day import Faults
from simulator.scenario import Scenario
from simulator.truth import Entry, Write
from tests.real.short_day import short_day

CITY = CityId("faulty")
PING_SECONDS, NOON = 20, 15
SOUTH, NORTH = 0.0, 3_000.0
STREETS = StreetTravel(
    tuple(Point(x, y) for y in (SOUTH, NORTH) for x in (0.0, 2_000.0, 4_000.0)),
    (
        Street(0, 1, "South Quay"), Street(1, 2), Street(3, 4), Street(4, 5),
        Street(0, 3, "West Bridge"), Street(2, 5, "East Bridge"),
    ),
    Speeds(20, 20, 20, 20), 1, LatLon(0, 0),
)  # fmt: skip
"""Two banks, 3 km apart, and two bridges 4 km apart."""
SPECS = {
    "no-shows": "no-shows:share=0.4",
    "rain-surge": "rain-surge:at=+10m:by=1.5",
    "kitchen-meltdown": "kitchen-meltdown:at=+10m",
    "bridge-closed": "bridge-closed:at=+20m:for=40m",
    "stopped-driver": "stopped-driver:at=+15m:for=15m:share=0.5",
    "declining-drivers": "declining-drivers:share=0.3",
    "silent-phone": "silent-phone:at=+10m:for=20m:share=0.3",
    "gps-jumps": "gps-jumps",
    "clock-skew": "clock-skew:at=+10m:for=30m:share=0.3",
    "late-pings": "late-pings",
    "swapped-pings": "swapped-pings",
    "duplicates": "duplicates:share=0.3",
    "garbage": "garbage:share=0.1",
}
"""Each of them strikes something in every short day."""


class Lived(NamedTuple):
    scenario: Scenario
    facts: list[Fact]
    entries: list[Entry]
    fates: dict[str, int]
    letters: list[dict[str, Any]]
    report: dict[str, Any]

    def of(self, kind: type) -> list[Any]:
        return [e for e in self.entries if isinstance(e, kind)]


def a_day(streets: bool = False, seed: int = 0) -> Scenario:
    """Orders in 40 minutes, a ping every 20 s, everybody home after 100; on a plane, or on two banks with two bridges."""
    day = short_day(seed + 1, minutes=40)
    rules = msgspec.structs.replace(
        day.rules, ping_seconds=PING_SECONDS, travel=STREETS if streets else day.rules.travel
    )
    shifts = tuple(msgspec.structs.replace(s, until=s.on_at + 100 * MINUTE_MS) for s in day.shifts)
    return msgspec.structs.replace(day, rules=rules, shifts=shifts)


class Midday(Engine):
    """The engine of a day that goes wrong in the middle: each fault is asked for as `track fault` asks."""

    def __init__(self, scenario: Scenario, specs: Sequence[str], write: Write) -> None:
        super().__init__(scenario, CITY)
        self.specs, self.faults = specs, Faults(self, write)

    def ticks(self, every: int = 1) -> Iterator[Instant]:
        for n, t in enumerate(super().ticks(every)):
            for one in self.specs if n == NOON else ():
                strike_now(self.faults, one)
            yield t


def lived(specs: Sequence[str], scenario: Scenario) -> Lived:
    entries = list[Entry]()
    faults = Faults(Engine(scenario, CITY), entries.append)
    for n, one in enumerate(specs, 1):
        faults.strike(spec.fault(one, n, scenario, scenario.opens_at))
    return _lived(faults, entries)


def lived_from_noon(specs: Sequence[str], scenario: Scenario) -> Lived:
    entries = list[Entry]()
    return _lived(Midday(scenario, specs, entries.append).faults, entries)


def _lived(faults: Faults, entries: list[Entry]) -> Lived:
    before = _fates()
    pipeline = asyncio.run(replay(faults.engine, wire=faults.wire))
    fates = {fate: int(count - before.get(fate, 0)) for fate, count in _fates().items()}
    facts = [codec.decode_fact(raw) for raw in pipeline.log.raw[CITY]]
    letters = list(pipeline.log.tables["dead_letters"].values())
    return Lived(faults.engine.scenario, facts, entries, fates, letters, _reconciled(pipeline))


def _reconciled(pipeline: InProcess) -> dict[str, Any]:
    return asyncio.run(reconcile(CITY, Sides(pipeline.log, pipeline.live, pipeline.clock)))


def _fates() -> dict[str, float]:
    (pings,) = metrics.PINGS.collect()
    return {s.labels["fate"]: s.value for s in pings.samples if s.name.endswith("_total")}
