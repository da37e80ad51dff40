"""simulator/faults/spec.py and day.py: what may be said of a fault, and what is wrong with anything else."""

from collections import Counter

import msgspec
import pytest

from models.ids import CityId, RestaurantId
from models.ways import MINUTE_MS
from simulator.engine import Engine
from simulator.faults import spec
from simulator.faults.day import Faults, chosen
from simulator.faults.kinds import KINDS, BadFault, Fault
from simulator.scenario import Scenario
from simulator.sources import synthetic
from tests.real.short_day import short_day

DAY = short_day()
OPENS = DAY.opens_at
ENDS = max(s.until for s in DAY.shifts)
HOUR_MS = 60 * MINUTE_MS


def read(said: str, scenario: Scenario = DAY, since: int = OPENS) -> Fault:
    return spec.fault(said, 1, scenario, since)


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"bridge-closed"}))
def test_a_name_alone_is_a_fault_from_the_start_on(name: str) -> None:
    fault = read(name)

    assert (fault.id, fault.name, fault.at, fault.seed) == (f"{name}#1", name, OPENS, 0)
    assert fault.until == min(ENDS, OPENS + (KINDS[name].lasts_ms or ENDS))


def test_everything_may_be_said_in_any_order() -> None:
    fault = read("late-pings:by=90s:seed=7:share=0.25:at=01:10:for=10m:whom=d3")

    at = OPENS + MINUTE_MS + HOUR_MS + 10 * MINUTE_MS
    assert fault == Fault("late-pings#1", "late-pings", at, at + 10 * MINUTE_MS, 7, 0.25, 90_000, "d3")


def test_a_time_may_count_from_the_start() -> None:
    assert read("garbage:at=+15m").at == OPENS + 15 * MINUTE_MS


def test_a_clock_is_the_citys_own() -> None:
    there = msgspec.structs.replace(DAY, rules=msgspec.structs.replace(DAY.rules, time_zone="America/Chicago"))

    assert read("garbage:at=18:30", there).at == OPENS + MINUTE_MS + 30 * MINUTE_MS


def test_a_fault_ends_with_the_day_at_the_latest() -> None:
    assert read("silent-phone:for=20h").until == ENDS


@pytest.mark.parametrize(
    ("said", "by"), [("gps-jumps:by=500m", 500.0), ("gps-jumps:by=2km", 2000.0), ("rain-surge:by=2.5", 2.5)]
)
def test_how_much_is_said_in_its_own_unit(said: str, by: float) -> None:
    assert read(said).by == by


@pytest.mark.parametrize(
    ("said", "wrong", "allowed"),
    [
        ("late-ping", "'late-ping' is no fault", "late-pings"),
        ("", "is no fault", "garbage"),
        ("garbage:share", "is no fault", "Faults: no-shows"),
        ("garbage:whom=d1", "garbage has no whom", "at, for, seed, share"),
        ("duplicates:by=3:shape=1", "no by and no shape", "at, for, seed, share"),
        ("garbage:seed=1:seed=2", "said twice", ""),
        ("garbage:seed=-1", "seed=-1", "from 0 on"),
        ("garbage:seed=٣", "seed=٣", "from 0 on"),
        ("garbage:share=0", "share=0", "above 0 and at most 1"),
        ("garbage:share=nan", "share=nan", "above 0 and at most 1"),
        ("garbage:share=0.6", "at most 0.5", ""),
        ("garbage:share=much", "share=much", "above 0"),
        ("garbage:at=noon", "at=noon is no time", "at=18:45"),
        ("garbage:at=25:00", "at=25:00 is no time", "at=+10m"),
        ("garbage:at=23:00", "it would begin at 2018-01-01 23:00:00", "2017-12-31 23:59:00 UTC to 2018-01-01 03:00:00"),
        ("garbage:at=+10", "'10' is no duration", "90s, 10m or 1h"),
        ("garbage:for=0m", "'0m' is no duration", "10m"),
        ("garbage:for=48h", "'48h' is no duration", "at most a day"),
        ("rain-surge:by=1", "by=1 is no factor", "at most 10"),
        ("rain-surge:by=inf", "by=inf is no factor", "at most 10"),
        ("gps-jumps:by=20", "by=20 is no distance", "20km"),
        ("gps-jumps:by=900km", "by=900km is no distance", "at most 100km"),
    ],
)
def test_what_cannot_be_says_what_is_wrong_and_what_is_allowed(said: str, wrong: str, allowed: str) -> None:
    with pytest.raises(BadFault) as refused:
        read(said)

    assert wrong in str(refused.value)
    assert allowed in str(refused.value)


