"""What the board asks Postgres every ten seconds: the minutes in order, and an hour of the ledger as SQL by hand has it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import psycopg
import pytest

from dashboard.history import KITCHENS, MINUTES, History, history
from models.ids import CityId
from models.settings import Settings
from tests.agents.little_day import CITY, LittleDay
from tests.real.stored_city import database, store

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
BY_HAND = """
    select count(*), round(sum(extract(epoch from o.actual_delivery - o.estimated_delivery)) * 1000)::int8
    from orders o where o.actual_delivery > o.estimated_delivery
    and o.actual_delivery > (select max(minute) - interval '1 hour' from kpi_minutes)
"""


@pytest.fixture(scope="module")
def settings(postgres_and_valkey: "Servers", little_day: LittleDay) -> Iterator[Settings]:
    with database(postgres_and_valkey.postgres_url) as mine:
        store(mine, little_day.pipeline.log)
        yield mine


def test_the_last_hour_s_late_minutes_are_those_of_its_orders(settings: Settings) -> None:
    city, *kitchens = history(str(settings.postgres_url), CITY, lambda: 7).lost
    with psycopg.connect(str(settings.postgres_url)) as connection:
        by_hand = connection.execute(BY_HAND).fetchone()
    late = [sum(msgspec.structs.astuple(one.booked)) for one in (city, *kitchens)]

    assert (city.restaurant, city.orders, late[0]) == (None, *(by_hand or ()))
    assert 0 < len(kitchens) <= KITCHENS
    assert late[1:] == sorted(late[1:], reverse=True)


def test_of_a_city_where_nobody_was_late_nothing_was_lost(settings: Settings) -> None:
    assert history(str(settings.postgres_url), CityId("calm"), lambda: 7) == History((), (), 7)


def test_minutes_come_oldest_first_and_are_two_hours_at_most(settings: Settings) -> None:
    kept = history(str(settings.postgres_url), CITY, lambda: 7)
    times = [one.minute for one in kept.minutes]

    assert kept.read_at == 7
    assert 0 < len(times) <= MINUTES
    assert times == sorted(times)
