"""What each figure means is said once: to the agent, to tooltips and on the page."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from models.ids import OrderId
from models.kpi_hour import KpiHour
from models.kpi_registry import REGISTRY, Kpi, columns, page, tooltip
from models.kpis import KpiMinute
from models.risk import NEEDED, Judged, needs_action
from models.tables import METADATA

DOCS = Path(__file__).parents[3] / "docs" / "KPIS.md"


@pytest.mark.parametrize("kpi", REGISTRY.values(), ids=lambda kpi: kpi.name)
def test_a_figure_has_a_sentence_a_formula_and_a_source(kpi: Kpi) -> None:
    assert kpi.sentence.endswith(".")
    assert kpi.formula
    assert kpi.source
    assert set(kpi.fields) <= {*KpiMinute.__struct_fields__, *KpiHour.__struct_fields__}


def test_every_stored_figure_is_spoken_for() -> None:
    stored = {*KpiMinute.__struct_fields__, *KpiHour.__struct_fields__} - {"minute"}

    assert stored - {field for kpi in REGISTRY.values() for field in kpi.fields} == set()


def test_a_share_is_made_of_columns_that_its_figure_has() -> None:
    shares = {name: (kpi.share, set(kpi.fields)) for name, kpi in REGISTRY.items() if kpi.share}

    assert shares.keys() == {"on_time", "prep_delay", "utilisation", "orders_per_courier_hour", "unfulfilled"}
    assert all({share.part, *share.whole} <= fields for share, fields in shares.values())


def test_a_figure_that_stands_in_another_table_stands_in_a_column_of_it() -> None:
    for table, column in (one.split(".") for kpi in REGISTRY.values() for one in kpi.elsewhere):
        assert column in METADATA.tables[table].columns


def test_a_reader_finds_the_columns_of_a_figure() -> None:
    assert columns(REGISTRY["on_time"]) == {
        "kpi_minutes": ("on_time_share",),
        "kpi_hours": ("kept", "due"),
        "hours()": ("on_time",),
    }
    assert columns(REGISTRY["supply"]) == {"kpi_hours": ("zones",), "hours()": ("supply",)}
    assert columns(REGISTRY["eta_quality"]) == {"eta_scores": ("error_ms", "covered", "jump_ms")}
    assert "kpi_minutes" not in columns(REGISTRY["unfulfilled"])
    assert columns(REGISTRY["late"]) == {}


def test_what_needs_action_is_said_with_the_limit_that_the_queue_has() -> None:
    """At risk is another thing: the range of the ETA, not what came of such orders."""
    judged = Judged(OrderId("o"), NEEDED, 0, 0, None, 0)

    assert f"≥ {NEEDED // 10} %" in tooltip("needs_action")
    assert needs_action(judged)
    assert not needs_action(replace(judged, chance=NEEDED - 1))
    assert "P80" in tooltip("at_risk")
    assert "decision 0016" in REGISTRY["needs_action"].source


def test_a_tooltip_says_what_is_counted_and_of_what() -> None:
    assert tooltip("on_time") == (
        "Of the orders whose promise fell due, how many were there by then. Delivered ≤ promised. "
        "Orders whose promise fell due, delivered or not, of the last 60 minutes of event time."
    )
    assert tooltip("late") == "Open orders whose promise is past. Now > promised."


def test_the_page_is_the_registry_s() -> None:
    """`track kpis --page docs/KPIS.md` makes it anew."""
    assert DOCS.read_text() == page()
