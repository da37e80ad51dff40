"""One short day with every fault at once, through real servers; and a fault that is switched on while a city is live."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from infra import control, replay, simulate, stack
from infra.stack import Stack
from models.events import CityClosed, StreetClosed
from models.ids import CityId
from models.settings import Settings
from models.ways import MINUTE_MS
from simulator import truth
from simulator.faults.kinds import KINDS
from tests.real.faults_through import fates, left, nameless, through, until
from tests.walks.fault_effects import holds
from tests.walks.faulty_days import CITY, SPECS, a_day, lived

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

SPEED = 60.0
ALL = [f"{one}:seed=1" for one in SPECS.values()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack.running(Settings(), tmp_path_factory.mktemp("faults")) as one:
        yield one


@pytest.mark.expects_dead_letters
def test_a_day_with_every_fault_at_once_comes_out_as_the_truth_says_and_as_it_does_in_memory(running: Stack) -> None:
    """The letters that are expected here are those of the same day in memory, whose guards are of this process."""
    day, in_memory = through(running, ALL, a_day(streets=True)), lived(ALL, a_day(streets=True))

    holds(day)
    assert {e.fault.partition("#")[0] for e in day.entries} == set(KINDS)
    assert nameless(day.facts, day.facts[0].city) == nameless(in_memory.facts, CITY)
    assert day.fates == {fate: n for fate, n in in_memory.fates.items() if fate in day.fates}


def test_a_fault_is_switched_on_in_a_city_that_is_live(running: Stack, tmp_path: Path) -> None:
    """The last quarter of an hour of the day, a minute of it in a second of ours."""
    day = a_day(streets=True)
    ends = max(s.until for s in day.shifts)
    late = msgspec.structs.replace(day, live_from=ends - 15 * MINUTE_MS)
    settings, file = running.settings.model_copy(update={"state_dir": tmp_path}), tmp_path / "truth.jsonl"
    before = fates(running)
    with ThreadPoolExecutor(1) as pool:
        fed = pool.submit(simulate.simulate, late, settings, SPEED, ["duplicates:share=0.5"], file)
        city = _opened(tmp_path)
        told = control.ask(tmp_path, "bridge-closed:for=3m:whom=East Bridge")
        with pytest.raises(control.Refused, match="'flood' is no fault"):
            control.ask(tmp_path, "flood")
        fed.result()
    lived = left(running, city, truth.read(file), late, before)

    holds(lived)
    assert told.endswith(f"of {city}: East Bridge")
    assert [f.body.street for f in lived.facts if isinstance(f.body, StreetClosed)] == ["East Bridge"]
    assert {e.fault.partition("#")[0] for e in lived.entries} == {"duplicates", "bridge-closed"}


def test_a_simulator_that_is_asked_to_end_closes_its_city(running: Stack, tmp_path: Path) -> None:
    """Nobody feeds it again: left open, it stood in the menu for ever, and retention waited for it."""
    settings, ends = running.settings.model_copy(update={"state_dir": tmp_path}), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        fed = pool.submit(simulate.simulate, a_day(), settings, SPEED, (), None, ends.is_set)
        city = _opened(tmp_path)
        ends.set()
        fed.result()
        until(lambda: CityClosed in {type(fact.body) for fact in replay.stored(str(settings.postgres_url), city).facts})


def _opened(state_dir: Path) -> CityId:
    """The city of the simulator that runs from here, once it does."""
    until(lambda: any((state_dir / control.SIMULATORS).glob(f"*/{control.LOCK}")))
    (lock,) = (state_dir / control.SIMULATORS).glob(f"*/{control.LOCK}")
    return CityId(lock.parent.name)
