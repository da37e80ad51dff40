"""Notebooks are kept without what they printed: an output goes stale, hides a change and may show a customer."""

import json
from pathlib import Path

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_a_notebook_is_named_by_its_number_and_its_question() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{n:02}_" for n in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) >= 2


def test_no_notebook_has_outputs() -> None:
    cells = [(path.name, cell) for path in NOTEBOOKS for cell in json.loads(path.read_text())["cells"]]
    ran = [(name, cell["id"]) for name, cell in cells if cell.get("outputs") or cell.get("execution_count")]

    assert ran == []
