"""`track quality` on a day that was replayed: it holds, and a single spoilt row is named with its key and what is wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from typer.testing import CliRunner, Result

from infra.postgres_connection import NoSuchCity
from infra.quality import of_postgres
from infra.track import app
from models.settings import Settings
from pipelines.quality.examination import Found, NotAsked, Source, examine
from pipelines.quality.pages import ELSEWHERE, NotOurs
from pipelines.quality.rules import Rule, Suite
from pipelines.quality.suites import of_the_tables
from tests.agents.little_day import CITY, LittleDay
from tests.real.stored_city import database, store

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = [
    pytest.mark.real,
    pytest.mark.filterwarnings("ignore:module 'sre_.*' is deprecated:DeprecationWarning"),  # Great Expectations
]
LATE = f"update lateness_ledger set ride_ms = ride_ms + 1 where city_id = '{CITY}' and order_id = 'o01'"
SPOILT = {
    "a delivered order without its time": (
        "update orders set actual_delivery = null where order_id = 'o00'",
        "orders", "An order says when it came exactly when it is delivered", {"order_id": "o00", "actual_delivery": None},
    ),
    "food that nobody saw ready": (
        "update orders set ready_at = null where order_id = 'o00'",
        "orders", "An order on its way says when its food was ready", {"order_id": "o00", "ready_at": None},
    ),
    "an order that came before it was picked up": (
        "update orders set actual_delivery = created_at where order_id = 'o00'",
        "orders", "created_at, accepted_at, ready_at, picked_up_at, arrived_door_at, actual_delivery: what is known of "
        "them comes in this order", {"order_id": "o00"},
    ),
    "a door off the earth": (
        "update orders set door_lat = 91 where order_id = 'o00'",
        "orders", "door_lat is at least -90 and at most 90", {"order_id": "o00", "door_lat": 91.0},
    ),
    "a status that is none": (
        "update orders set status = 'eaten' where order_id = 'o00'",
        "orders", "status is one of pending, preparing, out_for_delivery, delivered, cancelled",
        {"order_id": "o00", "status": "eaten"},
    ),
    "a price below nought": (
        "update order_items set price = -0.01 where order_id = 'o00' and line = 1",
        "order_items", "price is at least 0", {"order_id": "o00", "line": 1},
    ),
    "a restaurant that is gone": (
        "delete from restaurants where restaurant_id = (select restaurant_id from orders where order_id = 'o00')",
        "orders", "The restaurant of an order exists", {"order_id": "o00"},
    ),
    "an assignment to nobody": (
        "update driver_assignments set driver_id = 'nobody' where order_id = 'o00'",
        "driver_assignments", "The driver of an assignment exists", {"order_id": "o00", "driver_id": "nobody"},
    ),
    "a stage that is a millisecond longer": (
        LATE, "lateness_ledger", "The stages sum to what the order was late, to the millisecond", {"order_id": "o01"},
    ),
    "a fact that is missing": (
        "delete from city_events where seq = 20",
        "city_events", "No fact is missing: each seq follows the one before it", {"seq": 21, "before_it": 19},
    ),
    "a newest fact that is missing": (
        "delete from city_events where seq = (select max(seq) from city_events)",
        "cities", "A log ends with the fact that was written last", {"city_id": CITY},
    ),
    "a fact that comes twice": (
        "insert into city_events select city_id, seq, day + 1, event_id || 'x', command_id, at, kind, fact from city_events"
        " where seq = 20",
        "city_events", "No seq comes twice", {"seq": 20},
    ),
    "a share beyond one": (
        "update kpi_minutes set on_time_share = 1.5 where minute = (select max(minute) from kpi_minutes)",
        "kpi_minutes", "on_time_share is at least 0 and at most 1", {"on_time_share": 1.5},
    ),
    "a promise kept that never fell due": (
        "update kpi_hours set kept = due + 1 where minute = (select max(minute) from kpi_hours)",
        "kpi_hours", "No more promises are kept than fell due", {},
    ),
    "a lever against an incident that never was": (
        f"insert into levers (city_id, lever_id, lever, since, until, incident, refused) values ('{CITY}', 'l1', '{{}}', now(),"
        " now() + interval '1 h', 'kitchen:r1:1', 0)",
        "levers", "The incident that a lever was pulled against is known", {"lever_id": "l1", "incident": "kitchen:r1:1"},
    ),
    "a driver at a place of another time": (
        f"insert into driver_positions (city_id, driver_id, slot, at, lat, lon) values ('{CITY}', (select min(driver_id) from"
        " drivers), '2026-01-01 00:00:05+00', '2026-01-01 00:00:10+00', 1, 1)",
        "driver_positions", "A position lies in the five seconds of its slot", {},
    ),
    "a range that is none": (
        "update eta_predictions set p50 = p90 + interval '1 s' where order_id = 'o00' and seq = (select min(seq) from"
        " eta_predictions where order_id = 'o00')",
        "eta_predictions", "P10 ≤ P50 ≤ P80 ≤ P90", {"order_id": "o00"},
    ),
    "a command beyond the log": (
        "update commands set last_seq = 1000000 where first_seq = 20",
        "commands", "What was done lies in the log, from its first fact to its last", {"last_seq": 1000000},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(postgres_and_valkey: "Servers", little_day: LittleDay) -> Iterator[Settings]:
    with database(postgres_and_valkey.postgres_url) as mine:
        store(mine, little_day.pipeline.log)
        yield mine


@pytest.fixture
def spoilt(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """One row is; it is put back by storing the day anew."""
    with psycopg.connect(str(settings.postgres_url), autocommit=True) as connection:
        assert connection.execute(request.param).rowcount > 0
        yield settings
        names = [f'"{name}"' for (name,) in connection.execute("select tablename from pg_tables where tablename in"
                 " (select relname from pg_class where relkind in ('r', 'p') and not relispartition)"
                 " and schemaname = 'public' and tablename <> 'alembic_version'")]  # fmt: skip
        connection.execute(f"truncate {', '.join(names)}")
    store(settings, request.getfixturevalue("little_day").pipeline.log)


def broken(found: list[Found]) -> dict[tuple[str, str], list[dict[str, object]]]:
    return {(suite.suite, one.rule): one.first for suite in found for one in suite.broken if one.fails}


def test_a_replayed_day_holds_and_its_pages_are_there(
    settings: Settings, little_day: LittleDay, tmp_path: Path
) -> None:
    lived = {table: len(rows) for table, rows in little_day.pipeline.log.tables.items()}
    found = of_postgres(settings, None, 10, tmp_path)

    assert broken(found) == {}
    assert [one.suite for one in found if one.rows != lived.get(one.suite, 0)] == []
    assert sum(one.rules for one in found) > 80
    assert "orders" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize(("spoilt", "suite", "rule", "row"), SPOILT.values(), ids=SPOILT, indirect=["spoilt"])
def test_a_spoilt_row_is_named_with_its_key_and_what_is_wrong(
    spoilt: Settings, suite: str, rule: str, row: dict[str, object], tmp_path: Path
) -> None:
    found = broken(of_postgres(spoilt, CITY, 10, tmp_path))
    first = found[suite, rule]

    assert [one for one in first if row.items() <= one.items() and one["city_id"] == CITY]


@pytest.mark.parametrize("spoilt", [LATE], indirect=True)
def test_the_verb_ends_with_1_and_says_which_row(spoilt: Settings, tmp_path: Path) -> None:
    ended = asked(spoilt, tmp_path / "docs", "--json", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text())
    [suite] = [one for one in report["suites"] if one["fails"]]

    assert ended.exit_code == 1
    assert f"city_id={CITY} order_id=o01 late_ms=660000 stages_ms=660001" in ended.output
    assert (suite["suite"], suite["broken"][0]["rows"]) == ("lateness_ledger", 1)


def test_the_verb_ends_with_0_where_every_row_holds(settings: Settings, tmp_path: Path) -> None:
    ended = asked(settings, tmp_path / "docs", "--city", CITY)

    assert ended.exit_code == 0
    assert str(tmp_path / "docs" / "index.html") in ended.output


OPEN = "update cities set closed = false"


@pytest.mark.parametrize(
    "spoilt", [f"{OPEN}; update agent_progress set written_at = now() - interval '11 min'"], indirect=True
)
def test_an_open_city_whose_newest_fact_was_written_long_ago_is_stale(spoilt: Settings, tmp_path: Path) -> None:
    found = broken(of_postgres(spoilt, None, 10, tmp_path))
    [stale] = [rule for suite, rule in found if suite == "cities"]

    assert stale == "The newest fact of an open city was written at most 10 min ago"


@pytest.mark.parametrize("spoilt", [OPEN], indirect=True)
def test_an_open_city_whose_clock_is_not_the_wall_s_is_fresh_while_it_is_written(
    spoilt: Settings, tmp_path: Path
) -> None:
    assert not [rule for suite, rule in broken(of_postgres(spoilt, None, 10, tmp_path)) if suite == "cities"]


def test_a_city_that_nobody_knows_is_named_with_those_there_are(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NoSuchCity, match=f"there is no city 'Atlantis'; there are {CITY}"):
        of_postgres(settings, "Atlantis", 10, tmp_path)


def test_a_rule_that_cannot_be_asked_is_no_rule_that_holds(settings: Settings, tmp_path: Path) -> None:
    suite = Suite("orders", ("city_id",), (Rule("Nobody is hungry", "hunger > 0"),))

    with pytest.raises(NotAsked, match=r"orders: Nobody is hungry: .*hunger"):
        examine(Source("postgres", str(settings.postgres_url)), [suite], tmp_path)


def test_the_pages_fetch_nothing_from_elsewhere(settings: Settings, tmp_path: Path) -> None:
    of_postgres(settings, CITY, 10, tmp_path)
    pages = {page: page.read_text() for page in tmp_path.rglob("*.html")}

    assert len(pages) > 20
    assert [page for page, text in pages.items() if ELSEWHERE.search(text) or "newsletter" in text] == []


def test_new_pages_take_the_place_of_old_ones_and_of_nothing_else(settings: Settings, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "docs", tmp_path / "letters"
    for _ in range(2):
        of_postgres(settings, CITY, 10, ours)
    theirs.mkdir()
    (theirs / "a.html").write_text("Dear Ann")

    with pytest.raises(NotOurs, match="letters has files that are no Data Docs"):
        of_postgres(settings, CITY, 10, theirs)
    assert len(list((ours / "validations").rglob("*.html"))) == len(of_the_tables())
    assert (theirs / "a.html").read_text() == "Dear Ann"


def asked(settings: Settings, docs: Path, *words: str) -> Result:
    env = {"TRACK_POSTGRES_URL": str(settings.postgres_url), "COLUMNS": "300"}
    return CliRunner().invoke(app, ["quality", "--docs", str(docs), *words], env=env)
