"""simulator/faults/check.py: a truth that leaves something out, or claims what never was, is found out by the log."""

from collections.abc import Callable

import msgspec
import pytest

from models import events
from models.commands import Ping
from models.events import Fact
from models.geo import Point
from models.ids import CommandId, DriverId, OrderId, RestaurantId
from models.ways import MINUTE_MS
from simulator import truth
from simulator.faults.check import disagreements
from simulator.faults.kinds import Fault
from simulator.faults.legs import legs
from simulator.truth import Entry
from tests.walks.faulty_days import CITY, SPECS, STREETS, Lived, a_day, lived

CLOSED = msgspec.structs.replace(STREETS, closed=("East Bridge",))
NO_GARBAGE = [one for name, one in SPECS.items() if name != "garbage"]


@pytest.fixture(scope="module")
def bad_day() -> Lived:
    return lived(NO_GARBAGE, a_day(streets=True))


@pytest.fixture(scope="module")
def good_day() -> Lived:
    return lived([], a_day())


def accepted(day: Lived) -> Ping:
    """Some position in the middle of the day."""
    ticked = [f.body.positions for f in day.facts if isinstance(f.body, events.Ticked)]
    one = next(some for some in ticked[60:] if some)[0]
    return Ping(one.driver, one.at, one.point)


def test_a_day_without_faults_agrees_with_an_empty_truth(good_day: Lived) -> None:
    assert (good_day.entries, disagreements(good_day.facts, [], good_day.scenario)) == ([], [])


@pytest.mark.parametrize("kind", [truth.ReadyMoved, truth.OrderMoved, truth.Stood, truth.Slowed, truth.CommandSkewed])
def test_what_the_truth_leaves_out_is_found_out(kind: type, bad_day: Lived) -> None:
    told = [e for e in bad_day.entries if not isinstance(e, kind)]

    assert len(told) < len(bad_day.entries)
    assert disagreements(bad_day.facts, told, bad_day.scenario) != []


def first_sent(day: Lived) -> tuple[OrderId, DriverId]:
    return next((f.body.order, f.body.driver) for f in day.facts if isinstance(f.body, events.DriverAssigned))


D0 = DriverId("d0")
FALSE: dict[str, Callable[[Lived], Entry]] = {
    "was silent": lambda day: truth.PingDropped("f", accepted(day)),
    "believed to have jumped": lambda day: truth.PingJumped("f", accepted(day), accepted(day).point),
    "late ping": lambda day: truth.PingDelayed("f", accepted(day), behind=True),
    "not in the log": lambda day: truth.CommandDoubled("f", CommandId("nobody's")),
    "never came": lambda day: truth.NeverStarted("f", D0),
    "by the log at": lambda day: truth.LeftEarly("f", D0, day.scenario.opens_at + 1, day.scenario.opens_at + 2),
    "seen elsewhere": lambda day: truth.Stood("f", D0, 0, 0, 2**60, Point(-1, -1), 0, 0),
    "was closed at": lambda day: truth.Begun("f", CITY, Fault("f", "bridge-closed", 1, 2), ("West Bridge",)),
    "declined o0": lambda day: truth.Declined("f", OrderId("o0"), D0, 1),
    "sent for it again": lambda day: truth.Declined("f", *first_sent(day), at=1),
    "was ready at": lambda day: truth.ReadyMoved("f", OrderId("o0"), RestaurantId("r0"), 0, 1),
    "was placed at": lambda day: truth.OrderMoved("f", OrderId("o0"), 0, 1),
}


@pytest.mark.parametrize("said", FALSE)
def test_what_the_truth_makes_up_is_found_out(said: str, good_day: Lived) -> None:
    found = disagreements(good_day.facts, [FALSE[said](good_day)], good_day.scenario)

    assert any(said in one for one in found), found


def test_a_command_that_was_decided_twice_is_found_out(good_day: Lived) -> None:
    delivered = next(f for f in good_day.facts if isinstance(f.body, events.OrderDelivered))
    again = msgspec.structs.replace(delivered, seq=good_day.facts[-1].seq + 1)
    found = disagreements([*good_day.facts, again], [], good_day.scenario)

    assert [kind for one in found for kind in ("happened 2 times", "decided again") if kind in one] == [
        "happened 2 times",
        "decided again",
    ]


def test_a_driver_who_was_moved_back_is_found_out(good_day: Lived) -> None:
    facts = good_day.facts
    first, second = [n for n, f in enumerate(facts) if isinstance(f.body, events.Ticked) and f.body.positions][60:62]
    swapped = dict(enumerate(facts)) | {
        first: _ticked(facts[first], facts[second]),
        second: _ticked(facts[second], facts[first]),
    }
    found = disagreements(list(swapped.values()), [], good_day.scenario)

    assert any("was moved back" in one for one in found)


def _ticked(fact: Fact, other: Fact) -> Fact:
    """This tick with the other's positions."""
    assert isinstance(fact.body, events.Ticked)
    assert isinstance(other.body, events.Ticked)
    return msgspec.structs.replace(fact, body=msgspec.structs.replace(fact.body, positions=other.body.positions))


def test_nobody_sets_off_over_a_closed_bridge_and_the_way_round_is_longer() -> None:
    """Each way that began while it was closed is as long as without that bridge, and some would have gone over it."""
    day = lived([f"{SPECS['bridge-closed']}:whom=East Bridge"], a_day(streets=True))
    (begun,) = day.of(truth.Begun)
    within = range(begun.what.at, begun.what.until)
    ways = [way for way in legs(day.facts, day.scenario.rules.services, lambda fact: fact.at) if way.leaves in within]
    took = [way.arrives - way.leaves for way in ways]

    assert took == [CLOSED.ms(way.start, way.end, way.vehicle) for way in ways]
    assert any(ms > STREETS.ms(way.start, way.end, way.vehicle) for ms, way in zip(took, ways, strict=True))


def test_whoever_stands_before_the_bridge_when_it_closes_goes_round() -> None:
    """He has the food and leaves a second later, long before the tick that tells: he sees the barrier himself."""
    scenario = a_day(streets=True)
    honest = legs(lived([], scenario).facts, scenario.rules.services, lambda fact: fact.at)
    way = next(
        w for w in honest if CLOSED.ms(w.start, w.end, w.vehicle) > w.arrives - w.leaves and w.leaves % MINUTE_MS > 1000
    )
    seconds = (way.leaves - scenario.opens_at) // 1000 - 1
    day = lived([f"bridge-closed:at=+{seconds}s:whom=East Bridge"], scenario)
    ways = legs(day.facts, scenario.rules.services, lambda fact: fact.at)
    same = next(w for w in ways if (w.driver, w.leaves) == (way.driver, way.leaves))

    assert same.arrives - same.leaves == CLOSED.ms(way.start, way.end, way.vehicle)
