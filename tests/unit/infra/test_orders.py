"""`track order` without servers: what goes out, what a person reads, and with which code it ends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra import order_verbs, orders
from infra.order_verbs import words
from infra.orders import Answer, Desk, WhichCity, command
from infra.track import app
from models import events
from models.commands import AssignOrder, ByHand, HoldOrder, ReleaseOrder, UnassignOrder
from models.errors import Unreadable
from models.ids import CityId, CommandId
from models.order import OrderStatus
from models.settings import Settings
from tests.unit.models.builders import D2, O1, Town, minute, order_town, shift

TOWN = CityId("small")


class Counter(Desk):
    """A desk whose city is in memory, and decides at once."""

    def __init__(self, town: Town) -> None:
        super().__init__(Settings(), None)
        self.town, self.by = town, list[str]()

    def city(self, order: str, named: str | None) -> CityId:
        return CityId(named or TOWN)

    def until(self, city: CityId, minutes: int) -> int:
        assert self.town.city.now is not None
        return self.town.city.now + minutes * 60_000

    def ask(self, city: CityId, body: ByHand, by: str, version: int | None = None) -> Answer:
        self.by.append(by)
        return Answer(city, CommandId("k"), tuple(self.town.ask(body, version)))


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    one = Counter(order_town(OrderStatus.PREPARING).do(shift(D2)))

    @contextmanager
    def desk(settings: Settings) -> Iterator[Counter]:
        yield one

    monkeypatch.setattr(orders, "desk", desk)
    monkeypatch.setattr(order_verbs, "running", lambda *names: Settings())
    return one


def says(*asked: str) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["order", *asked], catch_exceptions=False)
    return ran.exit_code, ran.output.strip()


def test_a_word_by_hand_has_an_id_of_its_own_no_time_and_the_version_that_was_seen() -> None:
    one, other = (command(TOWN, ReleaseOrder(O1), "ann@desk", 3, minute(1)) for _ in range(2))

    assert one.id != other.id
    assert (one.at, one.issued_at, one.issued_by, one.expected_version) == (None, minute(1), "ann@desk", 3)


def test_an_order_is_given_to_another_driver_and_both_are_named(counter: Counter) -> None:
    assert says("assign", "o1", "--driver", "d2", "--by", "ann") == (
        0,
        "o1 was taken from driver d1: reassigned by hand\no1 goes to driver d2, door 1 of the route",
    )
    assert (counter.town.order().driver, counter.by) == (D2, ["ann"])


def test_an_order_is_taken_off_held_for_some_minutes_and_released(counter: Counter) -> None:
    assert says("unassign", "o1") == (0, "o1 was taken from driver d1: taken off by hand")
    assert says("hold", "o1", "--until", "14") == (0, "o1 is held until 2026-01-01 00:15:00Z")
    assert says("hold", "o1") == (0, "o1 is held until it is released")
    assert says("release", "o1") == (0, "o1 is dispatch's again")


def test_a_refusal_says_why_and_what_stands_and_ends_with_one(counter: Counter, tmp_path: Path) -> None:
    version = counter.town.order().version
    file = tmp_path / "answer.json"

    assert says("release", "o1", "--json", str(file)) == (1, "refused: is not held (preparing)")
    assert json.loads(file.read_text()) == {
        "city": "small", "command": "k", "refused": True, "said": ["refused: is not held (preparing)"],
    }  # fmt: skip
    assert says("unassign", "o1", "--expect", "1") == (
        1,
        f"refused: changed meanwhile (version {version}, preparing)",
    )


def test_a_refusal_without_more_to_say_has_no_brackets() -> None:
    assert words(events.CommandRejected("HoldOrder", "unknown order", "")) == "refused: unknown order"


def test_any_other_fact_goes_by_its_name() -> None:
    assert words(events.CityClosed()) == "CityClosed"


class Rows:
    """Postgres, as far as a desk asks it: each answer once, in order."""

    def __init__(self, *answers: list[tuple[Any, ...]]) -> None:
        self.answers = list(answers)

    def execute(self, query: str, values: Any, binary: bool = False) -> "Rows":
        self.now = self.answers.pop(0)
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.now

    def fetchone(self) -> tuple[Any, ...] | None:
        return self.now[0] if self.now else None


def test_the_one_open_city_that_has_the_order_is_meant() -> None:
    assert Desk(Settings(), Rows([("port-merrin",)])).city("o1", None) == "port-merrin"


@pytest.mark.parametrize(
    ("found", "named", "told"),
    [
        ([], None, "no open city has an order o1"),
        ([], "nordholm", "no open city nordholm has an order o1"),
        ([("a",), ("b",)], None, "--city a or b"),
    ],
)
def test_where_it_is_not_clear_which_city_is_meant_nothing_is_sent(
    found: list[tuple[str]], named: str | None, told: str
) -> None:
    with pytest.raises(WhichCity, match=told):
        Desk(Settings(), Rows(found)).city("o1", named)


def test_a_city_that_has_not_ticked_cannot_count_minutes() -> None:
    with pytest.raises(orders.NoTickYet):
        Desk(Settings(), Rows([])).until(TOWN, 5)


@pytest.mark.parametrize(
    "body",
    [UnassignOrder(O1, "x" * 200), UnassignOrder(O1, ""), HoldOrder(O1, 2**60), AssignOrder(O1, "\x1b")],  # type: ignore[arg-type]
)
def test_what_nobody_could_read_is_never_sent(body: ByHand) -> None:
    """It would be a dead letter, and its sender would wait for an answer that never comes."""
    with pytest.raises(Unreadable):
        Desk(Settings(), Rows()).ask(TOWN, body, "ann")
