"""The last hour's ledger → which stage lost the late minutes, and at which kitchens: the lines sum to what was late."""

import msgspec
import pytest

from dashboard.history import History, Lost
from dashboard.lost import STAGES, LostPanel, lost_panel
from dashboard.snapshot import Snapshot
from models.lateness import Booked
from tests.unit.dashboard.snapshots import CITY, WALL, kept, snapshot


def minutes(panel: LostPanel) -> dict[str, str]:
    return {part.name: part.minutes for part in panel.parts}


def test_each_stage_has_its_minutes_and_the_sum_names_the_orders() -> None:
    panel = lost_panel(snapshot(), kept())

    assert minutes(panel) == {
        "Promise": "0", "Prepare": "11", "Assign": "0", "Approach": "2", "Wait": "0", "Ride": "0", "Hand over": "0",
    }  # fmt: skip
    assert panel.total == "13 min of 2 late orders"
    assert [part.share for part in panel.parts][:2] == [0, 100]


def test_the_worst_kitchens_are_named_with_the_stage_that_lost_most_there() -> None:
    assert [(k.name, k.note, k.minutes) for k in lost_panel(snapshot(), kept()).kitchens] == [
        ("Oru <Bowls>", "prepare", "11"),
        ("Lantern 52", "approach", "2"),
    ]


def test_the_shown_minutes_always_sum_to_the_shown_total() -> None:
    """Seven times 40 s are 280 s: five minutes to the eye, and each line alone would be rounded up to seven."""
    each = Booked(*[40_000] * 7)
    panel = lost_panel(snapshot(), msgspec.structs.replace(kept(), lost=(Lost(None, 1, each),)))

    assert sum(int(part.minutes) for part in panel.parts) == 5
    assert panel.total == "5 min of 1 late order"


def test_an_hour_without_a_late_order_keeps_its_lines() -> None:
    panel = lost_panel(snapshot(), msgspec.structs.replace(kept(), lost=()))

    assert set(minutes(panel).values()) == {"0"}
    assert len(panel.parts) == len(STAGES)
    assert (panel.total, panel.kitchens) == ("0 min of 0 late orders", ())


def test_while_postgres_is_away_nobody_knows() -> None:
    panel = lost_panel(snapshot(), None)

    assert set(minutes(panel).values()) == {"–"}
    assert (panel.total, panel.age) == ("–", "")


@pytest.mark.parametrize(("read_ago", "closed", "age", "stale"), [
    (4_000, False, "4.2 s", False), (29_900, False, "30 s", True), (29_900, True, "30 s", False),
])  # fmt: skip
def test_it_is_as_old_as_its_reading_and_what_was_read(read_ago: int, closed: bool, age: str, stale: bool) -> None:
    s = snapshot()
    s = msgspec.structs.replace(s, view=msgspec.structs.replace(s.view, closed=closed))
    panel = lost_panel(s, msgspec.structs.replace(kept(), read_at=WALL - read_ago))

    assert (panel.age, panel.stale) == (age, stale)


def test_before_its_agent_wrote_anything_it_has_no_age() -> None:
    panel = lost_panel(Snapshot(CITY, WALL, answered=True), History((), (), WALL))

    assert (panel.age, panel.stale) == ("–", False)
