"""The chosen order's card: it never jumps to another order."""

import msgspec

from dashboard import markup
from dashboard.card import Card, card
from dashboard.frames import marks, rows
from dashboard.snapshot import Snapshot
from models.ids import OrderId
from tests.unit.dashboard.snapshots import NOW, ORU, order, snapshot


def shown(number: str, s: Snapshot | None = None) -> Card:
    s = s or snapshot()
    row = next((r for r in rows(s, marks(s)) if r.id == number), None)
    mark = next((m for m in marks(s) if row and m.driver.id == row.order.driver), None)
    return card(s, OrderId(number), row, mark)


def test_an_open_order_shows_when_it_comes_and_who_brings_it() -> None:
    one = shown("3")

    assert (one.name, one.status, one.where) == ("#3", "Out for delivery", "Lantern 52 to the door, 2 km")
    assert (one.eta, one.promise, one.slack) == ("09:22", "09:23", "−2")
    assert one.span == "8 in 10 arrive 09:18–09:28"
    assert one.bringer is not None
    assert (one.bringer.mark, one.bringer.name, one.bringer.evidence) == ("to door", "D-3", "seen 1 s ago")


def test_every_stage_has_its_place_from_the_start() -> None:
    stages = shown("5").stages

    assert [stage.name for stage in stages][-1] == "Delivered"
    assert [stage.at for stage in stages].count("–") == 6


def test_an_ended_order_keeps_its_card_and_says_so() -> None:
    assert shown("9").gone == "#9 was delivered 09:14:00"

    undeliverable = order("9", promise_in=1, status="cancelled", ended_at=NOW, reason="undeliverable")
    gone = shown("9", snapshot(orders={undeliverable.id: undeliverable}))
    assert gone.gone == "#9 was cancelled 09:15:00, undeliverable"
    assert gone.stages[-1].name == "Cancelled"


def test_an_order_that_left_the_board_is_named_and_no_other_is_shown() -> None:
    one = shown("4711")

    assert one.gone == "#4711 left the board"
    assert "Nothing was done." in markup.card(one)


def test_names_are_escaped() -> None:
    foreign = order("1", promise_in=9, restaurant=ORU.id)

    html = markup.card(shown("1", snapshot(orders={foreign.id: foreign})))

    assert "Oru &lt;Bowls&gt;" in html
    assert "<Bowls>" not in html


def test_a_driver_who_went_off_duty_is_still_named() -> None:
    s = snapshot(drivers={})

    bringer = shown("3", s).bringer

    assert bringer is not None
    assert (bringer.name, bringer.says) == ("D-3", "not on duty")


def test_a_stale_card_says_as_of_when() -> None:
    old = msgspec.structs.replace(snapshot(), read_at=snapshot().read_at + 43_000)

    assert "As of 09:15:00, 43 s ago" in markup.card(shown("3", old))


def test_an_order_that_needs_action_says_what_ate_its_slack_and_what_would_help() -> None:
    assert shown("4").need == ("Approach ate 5 min, chance late 90 %", "Reassign to D-1, 620 m, saves 7 min")
    assert shown("3").need == ("Approach ate 5 min, chance late 90 %", "No step would help now")
    assert shown("1").need is None
