"""`track explain`: an order's story from a recorded day, a file or a stored log; and what it says where there is none."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from infra import explain, explain_verb
from infra.explain import LogBegins, UnknownOrder, from_facts, from_file, from_postgres, from_replay
from infra.explain_verb import page
from infra.track import app
from models import codec
from models.city import City
from models.commands import CancelOrder, CloseCity, PickUp, Tick
from models.eta import Etas, follow
from models.events import Fact
from models.ids import CityId
from models.order import OrderStatus
from models.settings import Settings
from pipelines.adapters import postgres_log
from tests.unit.infra.laid_day import laid_day
from tests.unit.models.builders import CITY, D1, O1, O2, T0, minute, opened_town, order_town, placed

AT = datetime.fromtimestamp(T0 / 1000, UTC)


def plain(facts: Sequence[Fact], order: str = "o1") -> list[str]:
    return page(from_facts(facts, order))


class Stored:
    """Postgres, as far as a story asks it: the cities with the order, and one log, of which the beginning may be gone."""

    def __init__(self, log: Sequence[Fact], cities: list[tuple[Any, ...]], kept: Etas | None = None) -> None:
        self.log, self.cities, self.kept, self.shapes = log, cities, kept, {}

    async def all(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        raw = [(f.seq, codec.encode(f)) for f in self.log]
        answers: dict[str, Any] = {
            explain.CITIES: lambda: self.cities,
            explain.IDS: lambda: [("o11",), ("o12",), ("late",)],
            explain.PLACED: lambda: [(s, r) for s, r in raw if b"OrderPlaced" in r],
            explain.BEGINS: lambda: [(f.seq, AT) for f in self.log[:1]],
            postgres_log.CHECKPOINT: lambda: [(self.kept.seq, msgspec.msgpack.encode(self.kept))] if self.kept else [],
            postgres_log.FACTS: lambda: [(r,) for s, r in raw if values[1] <= s <= values[2]],
        }
        return list(answers[query]())


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Any:
    def store(*args: Any) -> None:
        @asynccontextmanager
        async def postgres(url: object) -> AsyncIterator[Stored]:
            yield Stored(*args)

        monkeypatch.setattr(explain, "opened", postgres)
        monkeypatch.setattr(explain_verb, "running", lambda *names: Settings())

    return store


def test_a_story_has_a_head_a_date_and_the_city_s_own_time() -> None:
    """00:00 UTC is six in the evening in Chicago, of the day before."""
    assert plain(opened_town().do(placed()).log)[:4] == [
        "order o1 of Small City; times are of America/Chicago",
        "Wednesday, 31 December 2025",
        "18:00  placed at Roma (r1)",
        "         promised by 18:40, in 40 min",
    ]


def test_an_open_order_says_how_it_stands_to_its_promise() -> None:
    town = order_town(OrderStatus.OUT_FOR_DELIVERY).tick(45)

    assert plain(town.log)[-2:] == ["18:45  still open: out for delivery", "         now it is 5 min after the promise"]


def test_an_order_is_never_left_before_what_happened_to_it_last() -> None:
    """Facts of the step after the last tick are in the log already."""
    town = order_town(OrderStatus.PREPARING).do(PickUp(O1, D1), at=minute(9))

    assert plain(town.log)[-2:] == [
        "18:09  still open: out for delivery",
        "         now it is 31 min before the promise",
    ]


def test_seconds_are_shown_where_there_are_some_and_a_new_day_has_its_date() -> None:
    town = opened_town().do(placed(), at=minute(0)).do(Tick(minute(360.5), ()), at=minute(360.5)).do(CloseCity())
    lines = plain(town.log)

    assert "Thursday, 01 January 2026" in lines
    assert "00:00:30  undelivered: the city closed while it was open" in lines


def test_an_order_of_a_recorded_day_is_told_from_its_replay(tmp_path: Path) -> None:
    out = tmp_path / "story.json"
    words = ["explain", "o1", "--replay", str(laid_day(tmp_path)), "--policy", "rolling", "--json", str(out)]
    ran = CliRunner().invoke(app, words, catch_exceptions=False)
    told = json.loads(out.read_text())

    assert ran.exit_code == 0
    assert "by rolling/1" in ran.output
    assert told["order"]["status"] == "delivered"
    assert told["story"][0]["text"].startswith("placed at Restaurant r")
    assert told["estimates"][0]["order"] == "o1"
    assert {one["since"] for one in told["scores"]} >= {"placed", "picked_up"}


def test_why_nobody_brought_it_is_told_as_far_as_the_day_tells(tmp_path: Path) -> None:
    day = laid_day(tmp_path)
    (day / "couriers.txt").write_text("courier\tx\ty\ton_time\toff_time\nc1\t0\t0\t0\t1\n")

    assert from_replay(day, "nearest", "known", "o1").sentences[-1].more == (
        "no driver was ever sent for it",
        "why, as far as the day tells: ready after the last shift ended",
    )


def test_a_log_in_a_file_tells_the_same_and_all_estimates_where_they_are_asked_for(tmp_path: Path) -> None:
    town, file = order_town(OrderStatus.DELIVERED), tmp_path / "log.jsonl"
    file.write_bytes(b"\n".join(codec.encode(fact) for fact in town.log))

    assert page(from_file(file, "o1")) == plain(town.log)
    assert CliRunner().invoke(app, ["explain", "o1", "--log", str(file)]).output.splitlines() == plain(town.log)
    assert len(from_file(file, "o1", everything=True).sentences) > len(from_file(file, "o1").sentences)


def test_an_unknown_order_is_told_ids_like_it_or_the_newest() -> None:
    log = opened_town().do(placed(O1), placed(O2)).log

    with pytest.raises(UnknownOrder, match=r"no order o3 in this log; close to it: .*o2"):
        from_facts(log, "o3")
    with pytest.raises(UnknownOrder, match="the newest: o2, o1"):
        from_facts(log, "tomorrow")
    with pytest.raises(UnknownOrder, match="it has none"):
        from_facts(opened_town().log, "o1")


def test_a_stored_log_tells_the_same_story(stored: Any) -> None:
    town = order_town(OrderStatus.DELIVERED)
    stored(town.log, [(CITY, False, AT)])

    assert CliRunner().invoke(app, ["explain", "o1"], catch_exceptions=False).output.splitlines() == plain(town.log)


def test_a_log_whose_beginning_is_gone_is_told_on_from_a_checkpoint(stored: Any) -> None:
    town = order_town(OrderStatus.DELIVERED)
    kept = Etas(City(CityId(CITY)))
    for fact in town.log[:3]:
        follow(kept, fact)
    stored(town.log[2:], [(CITY, False, AT)], kept)

    assert page(from_postgres(Settings(), "o1", None)) == plain(town.log)


@pytest.mark.parametrize(
    ("left", "said"), [(2, "begins with fact 3 of 2026-01-01 00:00Z"), (6, "begins"), (99, "is gone")]
)
def test_an_order_whose_log_is_gone_says_so(left: int, said: str, stored: Any) -> None:
    stored(order_town(OrderStatus.DELIVERED).log[left:], [(CITY, True, AT)])

    with pytest.raises(LogBegins, match=rf"o1 was placed 2026-01-01 00:00Z, .*{said}.*retention"):
        from_postgres(Settings(), "o1", None)


def test_of_several_cities_the_open_one_is_meant_and_else_one_has_to_be_named(stored: Any) -> None:
    log = order_town(OrderStatus.DELIVERED).log
    stored(log, [("monday", True, AT), (CITY, False, AT), ("friday", True, AT)])
    assert from_postgres(Settings(), "o1", None).telling.city.id == CITY

    stored(log, [("monday", True, AT), ("friday", True, AT)])
    with pytest.raises(UnknownOrder, match="2 cities have an order o1: --city monday or friday"):
        from_postgres(Settings(), "o1", None)


def test_an_order_that_no_city_has_is_told_ids_like_it(stored: Any) -> None:
    stored([], [])

    with pytest.raises(UnknownOrder, match="no order o1 in any city; close to it: o1"):
        from_postgres(Settings(), "o1", None)
    with pytest.raises(UnknownOrder, match="in city nordholm"):
        from_postgres(Settings(), "o1", "nordholm")


def test_a_wrong_policy_is_refused_before_anything_runs() -> None:
    ran = CliRunner().invoke(app, ["explain", "o1", "--replay", ".", "--policy", "guess"])

    assert (ran.exit_code, "nearest, batch, rolling" in ran.output) == (2, True)


def test_an_id_that_is_used_again_days_later_tells_its_last_order() -> None:
    town = opened_town().do(placed(), CancelOrder(O1, "customer"))
    for hours in (2, 30):
        town.tick(60 * hours)
    lines = plain(town.do(placed(promise=31 * 60), CancelOrder(O1, "rain"), at=minute(30 * 60)).log)

    assert [line for line in lines if "cancelled" in line] == ["00:00  cancelled: rain"]
    assert lines[1] == "Friday, 02 January 2026"
