"""infra/letters.py on real servers: what was given up is listed, shown, and put back; what was done is not done again."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kafka import KafkaProducer
from psycopg import sql
from typer.testing import CliRunner

from infra import kafka_connection, letters, replay, stack
from infra.letter_rows import Letter, Wanted
from infra.letters import AlreadyReplayed, NoWayBack, UnknownLetter
from infra.postgres_connection import OldTables
from infra.stack import Stack
from infra.track import app, main
from models import codec, commands
from models.codec import HEADERS
from models.commands import Command
from models.events import Item
from models.geo import Point
from models.ids import CityId, CommandId, CustomerId, OrderId, RestaurantId
from models.migrations import upgrade
from models.settings import Settings
from models.topics import CITY_COMMANDS, MOST_MESSAGE_BYTES
from simulator.engine import Engine
from tests.real.short_day import DAY, short_day

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

WITHIN_SECONDS = 60.0
GARBAGE = b"\x00\xff\x1b[31mnot json"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack.running(Settings(), tmp_path_factory.mktemp("letters"), ("city", "insights")) as one:
        yield one


@pytest.fixture
def city(running: Stack) -> CityId:
    day = short_day()
    city = replay.new_city(day)
    for opening in Engine(day, city).opening():
        send(running, city, codec.encode(opening))
    until(lambda: count(running, "restaurants", city) == 5)
    return city


@pytest.fixture
def track(running: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The command line as a person at this stack's terminal has it; what it said."""
    monkeypatch.setenv("TRACK_POSTGRES_URL", str(running.settings.postgres_url))
    monkeypatch.setenv("TRACK_KAFKA_BOOTSTRAP", str(running.settings.kafka_bootstrap))

    def say(*words: str) -> str:
        ran = CliRunner().invoke(app, ["letters", *words], catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
        return ran.output

    return say


def test_an_order_that_a_wrong_constraint_killed_is_placed_once_when_it_is_replayed(
    running: Stack, city: CityId, track: Callable[..., str], tmp_path: Path
) -> None:
    """A crash, its cause mended, the letter replayed; a second replay is refused, and a forced one changes nothing."""
    with wrong_constraint(running, city):
        send(running, city, order(city, 1))
        send(running, city, order(city, 2))
        until(lambda: len(waiting(running, city)) == 1)
    [one] = waiting(running, city)

    assert (one.kind, one.agent, one.value, one.record_headers) == ("crashed", "city_commands", order(city, 1), HEADERS)
    assert orders(running, city) == ["o2"]
    listed = track("list", "--city", city, "--agent", "city_commands", "--reason", "CHECKviolation", "--waiting")
    assert listed.splitlines()[0].startswith(f"{one.place}  ")
    assert "PlaceOrder" in track("show", str(one.place))

    report = tmp_path / "report.json"
    track("replay", str(one.place), "--by", "night shift", "--json", str(report))
    until(lambda: orders(running, city) == ["o1", "o2"])
    with pytest.raises(AlreadyReplayed, match="night shift"):
        list(letters.replay(running.settings, [str(one.place)], "me"))
    [forced] = letters.replay(running.settings, [str(one.place)], "me", again=True)
    send(running, city, order(city, 3))
    until(lambda: orders(running, city) == ["o1", "o2", "o3"])

    assert facts(running, city, "OrderPlaced") == 3
    assert waiting(running, city) == []
    first, second = replays(running, one)
    assert (first[0], second[0]) == ("night shift", "me")
    assert second[1] == forced.now.offset
    assert json.loads(report.read_text())["replayed"] == [
        {"id": str(one.place), "as": str(one.place._replace(offset=first[1]))}
    ]


def test_garbage_as_large_as_a_topic_takes_is_a_letter_and_holds_nothing_up(running: Stack, city: CityId) -> None:
    """As base64 it is a third larger: a letter that did not fit left the guard, and the record came back for ever."""
    huge = b"\xff" * (MOST_MESSAGE_BYTES - 1_000)
    send(running, city, huge)
    send(running, city, order(city, 1))
    until(lambda: orders(running, city) == ["o1"])
    until(lambda: len(waiting(running, city)) == 1)

    assert waiting(running, city)[0].value == huge


def test_garbage_that_is_replayed_is_garbage_again_and_both_letters_say_so(
    running: Stack, city: CityId, track: Callable[..., str], tmp_path: Path
) -> None:
    """Bytes, key and headers are those of the first time, to the last of them."""
    headers = {"schema": b"99", "trace": b"\xff\x00"}
    send(running, city, GARBAGE, headers)
    until(lambda: len(waiting(running, city)) == 1)
    [one] = waiting(running, city)
    shown = track("show", str(one.place))

    assert "00 ff 1b 5b 33 31 6d 6e 6f" in shown
    assert "\x1b" not in shown

    [done] = letters.replay_all(running.settings, Wanted(city=city, waiting=True), "me")
    until(lambda: len(waiting(running, city)) == 1)
    [new] = waiting(running, city)

    assert (new.place, new.value, new.record_headers, new.record_key) == (done.now, GARBAGE, headers, city.encode())
    assert f"failed again  {one.kind}" in track("list", "--city", city)
    report = tmp_path / "letters.json"
    track("list", "--city", city, "--json", str(report))
    assert [(n["id"], n["failed_again"]) for n in json.loads(report.read_text())["letters"]] == [
        (str(new.place), False),
        (str(one.place), True),
    ]


def test_all_that_wait_go_back_in_their_order_and_those_of_others_stay(running: Stack, city: CityId) -> None:
    with wrong_constraint(running, city, customer="c"):
        for n in range(5):
            send(running, city, order(city, n))
        send(running, city, GARBAGE)
        until(lambda: len(waiting(running, city)) == 6)
    killed = Wanted(city, None, "crashed", True)
    done = list(letters.replay_all(running.settings, killed, "me"))
    until(lambda: orders(running, city) == [f"o{n}" for n in range(5)])

    assert [one.letter for one in done] == sorted(one.letter for one in done)
    assert len(done) == 5
    assert [one.value for one in waiting(running, city)] == [GARBAGE]
    assert list(letters.replay_all(running.settings, killed, "me")) == []


@pytest.mark.parametrize("verb", ["show", "replay"])
@pytest.mark.parametrize("name", ["city-commands/3@99999999", "no name"])
def test_a_letter_that_there_is_not_is_said_so_and_ends_with_2(
    verb: str, name: str, running: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACK_POSTGRES_URL", str(running.settings.postgres_url))
    monkeypatch.setenv("TRACK_KAFKA_BOOTSTRAP", str(running.settings.kafka_bootstrap))
    monkeypatch.setattr("sys.argv", ["track", "letters", verb, name])
    with pytest.raises(SystemExit) as left:
        main()

    assert left.value.code == 2
    assert "UnknownLetter" in (said := capsys.readouterr().err)
    assert "track letters list" in said


def test_of_some_letters_one_unknown_keeps_all_from_being_sent(running: Stack, city: CityId) -> None:
    send(running, city, GARBAGE)
    until(lambda: len(waiting(running, city)) == 1)
    [one] = waiting(running, city)
    with pytest.raises(UnknownLetter):
        list(letters.replay(running.settings, [str(one.place), "city-commands/3@99999999"], "me"))

    assert waiting(running, city) == [one]


def test_a_letter_of_before_goes_back_with_the_headers_that_every_producer_sends(running: Stack, city: CityId) -> None:
    """And one whose topic is gone stays where it is."""
    before = (CITY_COMMANDS.name, 0, 10**12, city, order(city, 1), "crashed", "an old bug", "city", "")
    insert = 'insert into dead_letters (topic, partition, "offset", key, value, kind, reason, role, agent) values ({})'
    for place in (before, ("no-such-topic", *before[1:])):
        ask(running, insert.format(", ".join(["%s"] * 9)), *place)
    old, gone = f"{CITY_COMMANDS.name}/0@{10**12}", f"no-such-topic/0@{10**12}"
    with pytest.raises(NoWayBack, match="no-such-topic"):
        list(letters.replay(running.settings, [old, gone], "me"))

    assert orders(running, city) == []
    list(letters.replay(running.settings, [old], "me"))
    until(lambda: orders(running, city) == ["o1"])


def test_tables_of_before_are_brought_up_first(running: Stack) -> None:
    with psycopg.connect(str(running.settings.postgres_url), autocommit=True) as connection:
        connection.execute("create database of_before")
    url = str(running.settings.postgres_url).replace("/track", "/of_before")
    upgrade(url, "0001")
    old = running.settings.model_copy(update={"postgres_url": url})
    with pytest.raises(OldTables, match="track migrate"):
        letters.newest(old, Wanted(), 1)

    upgrade(url)
    assert letters.newest(old, Wanted(), 1) == ([], 0)


@contextmanager
def wrong_constraint(running: Stack, city: CityId, customer: str = "c1") -> Iterator[None]:
    """A rule of the table that good orders break, until the block ends."""
    rule = "alter table orders add constraint wrong check (city_id || '/' || customer_id not like {}) not valid"
    ask(running, sql.SQL(rule).format(sql.Literal(f"{city}/{customer}%")))
    try:
        yield
    finally:
        ask(running, "alter table orders drop constraint wrong")


def order(city: CityId, n: int) -> bytes:
    items = (Item("margherita", 1, Decimal("9.50")),)
    ask = commands.PlaceOrder(
        OrderId(f"o{n}"), CustomerId(f"c{n}"), RestaurantId("r0"), Point(1.0, 2.0), items, DAY + 3_600_000
    )
    return codec.encode(Command(CommandId(f"place:{n}"), city, DAY + n, DAY, "test", ask))


def send(running: Stack, city: CityId, value: bytes, headers: dict[str, bytes] = HEADERS) -> None:
    options = kafka_connection.options(running.settings) | {"max_request_size": MOST_MESSAGE_BYTES}
    with closing(KafkaProducer(**options, acks="all", enable_idempotence=True)) as producer:
        sent = producer.send(CITY_COMMANDS.name, key=city.encode(), value=value, headers=list(headers.items()))
        sent.get(WITHIN_SECONDS)


def waiting(running: Stack, city: CityId) -> list[Letter]:
    return letters.newest(running.settings, Wanted(city=city, waiting=True), 100)[0]


def orders(running: Stack, city: CityId) -> list[str]:
    return [one for (one,) in ask(running, "select order_id from orders where city_id = %s order by order_id", city)]


def facts(running: Stack, city: CityId, kind: str) -> int:
    return int(ask(running, "select count(*) from city_events where city_id = %s and kind = %s", city, kind)[0][0])


def replays(running: Stack, one: Letter) -> list[Any]:
    query = (
        'select replayed_by, replayed_as from dead_letter_replays where (topic, partition, "offset") = (%s, %s, %s)'
        " order by replayed_at"
    )
    return ask(running, query, *one.place)


def count(running: Stack, table: str, city: CityId) -> int:
    return int(ask(running, f"select count(*) from {table} where city_id = %s", city)[0][0])


def ask(running: Stack, query: Any, *values: Any) -> list[Any]:
    with psycopg.connect(str(running.settings.postgres_url)) as connection:
        found = connection.execute(query, values or None)
        return found.fetchall() if found.description else []


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_SECONDS
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {WITHIN_SECONDS:.0f} s")
        time.sleep(0.1)
