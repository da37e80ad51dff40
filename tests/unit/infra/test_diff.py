"""`track diff`: one day under two policies agrees with two replays, and a log's own day says how well it can be run again."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from infra import diff, diff_verb
from infra.diff import UnknownCity, of_city, of_day, of_log
from infra.diff_verb import page
from infra.replay import decided, load, replay
from infra.track import app
from models.commands import AcceptOrder, ArriveAtRestaurant, AssignOrder, Deliver, MarkReady, PickUp
from models.difference import Difference, Total, decisions, fates
from models.dispatch import POLICIES
from models.events import DriverAssigned, Why
from models.geo import Point
from models.settings import Settings
from tests.unit.infra.laid_day import laid_day
from tests.unit.models.builders import D1, D2, O1, opened_town, placed, shift

DATA = Path(os.environ.get("TRACK_DATA_DIR", Path(__file__).parents[4] / "shared" / "data"))


@pytest.fixture
def day(tmp_path: Path) -> Path:
    return laid_day(tmp_path)


def scored(path: Path, policy: str, ready: str) -> dict[str, Any]:
    report = replay(load(path, policy, ready), "memory", Settings())
    return {
        "orders": report["orders"],
        "delivered": report["delivered"],
        "undelivered": report["undelivered"],
        **{
            f"{what}_{how}": report[what][how]
            for what in ("click_to_door", "ready_to_pickup")
            for how in ("mean", "p90")
        },
    }


def told(one: Total) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__ if name != "decisions"}


def holds(found: Difference, path: Path, ready: str) -> None:
    """The totals are the scores of two replays; the sums are those of the orders that both deliver."""
    gained = [one.gained_ms or 0 for one in found.orders]
    one, other = (fates(decided(load(path, policy, ready))) for policy in ("nearest", "rolling"))

    assert told(found.one) == scored(path, "nearest", ready)
    assert told(found.other) == scored(path, "rolling", ready)
    assert (found.gained_ms, found.lost_ms) == (sum(g for g in gained if g > 0), -sum(g for g in gained if g < 0))
    assert found.same == len(decisions(one.values()) & decisions(other.values()))
    assert found.decided_otherwise == sum(one[o].given != other[o].given for o in one) > 0


@pytest.mark.parametrize("ready", ["known", "estimated"])
def test_two_policies_on_a_little_day_differ_by_what_two_replays_score(day: Path, ready: str) -> None:
    holds(of_day(day, "nearest", "rolling", ready).found, day, ready)


def test_two_policies_on_a_recorded_day_differ_by_what_two_replays_score() -> None:
    path = DATA / "mdrp" / "1o50t100s1p100"
    if not path.is_dir():
        pytest.skip(f"the recorded days are not here: {path} (set TRACK_DATA_DIR)")

    holds(of_day(path, "nearest", "rolling", "estimated").found, path, "estimated")


def test_from_a_time_on_only_later_decisions_differ_and_no_policy_is_left_behind(day: Path) -> None:
    whole, later = (of_day(day, "nearest", "rolling", "known", since) for since in (None, "31"))
    known = set(POLICIES)

    assert later.since == later.scenario.opens_at + 31 * 60_000
    assert whole.found.first_at is not None
    assert whole.found.first_at < later.since
    assert later.found.first_at is not None
    assert later.found.first_at >= later.since
    assert known == {"nearest", "batch", "rolling"}


def test_a_policy_against_itself_differs_in_nothing(day: Path) -> None:
    lines = page(of_day(day, "rolling", "rolling", "known"))

    assert lines[-2:] == ["no decision differs", "order  placed  rolling  rolling  min"]


def test_the_log_of_a_finished_day_is_run_again_as_it_was(day: Path) -> None:
    found = of_log(decided(load(day, "nearest", "known")), "rolling")
    whole = of_day(day, "nearest", "rolling", "known")

    assert found.own is not None
    assert (found.own.orders, found.own.first_at) == ((), None)
    assert found.found == whole.found
    assert page(found)[1] == "run once more under its own nearest, all 30 orders are decided as in the log"


def test_a_log_with_people_in_it_says_that_a_rerun_is_not_the_same(day: Path) -> None:
    facts = decided(load(day, "nearest", "known"))
    (n, first) = next((n, f) for n, f in enumerate(facts) if isinstance(f.body, DriverAssigned))
    why = {"rule": "by hand", "model": "by hand", "cost_ms": 0, "pickup_at": first.at}
    other = next(d for d in ("d0", "d1") if d != first.body.driver)  # type: ignore[union-attr]
    facts[n] = _by_hand(first, other, why)
    found = of_log(facts, "rolling", "00:30")
    lines = page(found)

    assert found.own is not None
    assert found.own.decided_otherwise == 1
    assert "1 of 30 orders are decided otherwise than in the log" in lines[1]
    assert "not in a re-run: 1 assignments by hand" in lines


def _by_hand(fact: Any, driver: str, why: dict[str, Any]) -> Any:
    return msgspec.structs.replace(fact, body=msgspec.structs.replace(fact.body, driver=driver, why=Why(**why)))


def test_a_city_that_goes_on_is_run_to_the_end_of_its_orders_without_those_that_are_open() -> None:
    """Its shifts last for hours; nobody waits for them."""
    town = opened_town().do(shift(), shift(D2), placed()).tick(1)
    found = of_log(town.log, "rolling")

    assert found.day is not None
    assert (found.day.left_out, found.found.one.orders) == ({"open still": 1}, 0)
    assert "left out: 1 open still" in page(found)


def test_what_nobody_brings_two_hours_after_the_log_s_end_counts_as_undelivered() -> None:
    """A person sent a driver from 9 km away, which `nearest` never does."""
    town = opened_town().do(shift(point=Point(0.0, 9_000.0)), placed(), AcceptOrder(O1), MarkReady(O1)).tick(1)
    town.do(AssignOrder(O1, D1), ArriveAtRestaurant(D1), PickUp(O1, D1), Deliver(O1, D1)).tick(30)
    found = of_log(town.log, "batch")

    assert (found.found.one.undelivered, found.found.other.undelivered) == (1, 0)
    assert found.own is not None
    assert (found.own.one.delivered, found.own.other.delivered) == (1, 0)


def test_a_day_that_is_over_before_its_log_stops_there(day: Path) -> None:
    facts = decided(load(day, "rolling", "known"))

    assert of_log(facts, "nearest").found.other.orders == 30


def test_the_table_lists_the_largest_and_all_where_they_are_asked_for(day: Path) -> None:
    out = day / "diff.json"
    words = ["diff", "--against", "nearest", "--policy", "rolling", "--replay", str(day), "--json", str(out)]
    some, every = (CliRunner().invoke(app, [*words, *more], catch_exceptions=False) for more in ([], ["--all"]))
    report = json.loads(out.read_text())

    assert (some.exit_code, every.exit_code) == (0, 0)
    assert f"{len(report['orders']) - 20} more; --all shows them" in some.output
    assert len(every.output.splitlines()) > len(some.output.splitlines())
    assert report["gained_minutes"] == sum(max(0, one["gained_minutes"] or 0) for one in report["orders"])
    assert (report["before"], report["after"], report["log"]) == ("nearest", "rolling", None)


@pytest.mark.parametrize(
    "words",
    [
        ["--policy", "rolling"],
        ["--policy", "rolling", "--city", "x", "--replay", "."],
        ["--policy", "guess", "--replay", "."],
        ["--policy", "rolling", "--replay", ".", "--ready", "maybe"],
    ],
)
def test_a_wrong_call_says_what_to_do(words: list[str]) -> None:
    assert CliRunner().invoke(app, ["diff", *words]).exit_code == 2


def test_a_city_is_read_from_its_stored_log(monkeypatch: pytest.MonkeyPatch) -> None:
    town = opened_town().do(shift(), shift(D2), placed()).do(AssignOrder(O1, D2)).tick(1)
    logs = {"small": town.log}

    async def facts(self: Any, city: str, first: int, last: int | None = None) -> list[Any]:
        return logs.get(city, [])

    monkeypatch.setattr(diff.PostgresLog, "facts", facts)
    monkeypatch.setattr(diff_verb, "running", lambda *names: Settings(postgres_url="postgresql://nobody"))  # type: ignore[arg-type]
    ran = CliRunner().invoke(app, ["diff", "--policy", "rolling", "--city", "small"], catch_exceptions=False)

    assert ran.output.startswith("Small City, ready times estimated, times of America/Chicago")
    with pytest.raises(UnknownCity, match="no log of a city x"):
        of_city(Settings(), "x", "rolling")
