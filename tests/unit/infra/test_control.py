"""infra/control.py: a running simulator is asked and answers; where none runs, that is said."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra import control
from infra.control import Inbox, NoSimulator, Refused, ask
from models.ids import CityId
from simulator.faults.kinds import BadFault

TOWN = CityId("town")


@pytest.fixture
def asker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def strike(asked: str) -> str:
    if asked == "flood":
        raise BadFault("'flood' is no fault")
    return f"{asked}: done"


def test_a_running_simulator_does_what_is_asked_and_says_so(tmp_path: Path, asker: ThreadPoolExecutor) -> None:
    with Inbox(tmp_path, TOWN) as inbox:
        told = asker.submit(ask, tmp_path, "garbage")
        while not told.done():
            inbox.answer(strike)

    assert told.result() == "garbage: done"


def test_a_fault_that_cannot_be_is_refused_with_its_reason(tmp_path: Path, asker: ThreadPoolExecutor) -> None:
    with Inbox(tmp_path, TOWN) as inbox:
        told = asker.submit(ask, tmp_path, "flood")
        while not told.done():
            inbox.answer(strike)

    with pytest.raises(Refused, match="'flood' is no fault"):
        told.result()


def test_where_no_simulator_runs_it_is_said_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NoSimulator, match="make demo"):
        ask(tmp_path, "garbage")


def test_a_simulator_that_was_killed_does_not_count(tmp_path: Path) -> None:
    (tmp_path / control.SIMULATORS / TOWN).mkdir(parents=True)
    (tmp_path / control.SIMULATORS / TOWN / control.LOCK).touch()
    with pytest.raises(NoSimulator, match="make demo"):
        ask(tmp_path, "garbage")


def test_of_several_simulators_one_must_be_named(tmp_path: Path) -> None:
    with Inbox(tmp_path, TOWN), Inbox(tmp_path, CityId("village")):
        with pytest.raises(NoSimulator, match="--city town or village"):
            ask(tmp_path, "garbage")
        with pytest.raises(NoSimulator, match=r"hamlet does not run from .*; running: town, village"):
            ask(tmp_path, "garbage", "hamlet")


def test_who_does_not_answer_in_time_did_not_do_it(tmp_path: Path) -> None:
    with Inbox(tmp_path, TOWN) as inbox:
        with pytest.raises(NoSimulator, match="it was not done"):
            ask(tmp_path, "garbage", seconds=0.01)
        done = list[str]()
        inbox.answer(lambda asked: done.append(asked) or "")

    assert done == []


def test_a_simulator_that_ends_leaves_nothing_behind(tmp_path: Path) -> None:
    with Inbox(tmp_path, TOWN):
        pass

    assert list((tmp_path / control.SIMULATORS).iterdir()) == []
