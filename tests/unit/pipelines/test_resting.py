"""A worker's memory is of the cities that are spoken of; the others rest in the log."""

from models.ids import CityId
from pipelines.resting import REST_MS, Resting
from tests.unit.pipelines.bench import CITY, NOW, Bench, command

TOWN, PORT, ISLE = CityId("town"), CityId("port"), CityId("isle")


def test_a_city_rests_when_nobody_has_spoken_of_it_for_five_minutes() -> None:
    resting = Resting()
    resting.after([TOWN], NOW)

    assert resting.after([PORT], NOW + REST_MS) == []
    assert resting.after([PORT], NOW + REST_MS + 1) == [TOWN]


def test_a_city_that_goes_on_is_never_at_rest() -> None:
    resting = Resting()
    named = [resting.after([TOWN], NOW + n * REST_MS) for n in range(100)]

    assert named == [[]] * 100


def test_a_city_at_rest_is_named_once_until_it_speaks_again() -> None:
    resting, later = Resting(), NOW + REST_MS + 1
    resting.after([TOWN, PORT], NOW)

    assert resting.after([ISLE], later) == [TOWN, PORT]
    assert resting.after([ISLE], later + 1) == []
    assert resting.after([TOWN], later + 2) == []
    assert resting.after([ISLE], later + REST_MS + 3) == [TOWN]


async def test_the_guard_tells_an_agent_which_cities_it_may_forget() -> None:
    bench = Bench()
    await bench.take(command(1))
    bench.guard.resting.after([TOWN, PORT], NOW)
    bench.clock.now += REST_MS + 1
    await bench.take(command(2))

    assert CITY == TOWN
    assert bench.guard.ports.memory.dropped == [PORT]
