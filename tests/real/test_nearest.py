"""Who is free near here: Redis and SQL agree, on real servers, with as many drivers as a megacity has."""

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from infra.bench.nearest import compared
from models.migrations import upgrade

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
DRIVERS, QUESTIONS = 20_000, 1_000


@pytest.fixture(scope="module")
def servers(postgres_and_valkey: "Servers") -> "Servers":
    upgrade(postgres_and_valkey.postgres_url)
    return postgres_and_valkey


@pytest.fixture(scope="module")
def report(servers: "Servers") -> dict[str, Any]:
    return asyncio.run(compared(servers.postgres_url, servers.redis_url, DRIVERS, QUESTIONS))


@pytest.fixture
def postgres(servers: "Servers") -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(servers.postgres_url) as connection:
        yield connection
        connection.rollback()


def near(postgres: psycopg.Connection[Any], lat: float, lon: float, within: float = 500.0) -> list[str]:
    found = postgres.execute("select driver_id from available_near('town', %s, %s, %s)", (lat, lon, within))
    return [driver for (driver,) in found.fetchall()]


def driver(
    postgres: psycopg.Connection[Any], name: str, lat: float, lon: float, at: int = 0, status: str = "available"
) -> None:
    postgres.execute(
        """insert into drivers (city_id, driver_id, name, vehicle_type, status, version, current_lat, current_lon,
        located_at, shift_until) values ('town', %s, %s, 'car', %s, 1, %s, %s, to_timestamp(%s), to_timestamp(9e9))""",
        (name, name, status, lat, lon, at),
    )


def position(postgres: psycopg.Connection[Any], name: str, lat: float, lon: float, at: int) -> None:
    postgres.execute(
        """insert into driver_positions (city_id, driver_id, slot, at, lat, lon)
        values ('town', %s, to_timestamp(%s), to_timestamp(%s), %s, %s) on conflict do nothing""",
        (name, at - at % 5, at, lat, lon),
    )


def test_redis_and_sql_name_the_same_drivers_in_the_same_order(
    report: dict[str, Any], record_property: Callable[[str, object], None]
) -> None:
    redis_ms, sql_ms = (report["asked"][how].p95 / 1000 for how in ("redis", "sql"))
    record_property("figure", f"p95 {redis_ms:.1f} ms by Redis and {sql_ms:.1f} ms by SQL")
    assert report["broken"] == []
    assert report["alike"] == QUESTIONS
    assert report["found"] > QUESTIONS * 100


def test_the_place_is_looked_up_in_the_indexes(report: dict[str, Any], servers: "Servers") -> None:
    with psycopg.connect(servers.postgres_url) as connection:
        largest = "select city_id from driver_locations group by city_id order by count(*) desc limit 1"
        city = connection.execute(largest).fetchone()
        plan = connection.execute("explain select * from available_near(%s, 43.2, -9.9, 1000)", city).fetchall()
    text = "\n".join(line for (line,) in plan)

    assert "driver_locations_by_place" in text
    assert "drivers_by_place" in text
    assert "Seq Scan" not in text


def test_the_newer_of_position_and_row_says_where_a_driver_is(postgres: psycopg.Connection[Any]) -> None:
    driver(postgres, "moved", 10.0, 10.0, at=100)
    position(postgres, "moved", 20.0, 20.0, at=200)
    driver(postgres, "back on shift", 10.0, 10.0, at=300)
    position(postgres, "back on shift", 20.0, 20.0, at=200)

    assert near(postgres, 20.0, 20.0) == ["moved"]
    assert near(postgres, 10.0, 10.0) == ["back on shift"]


def test_an_older_position_never_moves_a_driver_back(postgres: psycopg.Connection[Any]) -> None:
    driver(postgres, "d", 10.0, 10.0)
    position(postgres, "d", 20.0, 20.0, at=200)
    position(postgres, "d", 30.0, 30.0, at=100)

    assert near(postgres, 20.0, 20.0) == ["d"]


def test_who_carries_an_order_is_not_free(postgres: psycopg.Connection[Any]) -> None:
    driver(postgres, "busy", 10.0, 10.0, status="to_door")

    assert near(postgres, 10.0, 10.0) == []


def test_a_place_at_the_date_line_has_two_sides(postgres: psycopg.Connection[Any]) -> None:
    for name, lon in (("east", 179.999), ("west", -179.999)):
        driver(postgres, name, 0.0, lon)

    assert near(postgres, 0.0, 179.9999) == ["east", "west"]
    assert near(postgres, 0.0, -179.9999) == ["west", "east"]
