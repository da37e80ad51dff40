"""a scenario → here → a finished day: the whole pipeline as four function calls a tick, in memory and in lockstep."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from models import commands, events
from models.city import City, apply
from models.decide import decide, happened_at
from models.dispatch import POLICIES, match
from models.driver import observe
from models.estimates import Prediction, Score
from models.eta import Etas, follow
from models.ids import CityId, CommandId, DriverId
from models.order import may_be_assigned
from models.policies.nearest import nearest
from models.policies.reasons import Chosen
from models.rules import Rules
from simulator.engine import Engine
from simulator.scenario import Scenario

DATA = Path(os.environ.get("TRACK_DATA_DIR", Path(__file__).parents[4] / "shared" / "data"))


class Replayed(NamedTuple):
    facts: list[events.Fact]
    city: City
    predictions: list[Prediction]
    scores: list[Score]


class Lockstep:
    """One city: commands in, facts out, kept in a log."""

    def __init__(self, scenario: Scenario) -> None:
        self.engine, self.seen = Engine(scenario, CityId("test")), 0
        self.city, self.log = City(CityId("test")), list[events.Fact]()
        self.etas, self.told = Etas(City(CityId("test"))), list[Prediction | Score]()
        self.fixes: dict[DriverId, events.Position] = {}
        self.put(*self.engine.opening())

    def put(self, *asked: commands.Command) -> None:
        for command in asked:
            for body in decide(self.city, command):
                at, seq = happened_at(self.city, command), self.city.seq + 1
                self.log.append(events.Fact(self.city.id, seq, command.id, at, body))
                apply(self.city, self.log[-1])
                self.told += follow(self.etas, self.log[-1])

    def ask(self, t: int, body: commands.Asked) -> None:
        self.put(commands.Command(CommandId(f"{type(body).__name__}:{t}"), self.city.id, t, t, "test", body))

    def accepted(self, pings: tuple[commands.Ping, ...]) -> tuple[events.Position, ...]:
        travel = self.engine.scenario.rules.travel
        fixes = [observe(travel, self.fixes.get(p.driver), p, self.city.now) for p in pings]
        assert all(isinstance(f, events.Position) for f in fixes), "an honest phone was not believed"
        self.fixes |= {f.driver: f for f in fixes if isinstance(f, events.Position)}
        return tuple(f for f in fixes if isinstance(f, events.Position))

    def turn(self, t: int) -> None:
        step = self.engine.advance(t)
        self.put(*step.commands)
        self.ask(t, commands.Tick(t, self.accepted(step.pings)))
        self.ask(t, match(self.city, t))
        self.learn()

    def learn(self) -> None:
        for fact in self.log[self.seen :]:
            self.engine.learn(fact)
        self.seen = len(self.log)

    def run(self, every: int = 1) -> Replayed:
        """To the end of the day; `every` so many ticks, as a feeder does that catches up."""
        for t in self.engine.ticks(every):
            self.turn(t)
        return Replayed(self.log, self.city, self.predictions, [one for one in self.told if isinstance(one, Score)])

    @property
    def predictions(self) -> list[Prediction]:
        return [one for one in self.told if isinstance(one, Prediction)]


@pytest.fixture(scope="session")
def lockstep() -> Callable[[Scenario], Lockstep]:
    return Lockstep


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Path]:
    def find(name: str) -> Path:
        folder = DATA / "mdrp" / name
        if not folder.is_dir():
            pytest.skip(f"the recorded days are not here: {folder} (set TRACK_DATA_DIR)")
        return folder

    return find


@pytest.fixture
def in_pairs(monkeypatch: pytest.MonkeyPatch) -> str:
    """A policy that sends a driver out with two orders of one restaurant where two are waiting."""

    def pairs(city: City, rules: Rules, t: int) -> list[Chosen]:
        turn = list[Chosen]()
        for one, why in nearest(city, rules, t):
            taken = {o for a, _ in turn for o in a.orders}
            first = city.orders[one.orders[0]]
            others = (o.id for o in city.orders.values() if may_be_assigned(o) and o.restaurant == first.restaurant)
            if first.id not in taken:
                second = next((o for o in sorted(others) if o not in {*taken, first.id}), None)
                turn.append((commands.Assignment(one.driver, (first.id, second) if second else (first.id,)), why))
        return turn

    monkeypatch.setitem(POLICIES, "pairs", pairs)
    return "pairs"
