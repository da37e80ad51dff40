"""`track report`: the page says what hand-written SQL says of the same day, and is whole in itself."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.types.json import Json
from typer.testing import CliRunner

from infra.report import NothingToReport, figures, lasted, minutes, page
from infra.track import app
from models.lateness import Booked
from models.settings import Settings
from tests.agents.little_day import CITY, LittleDay
from tests.real.stored_city import database, store

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
MADE = datetime(2026, 1, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings(postgres_and_valkey: "Servers", little_day: LittleDay) -> Iterator[Settings]:
    with database(postgres_and_valkey.postgres_url) as mine:
        store(mine, little_day.pipeline.log)
        yield mine


def one(settings: Settings, query: str) -> object:
    with psycopg.connect(str(settings.postgres_url)) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def told(html: str) -> str:
    """Its words, without the tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_headline_figures_are_those_of_sql_by_hand(settings: Settings) -> None:
    text = told(page(figures(settings, CITY, None), MADE))
    delivered = one(settings, "select count(*) from orders where status = 'delivered'")
    on_time = one(settings, "select count(*) from orders where actual_delivery <= estimated_delivery")
    due = one(settings, "select count(*) from orders where cancelled_at is null or cancelled_at >= estimated_delivery")
    half = one(
        settings,
        "select percentile_disc(0.5) within group (order by actual_delivery - created_at)"
        " from orders where actual_delivery is not null",
    )
    late = one(
        settings,
        "select round(sum(extract(epoch from actual_delivery - estimated_delivery)) / 60)::int from orders"
        " where actual_delivery > estimated_delivery",
    )

    assert "Orders 12 0 still open" in text
    assert f"Delivered {delivered} " in text
    assert f"{on_time} of {due} whose promise fell due" in text
    assert isinstance(half, timedelta)
    assert f"Click to door, p50 {half.total_seconds() / 60:.1f} min" in text
    assert f"Late minutes {late} min of " in text


def test_the_stages_sum_to_the_late_minutes_by_whomever_they_are_counted(settings: Settings) -> None:
    found = figures(settings, CITY, None)
    [whole] = [row for row in found["lost"] if row["by"] == "all"]

    assert sum(whole[stage] for stage in Booked.__struct_fields__) == whole["late_ms"]
    assert sum(row["late_ms"] for row in found["hours"]) == whole["late_ms"]
    for by in ("restaurant", "zone"):
        assert sum(row["late_ms"] for row in found["lost"] if row["by"] == by) == whole["late_ms"]
    assert whole["late_ms"] == one(settings, "select sum(late_ms)::int8 from lateness_ledger")


def test_a_zone_is_told_by_its_restaurant_that_was_late_most_often_for_its_cell_has_no_name(settings: Settings) -> None:
    found = figures(settings, CITY, None)
    zones = [row for row in found["lost"] if row["by"] == "zone"]
    text = told(page(found, MADE))

    assert zones
    for row in zones:
        names = one(
            settings,
            "select array_agg(distinct r.name) from lateness_ledger l join restaurants r using (city_id, restaurant_id)"
            f" where zone = '{row['zone']}'",
        )
        assert isinstance(names, list)
        assert row["near"].removeprefix("around ") in names
        assert (row["near"] in text, row["zone"] in text) == (True, False)


def test_where_drivers_were_short_is_told_by_a_restaurant_though_no_order_was_at_risk_by_it_in_the_end(
    postgres_and_valkey: "Servers", little_day: LittleDay
) -> None:
    with database(postgres_and_valkey.postgres_url) as mine:
        store(mine, little_day.pipeline.log)
        zone, near = late_zone(mine)
        order = one(mine, "select min(order_id) from orders")
        name = one(
            mine, f"select name from restaurants r join orders o using (restaurant_id) where order_id = '{order}'"
        )
        with psycopg.connect(str(mine.postgres_url)) as connection:
            for key, subject, orders in (("I-1", "a cell", [order]), ("I-2", zone, []), ("I-3", "another", [])):
                connection.execute(
                    "insert into incidents (city_id, incident_id, cause, subject, since, orders, late_ms, worst_ms)"
                    " select city_id, %s, 'drivers_short', %s, min(created_at), %s, 0, 0 from orders group by city_id",
                    (key, subject, Json(orders)),
                )
        about = {row["subject"]: row["about"] for row in figures(mine, CITY, None)["incidents"]}

    assert (about["a cell"], about[zone], about["another"]) == (f"around {name}", near, "another")


