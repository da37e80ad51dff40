"""What people did about an incident → words: whose it is, what was pulled against it, what was foretold and what came."""

import msgspec
import pytest

from dashboard.actions import against, lever_words, on_their_own, tending
from dashboard.needs import panel
from dashboard.snapshot import Snapshot
from models.ids import RestaurantId
from models.incidents import Cause, Incident
from models.levers import (
    CallDrivers,
    Effect,
    ExtendPromises,
    Levers,
    PauseKitchen,
    Range,
    ShrinkRadius,
    SlowKitchen,
)
from models.pulled import PulledLever
from models.ways import MINUTE_MS
from tests.unit.dashboard.snapshots import NOW, incident, snapshot

KITCHEN = incident(Cause.KITCHEN, "r2", "3", "4")
NOUGHT = Range(0.0, 0.0, 0.0)
GAIN = Effect(60, NOUGHT, Range(120.0, 210.4, 1300.0), NOUGHT, Range(-40.4, -25.2, -9.6), 3.0)
PAUSE = PulledLever("l1", PauseKitchen(RestaurantId("r2")), NOW, NOW + 30 * MINUTE_MS, KITCHEN.id, GAIN)


def seen(one: Incident = KITCHEN, *levers: PulledLever) -> Snapshot:
    return snapshot(incidents={one.id: one}, levers={lever.id: lever for lever in levers})


def test_an_incident_that_nobody_tends_says_nothing_of_it() -> None:
    assert (tending(seen(), KITCHEN), against(seen(), KITCHEN)) == ("", ())


def test_whose_it_is_who_has_seen_it_and_until_when_it_sleeps() -> None:
    one = msgspec.structs.replace(KITCHEN, owner="Ann", acknowledged_by="bob", snoozed_until=NOW + 15 * MINUTE_MS)
    said = tending(seen(one), one)

    assert said.startswith("Ann sees to it, seen by bob, asleep until ")


def test_who_woke_up_is_not_said_to_sleep() -> None:
    assert tending(seen(), msgspec.structs.replace(KITCHEN, snoozed_until=NOW)) == ""


def test_what_sleeps_comes_after_what_is_awake() -> None:
    sleeps = msgspec.structs.replace(KITCHEN, late_ms=10**7, snoozed_until=NOW + MINUTE_MS)
    awake = incident(Cause.WEATHER, "city", late=1)
    s = snapshot(incidents={sleeps.id: sleeps, awake.id: awake})

    assert [one.id for one in panel(s, ()).troubles] == [awake.id, sleeps.id]


def test_a_lever_says_until_when_and_what_was_foretold_of_it() -> None:
    [words] = against(seen(KITCHEN, PAUSE), KITCHEN)
    paused, foretold = words.split(". ")

    assert paused.startswith("Oru <Bowls> paused until ")
    assert foretold == "Foretold for 60 min: 185 late min in the city (−25; −40 to −10)"


def test_a_lever_whose_hour_is_over_says_what_came_beside_what_was_foretold_of_the_same_city() -> None:
    over = msgspec.structs.replace(PAUSE, ended_at=NOW, refused=3, late_orders=4, late_ms=171 * MINUTE_MS)
    [words] = against(seen(KITCHEN, over), KITCHEN)

    assert words == (
        "Oru <Bowls> paused, over, 3 orders turned away. Foretold for 60 min: 185 late min in the city (−25; −40 to −10)."
        " Came: 171 late min"
    )


def test_a_lever_against_another_incident_is_not_this_one_s() -> None:
    assert against(seen(KITCHEN, msgspec.structs.replace(PAUSE, incident="weather:city:1")), KITCHEN) == ()


@pytest.mark.parametrize("incident", [None, "weather:city:1"])
def test_a_lever_without_an_open_incident_stands_on_its_own(incident: str | None) -> None:
    alone = msgspec.structs.replace(PAUSE, incident=incident)
    shown = panel(seen(KITCHEN, alone), ())

    assert [words.partition(" until ")[0] for words in shown.levers] == ["Oru <Bowls> paused"]
    assert shown.troubles[0].levers == ()


def test_a_lever_under_its_open_incident_does_not_stand_twice() -> None:
    assert on_their_own(seen(KITCHEN, PAUSE)) == ()


def test_a_lever_that_is_in_force_comes_before_one_that_is_over() -> None:
    over = PulledLever("l0", CallDrivers(3), NOW - 1, NOW, None, None, ended_at=NOW)
    force = PulledLever("l2", ExtendPromises(10), NOW, NOW + MINUTE_MS, None, None)

    assert [words[:7] for words in on_their_own(seen(KITCHEN, over, force))] == ["Promise", "3 drive"]


@pytest.mark.parametrize(
    ("lever", "words"),
    [
        (PauseKitchen(RestaurantId("r9")), "r9 paused"),
        (SlowKitchen(RestaurantId("r2"), 10), "Oru <Bowls> takes an order in 10 min"),
        (ExtendPromises(10), "Promises 10 min later"),
        (ExtendPromises(10, RestaurantId("r2")), "Promises 10 min later at Oru <Bowls>"),
        (ShrinkRadius(1500), "Doors within 1.5 km"),
        (ShrinkRadius(1500, RestaurantId("r2")), "Doors within 1.5 km of Oru <Bowls>"),
        (CallDrivers(3), "3 drivers called"),
    ],
)
def test_every_lever_has_words(lever: Levers, words: str) -> None:
    assert lever_words(snapshot(), lever) == words
