"""Lines for people, JSON for machines."""

import json
import logging
from collections.abc import Iterator

import pytest

from models.settings import Settings
from pipelines import logs


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_is_json_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(Settings(log_json=True))
    logging.getLogger("pipelines.guard").warning("%s is away", "Redis")
    told = json.loads(capsys.readouterr().err)

    assert (told["message"], told["levelname"], told["name"]) == ("Redis is away", "WARNING", "pipelines.guard")


def test_a_line_is_plain_otherwise_and_libraries_speak_up_only_when_something_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up(Settings())
    logging.getLogger("pipelines.guard").info("resumed")
    logging.getLogger("aiokafka").info("fetched")

    assert capsys.readouterr().err == "INFO resumed\n"
