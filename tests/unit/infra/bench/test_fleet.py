"""infra/bench/fleet.py: the plan that the benchmark's proof rests on, counted again ping by ping."""

import itertools

import pytest

from infra.bench.fleet import FRAME_PINGS, METRES_PER_SECOND, Fleet, Told
from models import codec
from models.commands import Frame, OpenCity, StartShift
from models.geo import plane_metres
from models.ids import CityId
from models.rows import POSITION_SLOT_MS
from models.topics import CITY_COMMANDS, DRIVER_PINGS

BEGAN = 1_800_000_003_210
FLEET = Fleet(CityId("town"), 100, 12, 1, BEGAN)


def frames(fleet: Fleet) -> list[Frame]:
    decoded = (codec.decode(DRIVER_PINGS.name, fleet.frame(n), codec.HEADERS).message for n in range(fleet.frames))
    return [frame for frame in decoded if isinstance(frame, Frame)]


def test_each_driver_pings_once_a_second() -> None:
    times: dict[str, list[int]] = {}
    for n in range(FLEET.pings):
        times.setdefault(FLEET.position(n).driver, []).append(FLEET.at(n))

    assert len(times) == FLEET.drivers
    assert {b - a for some in times.values() for a, b in itertools.pairwise(some)} == {1000}


def test_nobody_moves_faster_than_a_motorcycle() -> None:
    for n in range(FLEET.pings - FLEET.drivers):
        assert plane_metres(FLEET.position(n).point, FLEET.position(n + FLEET.drivers).point) < METRES_PER_SECOND + 0.1


def test_what_is_sent_is_what_is_counted() -> None:
    sent = frames(FLEET)
    pings = [ping for frame in sent for ping in frame.pings]

    assert len(pings) == FLEET.pings + FLEET.repeats
    assert len(set(pings)) == FLEET.pings
    assert FLEET.repeats == 1
    assert FLEET.full_at(0) == sent[0].pings[FRAME_PINGS - 1].at


def test_the_rows_and_the_last_positions_are_those_of_the_pings_one_by_one() -> None:
    slots: dict[tuple[str, int], int] = {}
    last = {}
    for n in range(FLEET.pings):
        position = FLEET.position(n)
        slots.setdefault((position.driver, position.at // POSITION_SLOT_MS), position.at)
        last[position.driver] = position

    assert FLEET.rows() == (len(slots), sum(slots.values()))
    assert FLEET.last() == last


@pytest.mark.parametrize("seconds", [1, 5])
def test_a_tick_carries_each_driver_s_newest_ping_that_was_sent_where_it_is_not_of_after_it(seconds: int) -> None:
    """A frame that is half of after the tick was sent before it: who is in that half waits for the next one."""
    last = Told(FLEET.at(FLEET.pings), FLEET.frames)
    times = range(BEGAN + seconds * 1000, BEGAN + 12_000, seconds * 1000)
    ticks = [*(Told(t, sum(FLEET.at(n * FRAME_PINGS) <= t for n in range(FLEET.frames))) for t in times), last]
    carried, before, sent = 0, 0, [FLEET.position(n) for n in range(FLEET.pings)]
    for tick in ticks:
        newest = {p.driver: p for p in sent[: tick.frames * FRAME_PINGS]}
        carried += sum(before < p.at <= tick.t for p in newest.values())
        before = tick.t

    assert FLEET.in_ticks(ticks) == carried
    assert carried < len(ticks) * FLEET.drivers
    assert FLEET.in_ticks([]) == 0


@pytest.mark.parametrize("number", [0, 1, 100])
def test_the_city_opens_as_any_other_and_then_come_the_shifts(number: int) -> None:
    opening = [codec.decode(CITY_COMMANDS.name, raw, codec.HEADERS).message for raw in FLEET.opening(BEGAN)]
    kinds = [type(getattr(command, "body", None)) for command in opening]

    assert len(kinds) == 101
    assert kinds[number] is (StartShift if number else OpenCity)
