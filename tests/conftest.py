"""every test → here → no dead letter that it did not ask for; and what several rooms share, made when it is first asked for.

`HYPOTHESIS_PROFILE=deep` looks for longer, `ci` for the same examples every time.
"""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:  # the models' tests must not pay for the pipeline's imports
    from infra.local.servers import Servers
    from tests.agents.little_day import LittleDay

EXPECTS_LETTERS = "expects_dead_letters"

settings.register_profile("here", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.register_profile("deep", settings.get_profile("here"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "here"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{EXPECTS_LETTERS}: a dead letter is what the test is about")
    # kafka-python reads its schemas by a function that is deprecated, and that one by another
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")


@pytest.fixture(autouse=True)
def _no_unexpected_dead_letter(request: pytest.FixtureRequest) -> Iterator[None]:
    """A crash that ends as a letter would pass for a record that was handled."""
    before = _dead_letters()
    yield
    written = _dead_letters() - before
    if request.node.get_closest_marker(EXPECTS_LETTERS) is None:
        assert written == 0, f"{written:g} dead letters were written that nobody expected"
    else:
        assert written > 0, f"no dead letter was written, though the test is marked {EXPECTS_LETTERS}"


def _dead_letters() -> float:
    """How many were written in this process; none where nobody has imported the pipeline."""
    metrics = sys.modules.get("pipelines.metrics")
    counters = metrics.DEAD_LETTERS.collect() if metrics is not None else ()
    return sum(sample.value for counter in counters for sample in counter.samples if sample.name.endswith("_total"))


@pytest.fixture(scope="session")
def little_day() -> "LittleDay":
    """A made-up day, lived once in one process, with everything that was on the wire."""
    from tests.agents.little_day import lived

    return lived()


@pytest.fixture(scope="session")
def postgres_and_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Servers"]:
    """Real ones, empty, once a session. Kafka stays away: an address in the settings means that somebody else runs it."""
    from infra.local.servers import running
    from models.settings import Settings

    asked = Settings()
    without_kafka = asked.model_copy(update={"kafka_bootstrap": asked.kafka_bootstrap or "127.0.0.1:1"})
    with running(without_kafka, tmp_path_factory.mktemp("servers"), fast=True) as servers:
        yield servers
