"""What each figure means is said once: to the agent, to tooltips and on the page."""

from pathlib import Path

import pytest

from models.kpi_hour import KpiHour
from models.kpi_registry import REGISTRY, Kpi, page, tooltip
from models.kpis import KpiMinute

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


def test_a_tooltip_says_what_is_counted_and_of_what() -> None:
    assert tooltip("on_time") == (
        "Of the orders whose promise fell due, how many were there by then. Delivered ≤ promised. "
        "Orders whose promise fell due, delivered or not, of the last 60 minutes of event time."
    )
    assert tooltip("late") == "Open orders whose promise is past. Now > promised."


def test_the_page_is_the_registry_s() -> None:
    """`track kpis --page docs/KPIS.md` makes it anew."""
    assert DOCS.read_text() == page()