def test_an_unknown_time_zone_is_named() -> None:
    nowhere = msgspec.structs.replace(DAY, rules=msgspec.structs.replace(DAY.rules, time_zone="Mars/Crater"))
    with pytest.raises(BadFault, match="Mars/Crater"):
        read("garbage:at=18:30", nowhere)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("silent-phone:whom=nobody", "'nobody' is no driver of this city; there are d0, d1"),
        ("kitchen-meltdown:whom=Roma", "'Roma' is no restaurant of this city; there are r0, r1"),
        ("bridge-closed", "this city has no streets"),
    ],
)
def test_whom_it_cannot_strike_is_said_before_the_day_begins(said: str, wrong: str) -> None:
    with pytest.raises(BadFault, match=wrong):
        chosen(read(said), DAY)


def test_whom_it_strikes_is_drawn_by_its_seed() -> None:
    drawn = {chosen(read(f"silent-phone:share=0.25:seed={n}"), DAY) for n in range(20)}

    assert {len(some) for some in drawn} == {2}
    assert len(drawn) > 5
    assert chosen(read("silent-phone:share=0.25:seed=3"), DAY) == chosen(read("silent-phone:share=0.25:seed=3"), DAY)


def test_a_meltdown_strikes_a_kitchen_that_has_much_in_hand() -> None:
    """Of 120 kitchens of a demo one in three has a single order: its meltdown is seen by nobody."""
    day = synthetic.build(seed=7)
    asked = spec.fault("kitchen-meltdown:at=+60s:for=15m", 1, day, day.live_from or day.opens_at)
    struck = [chosen(msgspec.structs.replace(asked, seed=n), day)[0] for n in range(8)]
    in_hand = Counter(o.restaurant for o in day.orders if o.placed_at < asked.until and o.ready_at > asked.at)

    assert min(in_hand[RestaurantId(one)] for one in struck) >= 5
    assert len(set(struck)) > 1


@pytest.mark.parametrize("again", ["kitchen-meltdown:whom=r0:at=+5m", "kitchen-meltdown:whom=r0:at=+29m"])
def test_two_faults_of_a_kind_do_not_strike_one_victim_at_once(again: str) -> None:
    """Each would write down a truth that the other made untrue."""
    day = Faults(Engine(DAY, CityId("town")), [].append)
    day.strike(read("kitchen-meltdown:whom=r0:at=+2m:for=28m"))
    with pytest.raises(BadFault, match="kitchen-meltdown#1 strikes r0 then"):
        day.strike(read(again))


def test_two_faults_of_a_kind_may_follow_each_other_and_strike_side_by_side() -> None:
    day = Faults(Engine(DAY, CityId("town")), [].append)
    for said in ("whom=r0:at=+2m:for=8m", "whom=r0:at=+10m:for=5m", "whom=r1:at=+2m"):
        day.strike(read(f"kitchen-meltdown:{said}"))
    day.strike(read("garbage:for=1m"))
    with pytest.raises(BadFault, match="garbage#1 strikes every message then"):
        day.strike(read("garbage"))

    assert len(day.struck) == 4


def test_there_is_a_line_for_every_fault() -> None:
    assert [line.partition(":")[0] for line in spec.told()] == list(KINDS)
