"""`track order` on real servers: a person's word goes through Kafka, and the city's answer comes back from Postgres."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from kafka import KafkaProducer
from typer.testing import CliRunner

from infra import kafka_connection, replay, stack
from infra.orders import NotOpen
from infra.stack import Stack
from infra.track import app
from models import codec
from models.codec import HEADERS
from models.commands import Asked, Command, PlaceOrder, StartShift, Tick
from models.events import Dispatched
from models.ids import CommandId, CustomerId, DriverId, OrderId
from models.settings import Settings
from models.topics import CITY_COMMANDS
from models.ways import MINUTE_MS
from simulator.engine import Engine
from tests.real.short_day import short_day

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

DAY = short_day()
WITHIN_SECONDS = 60.0
Say = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack.running(Settings(), tmp_path_factory.mktemp("orders"), ("city",)) as one:
        yield one


class Feed:
    """A city whose feeder is this test."""

    def __init__(self, running: Stack, producer: KafkaProducer) -> None:
        self.url, self.producer, self.city = str(running.settings.postgres_url), producer, replay.new_city(DAY)
        for one in Engine(DAY, self.city).opening():
            self._send(one)

    def say(self, n: int, *bodies: Asked) -> None:
        """At minute n."""
        at = DAY.opens_at + n * MINUTE_MS
        for body in bodies:
            self._send(Command(CommandId(f"{type(body).__name__}:{n}"), self.city, at, at, "tests", body))

    def tick(self, n: int) -> None:
        """And the turn of it."""
        t = DAY.opens_at + n * MINUTE_MS
        self.say(n, Tick(t, ()))
        ends = time.monotonic() + WITHIN_SECONDS
        while Dispatched(t) not in [fact.body for fact in replay.stored(self.url, self.city).facts]:
            assert time.monotonic() < ends, f"no turn within {WITHIN_SECONDS:.0f} s"
            time.sleep(0.1)

    def driver_of(self, order: str) -> str | None:
        with psycopg.connect(self.url) as connection:
            query = "select driver_id from orders where city_id = %s and order_id = %s"
            return connection.execute(query, (self.city, order)).fetchone()[0]  # type: ignore[index, no-any-return]

    def _send(self, one: Command) -> None:
        payload, headers = codec.encode(one), list(HEADERS.items())
        self.producer.send(CITY_COMMANDS.name, key=self.city.encode(), value=payload, headers=headers).get(30)


@pytest.fixture
def feed(running: Stack) -> Iterator[Feed]:
    producer = KafkaProducer(**kafka_connection.options(running.settings), acks="all")
    yield Feed(running, producer)
    producer.close()


@pytest.fixture
def says(running: Stack, monkeypatch: pytest.MonkeyPatch) -> Say:
    monkeypatch.setenv("TRACK_POSTGRES_URL", str(running.settings.postgres_url))
    monkeypatch.setenv("TRACK_KAFKA_BOOTSTRAP", str(running.settings.kafka_bootstrap))

    def say(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(app, ["order", *words], catch_exceptions=False)
        return ran.exit_code, ran.output.strip()

    return say


def test_dispatch_leaves_alone_what_a_person_holds_and_whom_a_person_took_off(feed: Feed, says: Say) -> None:
    kitchen = DAY.restaurants[0]
    late = DAY.opens_at + 600 * MINUTE_MS
    feed.say(1, PlaceOrder(OrderId("o1"), CustomerId("c"), kitchen.restaurant, kitchen.point, (), late))
    feed.tick(2)

    code, told = says("hold", "o1", "--until", "5")
    assert (code, told.startswith("o1 is held until 2018-01-01 00:0")) == (0, True), told

    feed.say(3, StartShift(DriverId("d1"), "Ann", "car", kitchen.point, late))
    feed.tick(4)
    assert feed.driver_of("o1") is None
    code, told = says("assign", "o1", "--driver", "d1", "--expect", "99")
    assert (code, told) == (1, "refused: changed meanwhile (version 2, pending)")
    assert says("assign", "o1", "--driver", "d1") == (0, "o1 goes to driver d1, door 1 of the route")
    assert feed.driver_of("o1") == "d1"

    assert says("unassign", "o1", "--reason", "flat tyre") == (0, "o1 was taken from driver d1: flat tyre")
    feed.tick(5)
    assert feed.driver_of("o1") is None
    assert says("release", "o1") == (1, "refused: is not held (pending)")


def test_a_lever_turns_orders_away_until_it_is_released(
    feed: Feed, running: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACK_POSTGRES_URL", str(running.settings.postgres_url))
    monkeypatch.setenv("TRACK_KAFKA_BOOTSTRAP", str(running.settings.kafka_bootstrap))

    def says(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(app, [*words, "--city", feed.city], catch_exceptions=False)
        return ran.exit_code, ran.output.strip()

    def stands(order: str) -> bool:
        with psycopg.connect(feed.url) as connection:
            query = "select 1 from orders where city_id = %s and order_id = %s"
            return connection.execute(query, (feed.city, order)).fetchone() is not None

    kitchen, late = DAY.restaurants[0], DAY.opens_at + 600 * MINUTE_MS
    feed.tick(1)
    code, told = says("lever", "pause", kitchen.restaurant, "--no-foretell", "--for", "10")
    assert (code, told.startswith("lever ")) == (0, True), told
    which = told.split()[1]
    feed.say(2, PlaceOrder(OrderId("away"), CustomerId("c"), kitchen.restaurant, kitchen.point, (), late))
    assert says("lever", "release", which) == (0, f"lever {which} is released: released by hand")
    feed.say(3, PlaceOrder(OrderId("in"), CustomerId("c"), kitchen.restaurant, kitchen.point, (), late))
    feed.tick(4)

    assert (stands("away"), stands("in")) == (False, True)
    assert says("lever", "release", which) == (1, "refused: this lever is not pulled")


def test_a_word_on_an_incident_that_is_over_is_not_sent(
    feed: Feed, running: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACK_POSTGRES_URL", str(running.settings.postgres_url))
    monkeypatch.setenv("TRACK_KAFKA_BOOTSTRAP", str(running.settings.kafka_bootstrap))
    feed.tick(1)
    with pytest.raises(NotOpen, match=f"kitchen:r:1 is not open in {feed.city}; open are none"):
        CliRunner().invoke(app, ["incident", "own", "kitchen:r:1", "--city", feed.city], catch_exceptions=False)


def test_an_open_incident_is_owned_seen_and_sleeps(feed: Feed, running: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row stands there already, as the agent `alerts` would have put it; the city's word is a fact of its log."""
    monkeypatch.setenv("TRACK_POSTGRES_URL", str(running.settings.postgres_url))
    monkeypatch.setenv("TRACK_KAFKA_BOOTSTRAP", str(running.settings.kafka_bootstrap))
    feed.tick(1)
    row = (feed.city, "kitchen:r:1", "kitchen", "r", "[]")
    with psycopg.connect(feed.url) as connection:
        insert = "insert into incidents (city_id, incident_id, cause, subject, orders, since, late_ms, worst_ms)"
        connection.execute(f"{insert} values (%s, %s, %s, %s, %s, now(), 60000, 60000)", row)

    def says(*words: str) -> str:
        ran = CliRunner().invoke(app, ["incident", *words, "--city", feed.city], catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
        return ran.output.strip()

    assert says("own", "kitchen:r:1", "--owner", "ann") == "ann sees to kitchen:r:1"
    assert says("ack", "kitchen:r:1", "--by", "bob") == "bob has seen kitchen:r:1"
    assert says("snooze", "kitchen:r:1", "--for", "5").startswith("kitchen:r:1 sleeps until 2018-01-01 00:0")
    assert says("list").startswith("kitchen:r:1  since ")
    assert "sleeps until 23:00Z" in _listed_as_asleep_until(feed, 23, says)
    assert "sleeps" not in _listed_as_asleep_until(feed, 0, says)


def _listed_as_asleep_until(feed: Feed, hour: int, says: Callable[[str], str]) -> str:
    """By the city's clock, which shows a minute after midnight."""
    with psycopg.connect(feed.url) as connection:
        until = "update incidents set snoozed_until = %s where city_id = %s"
        connection.execute(until, (datetime(2018, 1, 1, hour, tzinfo=UTC), feed.city))
    return says("list")
