"""The dashboard's only IO: one round trip, and what happens when a store does not answer."""

from typing import Any

import msgspec
import pytest
import redis

from dashboard.snapshot import StoreAway
from dashboard.tables import HASHES, Tables, progress_of, snapshot_of
from models.ids import CityId, OrderId
from models.views import AGENTS, CITIES, CityCard, Key, key, progress_key
from tests.unit.dashboard.snapshots import CITY, NOW, RULES, WALL, snapshot

encode = msgspec.json.Encoder().encode


def hashes() -> dict[str, dict[bytes, bytes]]:
    """The small city as the agents write it."""
    s = snapshot()
    views: dict[str, dict[Any, Any]] = {
        Key.CITY: {"now": s.view, "rules": RULES}, Key.ORDERS: s.orders, Key.DRIVERS: s.drivers, Key.RESTAURANTS: s.restaurants,
        Key.POSITIONS: s.positions, Key.ETAS: s.etas, Key.KPIS: {"now": s.kpi},
        Key.NEEDS: s.needs, Key.QUEUE: {"now": s.ranked}, Key.ALERTS: s.alerts, Key.INCIDENTS: s.incidents,
        Key.LEVERS: s.levers, Key.FORETOLD: {"now": s.foretold},
    }  # fmt: skip
    stored = {key(CITY, name): {f.encode(): encode(v) for f, v in values.items()} for name, values in views.items()}
    stored[CITIES] = {f.encode(): encode(card) for f, card in s.cities.items()}
    told = {b"epoch": b"1", b"seq": b"9", b"as_of": str(NOW).encode(), b"produced_at": str(WALL - 200).encode()}
    return stored | {progress_key(CITY, agent): told for agent in AGENTS}


class FakeRedis:
    """Answers a pipeline of HGETALLs from a dict, or not at all."""

    def __init__(self, stored: dict[str, dict[bytes, bytes]]) -> None:
        self.stored, self.away, self.trips = stored, False, 0
        self._asked: list[str] = []

    def pipeline(self, transaction: bool) -> "FakeRedis":
        self._asked = []
        return self

    def hgetall(self, name: str) -> None:
        self._asked.append(name)

    def execute(self) -> list[dict[bytes, bytes]]:
        self.trips += 1
        if self.away:
            raise redis.ConnectionError("gone")
        return [self.stored.get(name, {}) for name in self._asked]


def opened(live: FakeRedis) -> Tables:
    return Tables(live, None, now_ms=lambda: WALL)  # type: ignore[arg-type]


def test_a_snapshot_is_what_the_agents_wrote_in_one_round_trip() -> None:
    live = FakeRedis(hashes())

    assert opened(live).snapshot(CITY) == snapshot()
    assert live.trips == 1


def test_one_value_that_cannot_be_read_is_counted_and_does_not_blank_the_board() -> None:
    stored = hashes()
    stored[key(CITY, Key.ORDERS)][b"77"] = b'{"id": 77}'
    stored[key(CITY, Key.POSITIONS)][b"\xff"] = b"[]"

    s = opened(FakeRedis(stored)).snapshot(CITY)

    assert s.unreadable == 2
    assert OrderId("1") in s.orders


def test_when_redis_does_not_answer_the_last_snapshot_stands_and_ages() -> None:
    live = FakeRedis(hashes())
    clock = [WALL]
    tables = Tables(live, None, now_ms=lambda: clock[0])  # type: ignore[arg-type]
    tables.snapshot(CITY)
    live.away, clock[0] = True, WALL + 43_000

    s = tables.snapshot(CITY)

    assert not s.answered
    assert s.read_at == WALL + 43_000
    assert s.orders == snapshot().orders


def test_of_a_city_that_has_left_no_snapshot_is_kept() -> None:
    """A board that ran for months would hold every city that anybody ever looked at."""
    stored, other = hashes(), CityId("other")
    stored |= {key(other, name): stored[key(CITY, name)] for name in (Key.CITY, *HASHES)}
    live = FakeRedis(stored)
    tables = opened(live)
    seen = [tables.snapshot(city).view for city in (other, CITY)]
    live.away = True

    assert None not in seen
    assert tables.snapshot(other).view is None
    assert tables.snapshot(CITY).view is not None


def test_without_a_last_snapshot_it_is_empty_and_says_that_nothing_answered() -> None:
    live = FakeRedis({})
    live.away = True

    s = opened(live).snapshot(CITY)

    assert s.view is None
    assert not s.answered


def test_a_city_that_never_ticked_has_no_view_yet() -> None:
    s = opened(FakeRedis({CITIES: hashes()[CITIES]})).snapshot(CITY)

    assert s.answered
    assert s.view is None


def test_rules_that_cannot_be_read_are_counted_and_the_city_waits_for_them() -> None:
    stored = hashes()
    stored[key(CITY, Key.CITY)][b"rules"] = b"{}"

    s = opened(FakeRedis(stored)).snapshot(CITY)

    assert (s.view, s.unreadable) == (None, 1)


def test_a_recorded_day_that_runs_now_comes_before_a_demo_that_ended() -> None:
    """Its event time is of 2018; the demo's log ends today."""
    stored, ended = hashes(), CityId("demo")
    stored[CITIES][ended.encode()] = encode(CityCard("Port Merrin", NOW + 1))
    stored[progress_key(ended, AGENTS[0])] = {b"as_of": b"1", b"produced_at": str(WALL - 60_000).encode()}

    assert opened(FakeRedis(stored)).cities() == {CITY: True, ended: False}


def test_the_cities_cannot_be_asked_while_redis_is_away() -> None:
    live = FakeRedis({})
    live.away = True

    with pytest.raises(StoreAway):
        opened(live).cities()


@pytest.mark.parametrize("raw", [{}, {b"as_of": b"1"}, {b"as_of": b"x", b"produced_at": b"1"}])
def test_a_progress_that_is_none_has_no_age(raw: dict[bytes, bytes]) -> None:
    assert progress_of(raw) is None


def test_stores_without_an_address_are_away() -> None:
    tables = Tables(None, None, now_ms=lambda: WALL)

    assert not tables.snapshot(CITY).answered
    with pytest.raises(StoreAway):
        tables.history(CITY)


def test_answers_are_read_in_the_order_they_were_asked() -> None:
    answers = [hashes()[name] for name in (CITIES, *(key(CITY, name) for name in (Key.CITY, *HASHES)))]

    s = snapshot_of(CITY, WALL, [*answers, *({} for _ in AGENTS)])

    assert s.progress == {}
    assert s.kpi == snapshot().kpi
