"""the ledger of late orders → the view `lateness_sums` → whose minutes they were, and when: each way the same sum."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from models.lateness import Booked
from models.settings import Settings
from tests.agents.little_day import LittleDay
from tests.real.stored_city import database, store

if TYPE_CHECKING:
    from infra.local.servers import Servers

pytestmark = pytest.mark.real
WHOSE = ("zone", "restaurant_id", "driver_id", "hour")
STAGES = [f"{stage}_ms" for stage in Booked.__struct_fields__]
Row = dict[str, Any]


@pytest.fixture
def settings(postgres_and_valkey: "Servers", little_day: LittleDay) -> Iterator[Settings]:
    with database(postgres_and_valkey.postgres_url) as mine:
        store(mine, little_day.pipeline.log)
        yield mine


def rows(settings: Settings, table: str) -> list[Row]:
    with psycopg.connect(str(settings.postgres_url), row_factory=dict_row) as connection:
        return connection.execute(sql.SQL("select * from {}").format(sql.Identifier(table))).fetchall()


def by(settings: Settings, whose: str) -> dict[object, Row]:
    return {one[whose]: one for one in rows(settings, "lateness_sums") if one[whose] is not None}


@pytest.mark.parametrize("whose", WHOSE[:3])
def test_the_minutes_of_each_zone_restaurant_and_driver_are_those_of_their_orders(
    settings: Settings, whose: str
) -> None:
    expected = Counter[tuple[str, str]]()
    for order in rows(settings, "lateness_ledger"):
        for figure in ("late_ms", *STAGES):
            expected[order[whose], figure] += order[figure]

    assert {(key, f): one[f] for key, one in by(settings, whose).items() for f in ("late_ms", *STAGES)} == dict(
        expected
    )


def test_each_way_of_summing_gives_the_city_s_late_minutes(settings: Settings) -> None:
    [whole] = [one for one in rows(settings, "lateness_sums") if all(one[whose] is None for whose in WHOSE)]

    assert whole["late_ms"] == sum(whole[stage] for stage in STAGES) > 0
    for whose in WHOSE:
        some = by(settings, whose).values()
        assert (sum(o["late_ms"] for o in some), sum(o["orders"] for o in some)) == (whole["late_ms"], whole["orders"])


def test_the_same_hour_of_two_days_is_two_hours(settings: Settings) -> None:
    first = by(settings, "hour")
    with psycopg.connect(str(settings.postgres_url)) as connection:
        connection.execute(
            "insert into lateness_ledger select (jsonb_populate_record(l, jsonb_build_object("
            "'order_id', l.order_id || ' next day', 'ended_at', l.ended_at + interval '1 day'))).* from lateness_ledger l"
        )
    both = by(settings, "hour")

    assert both.keys() == {*first, *(hour + timedelta(days=1) for hour in first)}
    assert all(both[hour] == first[hour] for hour in first)
