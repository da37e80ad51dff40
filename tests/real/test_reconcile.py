"""infra/proof.py on real stores: what is spoiled is named, what is flushed comes back, and running workers go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest
from redis import Redis

from infra import proof, replay, stack
from models.commands import Command
from models.ids import CityId, Instant
from models.levers import ExtendPromises, PullLever
from models.settings import Settings
from models.views import Key, key
from models.ways import MINUTE_MS
from simulator.engine import Engine
from tests.agents.little_day import forgetful, scenario

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

NOON = 62
SPOILED_FACT = 21
ROWS = {
    "cities": "closed = true",
    "restaurants": "name = 'Another'",
    "orders": "status = 'cancelled', version = 999",
    "order_items": "price = 0.01",
    "drivers": "current_lat = 1",
    "driver_assignments": "outcome = 'lost'",
    "commands": "reason = 'no'",
    "eta_predictions": "p80 = now()",
    "eta_scores": "width_ms = 1",
    "lateness_ledger": "ride_ms = 1",
    "kpi_minutes": "placed = 99",
    "kpi_hours": "due = 99",
    "alerts": "worst = 1",
    "incidents": "late_ms = 1",
    "levers": "refused = 9",
}
FIELDS = {
    Key.CITY: ("closed", True),
    Key.ORDERS: ("status", "cancelled"),
    Key.DRIVERS: ("version", 999),
    Key.RESTAURANTS: ("name", "Another"),
    Key.ETAS: ("made_at", 0),
    Key.KPIS: ("placed", 99),
    Key.KPI_HOUR: ("due", 99),
    Key.NEEDS: ("incident", "another"),
    Key.ALERTS: ("worst", 1),
    Key.INCIDENTS: ("late_ms", 1),
    Key.LEVERS: ("refused", 9),
}


class Morning(Engine):
    """The engine of a day that is looked at in the middle of it."""

    def opening(self) -> list[Command]:
        """One lever is pulled as the city opens."""
        first, at = super().opening(), self.scenario.opens_at
        self.say(at, "lever", PullLever("lever", ExtendPromises(5), at + 700 * MINUTE_MS))
        return [*first, *self._step().commands]

    def ticks(self, every: int = 1) -> Iterator[Instant]:
        return islice(super().ticks(every), NOON)


class Noon(NamedTuple):
    """A running pipeline with a city in the middle of its day."""

    settings: Settings
    city: CityId
    postgres: psycopg.Connection[Any]
    redis: Redis

    def look(self, repair: bool = False) -> dict[str, Any]:
        [report] = proof.reconcile(self.settings, self.city, repair)["cities"]
        return dict(report)

    def named(self, repair: bool = False) -> list[tuple[str, str]]:
        return [(one["where"], one["what"]) for one in self.look(repair)["drift"]]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with stack.running(Settings(), tmp_path_factory.mktemp("reconcile")) as one:
        yield one.settings


@pytest.fixture(scope="module")
def noon(settings: Settings) -> Iterator[Noon]:
    city = replay.new_city(forgetful())
    replay.feed(Morning(forgetful(), city), settings)
    url = str(settings.postgres_url)
    replay.settled(url, city)
    with psycopg.connect(url, autocommit=True) as postgres, Redis.from_url(str(settings.redis_url)) as redis:
        yield Noon(settings, city, postgres, redis)


def test_a_day_through_real_servers_has_no_drift(noon: Noon) -> None:
    report = noon.look()

    assert report["drift"] == []
    assert {name: count for name, count in report["compared"].items() if not count} == {}


@pytest.mark.parametrize("table", ROWS)
def test_a_spoiled_row_is_named_and_healed(table: str, noon: Noon) -> None:
    """One row of each table, its first."""
    spoil = f"update {table} set {ROWS[table]} where ctid = (select ctid from {table} where city_id = %s limit 1)"
    noon.postgres.execute(spoil, (noon.city,))
    columns = [part.split(" = ")[0] for part in ROWS[table].split(", ")]
    named = noon.named(repair=True)

    assert [(where.split("/")[0], what) for where, what in named] == [(table, column) for column in columns]
    assert noon.named() == []


@pytest.mark.parametrize("table", [table for table in ROWS if table not in ("cities", "commands")])
def test_a_lost_row_comes_back(table: str, noon: Noon) -> None:
    before = rows(noon, table)
    lost = f"delete from {table} where ctid = (select ctid from {table} where city_id = %s limit 1)"
    assert noon.postgres.execute(lost, (noon.city,)).rowcount == 1

    assert [(where.split("/")[0], what) for where, what in noon.named(repair=True)] == [(table, "missing")]
    assert rows(noon, table) == before


def test_a_surplus_row_goes(noon: Noon) -> None:
    before = rows(noon, "order_items")
    noon.postgres.execute("insert into order_items values (%s, 'o00', 9, 'm', 1, 1)", (noon.city,))

    assert noon.named(repair=True) == [("order_items/o00/9", "surplus")]
    assert rows(noon, "order_items") == before


@pytest.mark.parametrize("name", FIELDS)
def test_a_spoiled_field_is_named_and_healed(name: Key, noon: Noon) -> None:
    """One field of each hash."""
    here, (part, value) = key(noon.city, name), FIELDS[name]
    field, raw = min(noon.redis.hgetall(here).items())
    noon.redis.hset(here, field, msgspec.json.encode(msgspec.json.decode(raw) | {part: value}))

    assert noon.named(repair=True) == [(f"redis/{name}/{field.decode()}", part)]
    assert noon.redis.hget(here, field) == raw
    assert noon.named() == []


def test_somebody_who_is_not_available_is_named_and_goes(noon: Noon) -> None:
    noon.redis.geoadd(key(noon.city, Key.AVAILABLE), (7.0, 45.0, "nobody"))

    assert noon.named(repair=True) == [("redis/available/nobody", "surplus")]
    assert noon.named() == []


def test_a_lost_position_and_an_older_one_are_put_back(noon: Noon) -> None:
    here = key(noon.city, Key.POSITIONS)
    (lost, _), (older, raw) = sorted(noon.redis.hgetall(here).items())[:2]
    driver, at, point = msgspec.json.decode(raw)
    noon.redis.hdel(here, lost)
    noon.redis.hset(here, older, msgspec.json.encode([driver, at - 60_000, point]))

    assert noon.named(repair=True) == [
        (f"redis/positions/{lost.decode()}", "missing"),
        (f"redis/positions/{older.decode()}", "older"),
    ]
    assert noon.redis.hget(here, older) == raw


def test_a_lost_delta_is_put_back(noon: Noon) -> None:
    here = key(noon.city, Key.DELTAS)
    [newest] = noon.redis.xrevrange(here, count=1)
    noon.redis.xdel(here, newest[0])

    assert noon.named(repair=True) == [("redis/deltas", "newest")]
    assert noon.redis.xrevrange(here, count=1) == [newest]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("update city_events set fact = '{' where city_id = %s and seq = %s", "unreadable"),
        ("update city_events set kind = 'OrderAte' where city_id = %s and seq = %s", "kind"),
        ("delete from city_events where city_id = %s and seq = %s", "missing"),
        (
            "insert into city_events select city_id, seq, day + 1, event_id, command_id, at, kind, fact"
            " from city_events where city_id = %s and seq = %s",
            "repeated",
        ),
    ],
)
def test_a_spoiled_fact_is_named_and_stays(change: str, what: str, noon: Noon) -> None:
    """Nothing repairs the log, and by a broken log nothing is repaired."""
    with kept(noon, "city_events"):
        noon.postgres.execute(change, (noon.city, SPOILED_FACT))

        assert noon.named(repair=True) == [(f"city_events/{SPOILED_FACT}", what)]
        assert noon.named() == [(f"city_events/{SPOILED_FACT}", what)]
    assert noon.named() == []


def test_a_flushed_redis_is_rebuilt(noon: Noon) -> None:
    """And who looks at it is told to begin again."""
    before = views(noon)
    noon.redis.flushall()

    assert noon.look()["drift"] != []
    assert len(proof.rebuild_live(noon.settings)) >= 1
    assert noon.named() == []
    assert views(noon) == before
    first = int(noon.redis.get(key(noon.city, Key.LIVE_EPOCH)) or 0)
    proof.rebuild_live(noon.settings, noon.city)
    assert int(noon.redis.get(key(noon.city, Key.LIVE_EPOCH)) or 0) > first > 0


def test_workers_go_on_after_a_flush_and_a_rebuild_in_the_middle_of_their_day(settings: Settings) -> None:
    """No worker is fenced off, and no look at a moving city takes movement for drift."""
    city, epochs, looks = replay.new_city(scenario()), list[Any](), list[Any]()
    turns = iter(range(10_000))

    def strike(t: Instant) -> None:
        turn = next(turns)
        if turn == 30:
            epochs.append(held(settings, city))
            with Redis.from_url(str(settings.redis_url)) as redis:
                redis.flushall()
            proof.rebuild_live(settings, city)
        if turn in (29, 30, 45):
            looks.append(proof.reconcile(settings, city)["cities"][0]["drift"])

    replay.feed(Engine(scenario(), city), settings, strike)
    replay.settled(str(settings.postgres_url), city)

    assert looks == [[], [], []]
    assert proof.reconcile(settings, city)["clean"]
    assert epochs == [held(settings, city)]


@contextmanager
def kept(noon: Noon, table: str) -> Iterator[None]:
    """The table's rows of the city are put back in the end."""
    noon.postgres.execute(f"create temp table kept as select * from {table} where city_id = %s", (noon.city,))
    try:
        yield
    finally:
        noon.postgres.execute(f"delete from {table} where city_id = %s", (noon.city,))
        noon.postgres.execute(f"insert into {table} select * from kept")
        noon.postgres.execute("drop table kept")


