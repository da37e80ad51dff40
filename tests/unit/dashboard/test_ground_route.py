"""The browser asks for a part of the ground: once, at whichever process, and never for another city's."""

from starlette.requests import Request
from starlette.responses import Response

from dashboard.ground_layers import address
from dashboard.ground_route import answer, route
from dashboard.scenery import Kind, ground
from dashboard.tables import Tables
from models.ids import CityId
from models.views import Key, key
from tests.unit.dashboard.little_town import town
from tests.unit.dashboard.snapshots import CITY
from tests.unit.dashboard.test_dashboard_tables import FakeRedis, encode, hashes, opened

PARK = ground(town()).parts[0]
BRIDGE = next(part for part in ground(town()).parts if part.kind is Kind.BRIDGE)


def redis_of(*closed: str) -> FakeRedis:
    stored = hashes()
    stored[key(CITY, Key.CITY)][b"rules"] = encode(town(*closed))
    return FakeRedis(stored)


def asked(tables: Tables, kind: Kind, digest: str, city: CityId = CITY) -> Response:
    """What is answered at the address that the map carries."""
    path, _, query = address(city, kind, digest).partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    matched, found = route.matches(scope)
    assert matched.value == 2
    return answer(Request(scope | found), tables)


def test_a_part_is_geojson_and_may_be_kept_for_ever() -> None:
    got = asked(opened(redis_of()), PARK.kind, PARK.digest)

    assert (got.status_code, got.body) == (200, PARK.geojson)
    assert got.headers["content-type"] == "application/geo+json"
    assert got.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_process_that_showed_nothing_yet_reads_it_and_one_that_did_asks_nobody() -> None:
    live = redis_of()
    tables = opened(live)
    tables.snapshot(CITY)
    live.away = True

    assert asked(tables, PARK.kind, PARK.digest).status_code == 200
    assert live.trips == 1


def test_a_bridge_that_closed_since_is_read_anew() -> None:
    live = redis_of()
    tables = opened(live)
    tables.snapshot(CITY)
    live.stored = redis_of("Kell Bridge").stored
    closed = next(part for part in ground(town("Kell Bridge")).parts if part.kind is Kind.CLOSED)

    assert asked(tables, closed.kind, closed.digest).status_code == 200


def test_what_is_not_this_citys_ground_is_not_found_and_not_kept() -> None:
    for city, digest in ((CITY, "0" * 16), (CityId("elsewhere"), PARK.digest)):
        got = asked(opened(redis_of()), PARK.kind, digest, city)

        assert (got.status_code, got.headers["cache-control"]) == (404, "no-store")


def test_while_redis_is_away_it_says_so_and_nobody_keeps_the_answer() -> None:
    live = redis_of()
    live.away = True

    got = asked(opened(live), PARK.kind, PARK.digest)

    assert (got.status_code, got.headers["cache-control"]) == (503, "no-store")


def test_the_same_bytes_of_rules_are_one_ground() -> None:
    tables = opened(redis_of())
    first, second = tables.snapshot(CITY).view, tables.snapshot(CITY).view

    assert first is not None
    assert second is not None
    assert first.ground is second.ground
    assert first.ground.part(BRIDGE.kind, BRIDGE.digest) == BRIDGE
