"""Garbage on a topic: each piece a dead letter with its reason, nothing else lost; too much in a row pauses the role."""

import random
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from signal import SIGKILL
from typing import Any

import psycopg
import pytest
from kafka import KafkaProducer

from infra import kafka_connection, proof, replay, stack, web
from infra.local.ports import remembered_port
from infra.stack import Stack
from models import codec, commands
from models.codec import HEADERS
from models.commands import Command
from models.events import Item
from models.geo import Point
from models.ids import CityId, CommandId, CustomerId, OrderId, RestaurantId
from models.settings import Settings
from models.topics import CITY_COMMANDS
from simulator.engine import Engine
from tests.real.short_day import DAY, short_day

pytestmark = [pytest.mark.torture, pytest.mark.real, pytest.mark.timeout(900)]

GOOD, BAD = 10_000, 1_000
WITHIN_SECONDS = 240.0


@pytest.fixture
def running(state_dir: Path) -> Iterator[Stack]:
    with stack.running(Settings(), state_dir, ("city", "insights"), restarts=1000) as one:
        yield one


def test_a_thousand_garbage_among_ten_thousand_good_cost_nothing_else(
    running: Stack, record_property: Callable[[str, object], None]
) -> None:
    city = _open(running)
    pid = running.launcher.pid("city")
    rng = random.Random(7)
    good = [(city, _order(city, n)) for n in range(GOOD)]
    mixed = [*good, *((city, _garbage(rng, n, city)) for n in range(BAD))]
    rng.shuffle(mixed)
    since = _letters(running)
    _send(running, mixed)
    _until(lambda: _count(running, "orders", city) == GOOD and _letters(running) - since == BAD)

    record_property("figure", f"{_count(running, 'orders', city):,} orders, {_letters(running) - since:,} letters")
    assert _count(running, "orders", city) == GOOD
    assert _letters(running) - since == BAD
    assert running.launcher.pid("city") == pid
    assert _reasonless(running) == 0


def test_a_thousand_in_a_row_pause_the_role_until_a_person_resumes_it(running: Stack) -> None:
    city = _open(running)
    rng = random.Random(8)
    since = _letters(running)
    _send(running, [(city, _garbage(rng, n, city)) for n in range(BAD)])
    _send(running, [(city, _order(city, 1))])
    _until(lambda: bool(_paused(running)))
    budget = Settings().dead_letter_budget
    why = _paused(running)

    assert f"{budget} dead letters in a row" in why[0]

    running.launcher.kill("city", SIGKILL)
    _until(lambda: bool(_paused_pid(running)))

    assert _count(running, "orders", city) == 0, "it stays paused through a restart"

    proof.resume(running.settings, "city", letters=BAD + 1)
    _until(lambda: _count(running, "orders", city) == 1 and _letters(running) - since >= BAD)

    assert _paused(running) == []
    assert _letters(running) - since == BAD


def _open(running: Stack) -> CityId:
    day = short_day()
    city = replay.new_city(day)
    _send(running, [(city, codec.encode(c)) for c in Engine(day, city).opening()])
    return city


def _order(city: CityId, n: int) -> bytes:
    items = (Item("margherita", 1, Decimal("9.50")),)
    ask = commands.PlaceOrder(
        OrderId(f"o{n}"), CustomerId(f"c{n}"), RestaurantId("r0"), Point(1.0, 2.0), items, DAY + 3_600_000
    )
    return codec.encode(Command(CommandId(f"place:{n}"), city, DAY + n, DAY, "test", ask))


def _garbage(rng: random.Random, n: int, city: CityId) -> bytes:
    kinds: list[Callable[[], bytes]] = [
        lambda: rng.randbytes(rng.randint(1, 200)),
        lambda: b"",
        lambda: _order(city, n).replace(b'"at":15', b'"at":-5'),
        lambda: _order(city, n).replace(b"[1.0,2.0]", b"[1e300,2.0]"),
        lambda: _order(city, n).replace(b"PlaceOrder", b"PlaceOrders"),
        lambda: _order(city, n)[:-7],
    ]
    return kinds[n % len(kinds)]()


def _send(running: Stack, messages: list[tuple[CityId, bytes]]) -> None:
    producer = KafkaProducer(**kafka_connection.options(running.settings), acks="all", enable_idempotence=True)
    for city, value in messages:
        producer.send(CITY_COMMANDS.name, key=city.encode(), value=value, headers=list(HEADERS.items()))
    producer.flush()
    producer.close()


def _ask(running: Stack, query: Any, *values: Any) -> list[Any]:
    with psycopg.connect(str(running.settings.postgres_url)) as connection:
        return connection.execute(query, values).fetchall()


def _count(running: Stack, table: str, city: CityId) -> int:
    return int(_ask(running, f"select count(*) from {table} where city_id = %s", city)[0][0])


def _letters(running: Stack) -> int:
    return int(_ask(running, "select count(*) from dead_letters")[0][0])


def _reasonless(running: Stack) -> int:
    return int(_ask(running, "select count(*) from dead_letters where reason = ''")[0][0])


def _paused(running: Stack) -> list[str]:
    return [why for (why,) in _ask(running, "select paused_because from role_budgets where paused_because is not null")]


def _paused_pid(running: Stack) -> str:
    """The new worker's own word for it."""
    port = remembered_port(running.settings.state_dir, "city")
    report = web.ask(web.health_url(port or 0))
    return "; ".join(report["reasons"]) if report and not report["healthy"] else ""


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_SECONDS
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {WITHIN_SECONDS:.0f} s")
        time.sleep(0.2)
