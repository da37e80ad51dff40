"""simulator/wire.py and what disturbs it: the bytes of a step, whatever happens to them on the way."""

import pytest

from models import codec
from models.codec import HEADERS
from models.commands import Frame, Ping
from models.errors import Unreadable
from models.geo import Point
from models.ids import CityId, DriverId
from models.topics import CITY_COMMANDS, DRIVER_PINGS
from simulator.engine import Engine, Step
from simulator.faults import spec
from simulator.faults.day import Faults
from simulator.truth import Entry, GarbageSent, PingDelayed
from simulator.wire import FRAME_PINGS, Wire
from tests.real.short_day import short_day

DAY = short_day()
CITY = CityId("town")
SECONDS = range(1, 601)
PINGS = [
    Ping(DriverId(f"d{n}"), DAY.opens_at + 1000 * second, Point(second, n))
    for second in SECONDS if second % 20 == 0
    for n in range(8)
]  # fmt: skip


def faulty(*specs: str) -> tuple[Faults, list[Entry]]:
    entries = list[Entry]()
    faults = Faults(Engine(DAY, CITY), entries.append)
    for n, one in enumerate(specs, 1):
        faults.strike(spec.fault(one, n, DAY, DAY.opens_at))
    return faults, entries


def told(wire: Wire, every_seconds: int) -> list[Ping]:
    """What goes out when a step is so long."""
    out = list[Ping]()
    for until in range(every_seconds, len(SECONDS) + 1, every_seconds):
        t, since = DAY.opens_at + 1000 * until, DAY.opens_at + 1000 * (until - every_seconds)
        _, payloads = wire.carry(Step((), tuple(p for p in PINGS if since < p.at <= t)), t)
        for payload in payloads:
            frame = codec.decode(DRIVER_PINGS.name, payload, HEADERS).message
            assert isinstance(frame, Frame)
            out += frame.pings
    return out


def test_an_honest_wire_says_what_happened_in_frames_of_25() -> None:
    engine = Engine(DAY, CITY)
    asked, frames = Wire(engine).carry(Step(tuple(engine.opening()), tuple(PINGS)), DAY.opens_at)

    assert [codec.decode(CITY_COMMANDS.name, one, HEADERS).message for one in asked] == Engine(DAY, CITY).opening()
    assert len(frames) == -(-len(PINGS) // FRAME_PINGS)
    assert told(Wire(engine), 60) == PINGS


@pytest.mark.parametrize(
    "name", ["gps-jumps", "silent-phone:share=0.5", "clock-skew:share=0.5", "swapped-pings", "late-pings"]
)
def test_the_same_pings_are_struck_however_the_day_is_cut_into_steps(name: str) -> None:
    """A live city that fell behind takes longer steps; which of its pings go wrong must not hang on that."""
    cut = []
    for every_seconds in (1, 20, 60):
        faults, entries = faulty(f"{name}:seed=5")
        told(faults.wire, every_seconds)
        cut.append({repr(getattr(e, "ping", None)) for e in entries})

    assert cut[0] == cut[1] == cut[2]
    assert len(cut[0]) > 5


def test_a_swapped_ping_comes_right_behind_its_next() -> None:
    faults, entries = faulty("swapped-pings:share=0.3:whom=d1")
    order = [p.at for p in told(faults.wire, 60) if p.driver == "d1"]
    swapped = [e.ping.at for e in entries if isinstance(e, PingDelayed)]

    assert sorted(order) == [p.at for p in PINGS if p.driver == "d1"]
    assert swapped
    assert all(order[order.index(at) - 1] == at + 20_000 for at in swapped)


def test_a_late_ping_comes_as_late_as_was_said() -> None:
    faults, entries = faulty("late-pings:by=100s:share=0.4:whom=d1")
    order = [p.at for p in told(faults.wire, 20) if p.driver == "d1"]
    late = [e.ping.at for e in entries if isinstance(e, PingDelayed)]

    assert late
    assert all(
        set(order[: order.index(at)]) >= {p for p in order if at < p < at + 100_000 and p not in late} for at in late
    )


def test_no_garbage_can_be_read() -> None:
    faults, entries = faulty("garbage:share=0.5")
    for n in range(1, 400):
        t = DAY.opens_at + 1000 * n
        faults.wire.carry(Step(tuple(Engine(DAY, CITY).opening())[:1], (PINGS[0],)), t)
    sent = [e for e in entries if isinstance(e, GarbageSent)]

    assert len(sent) > 300
    for one in sent:
        with pytest.raises(Unreadable):
            codec.decode(one.topic, one.raw, HEADERS)
