"""`track explain` and `track diff` on real servers: the stored log of a city tells what the same day in memory tells."""

from pathlib import Path

import pytest

from infra import diff, explain, replay
from infra.diff_verb import page as table
from infra.explain_verb import page
from models.settings import Settings
from simulator.engine import Engine
from tests.real.short_day import short_day

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def test_a_stored_city_is_explained_and_compared_like_its_log(tmp_path: Path) -> None:
    day = short_day()
    with replay.pipeline(Settings(state_dir=tmp_path)) as settings:
        city, url = replay.new_city(day), str(settings.postgres_url)
        replay.feed(Engine(day, city), settings)
        replay.settled(url, city)
        facts = replay.stored(url, city).facts
        story = explain.from_postgres(settings, "o7", city)
        compared = diff.of_city(settings, city, "rolling")
        with pytest.raises(explain.UnknownOrder, match="no order o77 in any city; close to it: o7"):
            explain.from_postgres(settings, "o77", None)

    assert page(story) == page(explain.from_facts(facts, "o7"))
    assert table(compared) == table(diff.of_log(facts, "rolling"))
    assert "all 20 orders are decided as in the log" in table(compared)[1]
