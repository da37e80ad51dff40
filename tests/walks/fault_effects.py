"""a day with a fault → here → what must hold of every such day, and what that fault must have brought about."""

from collections import Counter
from collections.abc import Callable

from models import events
from simulator import truth
from simulator.faults.check import disagreements
from tests.walks.faulty_days import Lived


def holds(day: Lived) -> None:
    """It ends, its log says what the truth says, both stores say what the log says, and every letter was sent as garbage."""
    assert any(isinstance(fact.body, events.CityClosed) for fact in day.facts)
    said = disagreements(day.facts, day.entries, day.scenario)
    assert said == [], said
    assert day.report["drift"] == [], day.report["drift"][:3]
    assert [letter for letter in day.letters if not letter["reason"]] == []
    letters = Counter((letter["topic"], letter["value"]) for letter in day.letters)
    assert letters == Counter((e.topic, e.raw) for e in day.of(truth.GarbageSent))


def no_shows(day: Lived) -> None:
    left = {e.driver for e in day.of(truth.NeverStarted) + day.of(truth.LeftEarly)}

    assert len(left) == round(0.4 * len(day.scenario.shifts))


def rain_surge(day: Lived) -> None:
    assert day.of(truth.Slowed)
    assert day.of(truth.OrderMoved)


def kitchen_meltdown(day: Lived) -> None:
    ready = {f.body.order: f.at for f in day.facts if isinstance(f.body, events.OrderReady)}
    moved = day.of(truth.ReadyMoved)

    assert moved
    assert {e.order: ready[e.order] - e.planned for e in moved} == {e.order: 20 * 60_000 for e in moved}


def bridge_closed(day: Lived) -> None:
    closed, opened = (
        [f.at for f in day.facts if isinstance(f.body, kind)] for kind in (events.StreetClosed, events.StreetOpened)
    )

    assert (len(closed), len(opened)) == (1, 1)


def stopped_driver(day: Lived) -> None:
    assert day.of(truth.Stood)


def declining_drivers(day: Lived) -> None:
    """Each order that was declined went to another driver, or to nobody."""
    declined = {(e.order, e.driver) for e in day.of(truth.Declined)}
    carried = {(f.body.order, f.body.driver) for f in day.facts if isinstance(f.body, events.OrderDelivered)}

    assert declined
    assert not declined & carried


def silent_phone(day: Lived) -> None:
    """Nothing was told by whoever is silent, and all the others said was believed."""
    assert day.of(truth.PingDropped)
    assert set(day.fates) - {"accepted"} == {fate for fate, n in day.fates.items() if n == 0}


def gps_jumps(day: Lived) -> None:
    assert day.fates["teleport"] == len(day.of(truth.PingJumped)) > 0


def clock_skew(day: Lived) -> None:
    """A clock that is behind brings late pings until it has caught up; one that is ahead, when it is right again."""
    assert day.of(truth.PingSkewed)
    assert day.of(truth.CommandSkewed)
    assert day.fates["late"] > 0


def late(day: Lived) -> None:
    assert day.fates["late"] == sum(e.behind for e in day.of(truth.PingDelayed)) > 0


def duplicates(day: Lived) -> None:
    assert day.of(truth.CommandDoubled)
    assert day.fates["late"] == sum(len(e.pings) for e in day.of(truth.FrameDoubled)) > 0


def garbage(day: Lived) -> None:
    sent = Counter((e.topic, e.raw) for e in day.of(truth.GarbageSent))
    on = Counter(topic for topic, _ in sent.elements())

    assert set(on) == {"city-commands", "driver-pings"}


EFFECTS: dict[str, Callable[[Lived], None]] = {
    "no-shows": no_shows,
    "rain-surge": rain_surge,
    "kitchen-meltdown": kitchen_meltdown,
    "bridge-closed": bridge_closed,
    "stopped-driver": stopped_driver,
    "declining-drivers": declining_drivers,
    "silent-phone": silent_phone,
    "gps-jumps": gps_jumps,
    "clock-skew": clock_skew,
    "late-pings": late,
    "swapped-pings": late,
    "duplicates": duplicates,
    "garbage": garbage,
}