def held(settings: Settings, city: CityId) -> list[Any]:
    with psycopg.connect(str(settings.postgres_url)) as postgres:
        query = "select agent, epoch from agent_progress where city_id = %s order by agent"
        return postgres.execute(query, (city,)).fetchall()


def test_resume_lets_a_paused_role_go_on_and_says_so(noon: Noon) -> None:
    noon.postgres.execute(
        "insert into role_budgets (role, agent, run, allowance, paused_because)"
        " values ('none such', 'none such', 3, 3, 'letters'), ('insights', 'dead_letters', 3, 3, 'letters')"
    )
    said = proof.resume(noon.settings, "insights", letters=50)
    query = "select run, allowance, paused_because from role_budgets where agent = %s"

    assert [line for line in said if "letters" in line and "goes on" in line] == [
        "insights/dead_letters: goes on, 50 dead letters in a row allowed; it was paused: letters"
    ]
    assert noon.postgres.execute(query, ("dead_letters",)).fetchall() == [(0, 50, None)]
    assert noon.postgres.execute(query, ("none such",)).fetchall() == [(3, 3, "letters")]
    with pytest.raises(proof.UnknownRole, match="roles"):
        proof.resume(noon.settings, "roles")


def rows(noon: Noon, table: str) -> list[Any]:
    return sorted(noon.postgres.execute(f"select t::text from {table} t where city_id = %s", (noon.city,)))


def views(noon: Noon) -> dict[str, Any]:
    """Every hash of the city, and who is available."""
    found: dict[str, Any] = {name: noon.redis.hgetall(key(noon.city, name)) for name in (*FIELDS, Key.POSITIONS)}
    return found | {"available": noon.redis.zrange(key(noon.city, Key.AVAILABLE), 0, -1)}
