"""notebooks/: each answers its question on an evening made in memory, in a kernel of its own, without any server."""

import re
from pathlib import Path

import pytest

from tests.walks.notebooks import NOTEBOOKS, answer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
ANSWERS = {
    "01": r"Most were lost in “[a-z ]+”: \d+ of \d+ late minutes \(\d+%\), \d+ orders\.",
    "02": r"(Yes|No): orders come \d+\.\d min (later|earlier) .* the range of 80 % holds \d+% of \d+\.",
}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_answers_its_question_without_a_server(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRACK_POSTGRES_URL", raising=False)

    assert re.fullmatch(ANSWERS[notebook.name[:2]], answer(notebook, tmp_path))


def test_every_notebook_has_an_answer_that_is_looked_for() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == list(ANSWERS)