def late_zone(settings: Settings) -> tuple[str, str]:
    return next((row["zone"], row["near"]) for row in figures(settings, CITY, None)["lost"] if row["by"] == "zone")


def test_what_is_less_than_a_shown_digit_below_nought_is_nought() -> None:
    assert [minutes(value) for value in (-0.01, 0.0, -0.06, None)] == ["0.0", "0.0", "−0.1", "–"]


def test_estimates_alerts_and_the_worst_order_are_those_of_their_tables(settings: Settings) -> None:
    found = figures(settings, CITY, None)
    placed = next(row for row in found["etas"] if row["since"] == "placed")
    mae = one(settings, "select avg(abs(error_ms))::float8 / 60000 from eta_scores where since = 'placed'")
    errors = one(settings, "select array_agg(abs(error_ms) / 60000.0) from eta_scores where since = 'placed'")
    assert isinstance(errors, list)

    assert placed["mae"] == pytest.approx(mae)
    assert placed["error_p50"] == pytest.approx(float(median(errors)))
    assert placed["error_p50"] < placed["error_p90"] <= float(max(errors))
    assert sum(row["raised"] for row in found["alerts"]) == one(settings, "select count(*) from alerts")
    assert found["worst"][0]["late_ms"] == one(settings, "select max(late_ms) from lateness_ledger")


def test_an_hour_that_is_whole_has_no_mark(settings: Settings) -> None:
    found = figures(settings, CITY, None)

    assert [row["minutes"] for row in found["hours"]] == [60]
    assert "min of it" not in page(found, MADE)


def test_the_first_hour_and_the_last_say_how_much_of_them_there_was(
    postgres_and_valkey: "Servers", little_day: LittleDay
) -> None:
    """It opens a minute before half past five on its clocks; its newest fact is of twenty to seven."""
    with database(postgres_and_valkey.postgres_url) as mine:
        store(mine, little_day.pipeline.log)
        with psycopg.connect(str(mine.postgres_url)) as connection:
            connection.execute("""update cities set rules = jsonb_set(rules, '{time_zone}', '"Asia/Kolkata"')""")
            connection.execute("delete from city_events where at >= '2026-01-01 01:10Z'")
        found = figures(mine, CITY, None)
    text = told(page(found, MADE))

    assert [(row["hour"].hour, row["minutes"]) for row in found["hours"]] == [(5, 31), (6, 40)]
    assert re.search(r"Thu 05:00 , 31 min of it \d", text)
    assert "An hour with its minutes beside it is not whole" in text


def test_a_day_is_one_of_the_citys_own_time_zone(settings: Settings) -> None:
    found = figures(settings, CITY, date(2026, 1, 1))
    newest = one(settings, "select max(at) from city_events")
    assert isinstance(newest, datetime)

    assert (found["span"].since, found["span"].until) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        newest + timedelta(milliseconds=1),
    )
    with pytest.raises(NothingToReport, match="little has no order from 2026-01-05"):
        figures(settings, CITY, date(2026, 1, 5))


def test_a_city_that_nobody_knows_has_no_page(settings: Settings) -> None:
    with pytest.raises(NothingToReport, match="there is no city Atlantis"):
        figures(settings, "Atlantis", None)


def test_the_page_fetches_nothing_and_says_how_old_its_facts_are(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    env = {"TRACK_POSTGRES_URL": str(settings.postgres_url)}
    ended = CliRunner().invoke(app, ["report", "--file", str(file)], env=env)
    html = file.read_text()

    assert (ended.exit_code, ended.output) == (0, f"{CITY}: 12 orders, {file}\n")
    assert re.findall(r"<script|<link|<img|url\(|https?://", html) == []
    assert "The newest fact is" in html


def test_a_name_on_the_page_cannot_run_as_markup(settings: Settings) -> None:
    found = figures(settings, CITY, None)
    found["city"]["name"] = "<script>alert(1)</script>"

    assert "<script>" not in page(found, MADE)


def test_a_day_that_is_none_is_refused() -> None:
    ended = CliRunner().invoke(app, ["report", "--day", "tomorrow"], env={"COLUMNS": "300"})

    assert ended.exit_code == 2
    assert "a day is as 2026-11-20" in ended.output


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 s"), (119, "119 s"), (600, "10 min"), (7200, "2 h 0 min"), (3 * 86_400, "3 days")]
)
def test_a_duration_is_told_as_on_the_board(seconds: int, words: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == words
