"""What was foretold → an incident's levers on one scale, and the next hour in words; what is old or pulled is not offered."""

import msgspec
import pytest

from dashboard.needs import panel
from dashboard.offers import OfferLine, ahead, offer_words, offers
from dashboard.snapshot import Snapshot
from models.foretold import Foretold, Offer
from models.ids import RestaurantId
from models.incidents import Cause
from models.levers import CallDrivers, Effect, ExtendPromises, Levers, PauseKitchen, Range, ShrinkRadius, SlowKitchen
from models.pulled import PulledLever
from models.ways import MINUTE_MS
from tests.unit.dashboard.snapshots import LANTERN, NOTHING, NOW, incident, snapshot

ONE = incident(Cause.KITCHEN, LANTERN.id, "3", "4")
PAUSE, LATER = PauseKitchen(LANTERN.id), ExtendPromises(15, RestaurantId(LANTERN.id))


def effect(low: float, mean: float, high: float) -> Effect:
    return msgspec.structs.replace(NOTHING, minutes_change=Range(low, mean, high))


def told(*levers: tuple[Levers, Effect], ago: int = 2) -> Snapshot:
    some = tuple(Offer(lever, expected) for lever, expected in levers)
    foretold = Foretold(NOW - ago * MINUTE_MS, NOTHING, {ONE.id: some})
    return snapshot(incidents={ONE.id: ONE}, foretold=foretold)


BOTH = ((PAUSE, effect(-60, -24, 0)), (LATER, effect(-10, -4, 40)))


def test_levers_are_drawn_on_one_scale_that_has_nought_on_it() -> None:
    first, second = offers(told(*BOTH), ONE)

    assert first == OfferLine("Pause new orders", "−24", "−60 to 0", 0.0, 36.0, 60.0, 60.0)
    assert second == OfferLine("Promise +15 min", "−4", "−10 to +40", 50.0, 56.0, 100.0, 60.0)


@pytest.mark.parametrize(
    ("lever", "words"),
    [
        (PAUSE, "Pause new orders"),
        (SlowKitchen(LANTERN.id, 10), "An order in 10 min"),
        (LATER, "Promise +15 min"),
        (ShrinkRadius(2000), "Doors within 2 km"),
        (CallDrivers(12), "Call 12 drivers"),
    ],
)
def test_an_offer_says_what_a_person_may_do(lever: Levers, words: str) -> None:
    assert offer_words(lever) == words


def test_a_lever_that_changes_nothing_is_a_point_at_nought() -> None:
    [one] = offers(told((PAUSE, effect(0, 0, 0))), ONE)

    assert (one.low, one.mean, one.high, one.zero) == (0.0, 0.0, 0.0, 0.0)


def test_a_lever_that_is_in_force_is_not_offered_again_until_it_is_over() -> None:
    s = told(*BOTH)
    pulled = PulledLever("l1", PAUSE, NOW, NOW + MINUTE_MS, ONE.id, None)
    s.levers[pulled.id] = pulled

    assert [line.words for line in offers(s, ONE)] == ["Promise +15 min"]


def test_the_next_hour_is_told_with_its_intervals_and_its_age() -> None:
    assert ahead(told()) == (
        "Next 60 min, nothing done: 12 late orders (9 to 16), 210 late min (120 to 1\N{THIN SPACE}300). Foretold 2 min ago"
    )


def test_what_was_foretold_more_than_half_an_hour_ago_is_not_shown() -> None:
    assert offers(told(*BOTH, ago=30), ONE) != ()
    assert (offers(told(*BOTH, ago=31), ONE), ahead(told(ago=31))) == ((), "")


def test_before_anything_was_foretold_the_panel_says_nothing_of_it() -> None:
    s = snapshot(incidents={ONE.id: ONE}, foretold=None)
    shown = panel(s, ())

    assert (shown.ahead, shown.troubles[0].offers) == ("", ())


def test_an_incident_nobody_ran_levers_for_has_none() -> None:
    assert offers(told(*BOTH), incident(Cause.WEATHER, "city", "3")) == ()
