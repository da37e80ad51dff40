"""a folder of orders.csv and couriers.csv → rappi.load → a scenario; every kind of bad row by its rule, none in silence."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.geo import Point
from simulator.scenario import Scenario
from simulator.schedule_check import check
from simulator.sources import rappi
from simulator.sources.handled import Done, RuleRows
from simulator.sources.rappi_rows import COURIER_RULES, ORDER_RULES, CourierRule, OrderRule
from simulator.sources.rows import BrokenFile

DATA = Path(os.environ.get("TRACK_DATA_DIR", Path(__file__).parents[4] / "shared" / "data"))
DAYS = {"pereira-day": (844, 415, 181), "bucaramanga-day": (2407, 1156, 308), "medellin-day": (13051, 4824, 1620)}
ORDERS = """\
order_id,pick_up_lat,pick_up_lng,drop_off_lat,drop_off_lng,placement_time,preparation_time,ready_time,expected_drop_off_time
o1,4.80,-75.70,4.81,-75.69,11:58:30,11:59:00,12:20:00,12:40:00
o2,4.80,-75.70,4.82,-75.68,12:00:00,12:01:00,12:30:00,12:50:00
o3,4.79,-75.71,4.80,-75.66,23:40:00,23:41:00,23:58:00,23:59:00
"""
COURIERS = """\
courier_id,vehicle,on_lat,on_lng,on_time,off_time
c1,motorcycle,4.801,-75.701,08:00:00,20:00:00
c2,walking,4.802,-75.702,09:00:00,23:50:00
c3,bicycle,4.803,-75.703,12:00:00,22:00:00
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "couriers.csv").write_text(COURIERS)
    return tmp_path


@pytest.fixture(scope="module")
def day() -> Callable[[str], Path]:
    def find(name: str) -> Path:
        folder = DATA / "rappi" / name
        if not folder.is_dir():
            pytest.skip(f"the recorded days are not here: {folder} (set TRACK_DATA_DIR)")
        return folder

    return find


def changed(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new))


def met(folder: Path) -> list[RuleRows]:
    handled = rappi.load(folder).handled
    assert handled is not None
    assert all(file.read == file.used + file.dropped == 3 for file in handled.files)
    return list(handled.rules)


def clock(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%d %H:%M:%S")


def test_times_of_day_become_instants_of_a_fixed_date_in_colombia(folder: Path) -> None:
    scenario = rappi.load(folder)
    order, shift = scenario.orders[0], scenario.shifts[0]

    assert [clock(at) for at in (scenario.opens_at, order.placed_at)] == ["01 04:59:30", "01 16:58:30"]
    assert [clock(at) for at in (order.ready_at, order.promised_at)] == ["01 17:20:00", "01 17:40:00"]
    assert [clock(at) for at in (shift.on_at, shift.until)] == ["01 13:00:00", "02 01:00:00"]
    assert (shift.vehicle, shift.point, order.door) == ("motorcycle", Point(-75.701, 4.801), Point(-75.69, 4.81))


def test_a_way_is_the_straight_line_times_1_3_by_vehicle_in_whole_seconds(folder: Path) -> None:
    """0.01° to the north is 1,111.95 m, ridden as 1,445.5 m."""
    rules, a, b = rappi.load(folder, ready_mode="estimated").rules, Point(-75.7, 4.80), Point(-75.7, 4.81)
    seconds = [rules.travel.ms(a, b, vehicle) / 1000 for vehicle in ("motorcycle", "bicycle", "walking", "car")]

    assert seconds == [261, 434, 1041, 261]
    assert (rules.services.pickup_seconds, rules.services.dropoff_seconds) == (120, 120)
    assert (rules.tick_seconds, rules.ping_seconds, rules.ready_mode) == (30, 30, "estimated")
    assert rules.time_zone == "America/Bogota"


def test_a_restaurant_is_a_distinct_pick_up_coordinate(folder: Path) -> None:
    scenario = rappi.load(folder)

    assert [r.point for r in scenario.restaurants] == [Point(-75.70, 4.80), Point(-75.71, 4.79)]
    assert [o.restaurant for o in scenario.orders] == ["R-0001", "R-0001", "R-0002"]


def test_a_clean_day_has_nothing_to_report_but_its_rows(folder: Path) -> None:
    assert met(folder) == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("12:30:00,12:50:00", "12:30:00,12:29:59", OrderRule.PROMISE_BEFORE_READY),
        ("23:58:00,23:59:00", "23:58:00,00:10:00", OrderRule.PAST_MIDNIGHT),
        ("23:58:00,23:59:00", "00:05:00,00:10:00", OrderRule.PAST_MIDNIGHT),
        ("12:01:00,12:30:00", "11:01:00,12:30:00", OrderRule.PREPARED_ELSEWHEN),
        ("12:01:00,12:30:00", "12:31:00,12:30:00", OrderRule.PREPARED_ELSEWHEN),
        ("12:01:00,12:30:00", ",12:30:00", OrderRule.PREPARED_ELSEWHEN),
        ("o2,4.80", "o1,4.80", OrderRule.ID_AGAIN),
        ("4.82,-75.68", ",-75.68", OrderRule.EMPTY_CELL),
        ("o2,", ",", OrderRule.EMPTY_CELL),
        ("4.82,-75.68", "0,0", OrderRule.OFF_THE_MAP),
        ("4.82,-75.68", "4.82,75.68", OrderRule.OFF_THE_MAP),
        ("4.82,-75.68", "482,-7568", OrderRule.OFF_THE_MAP),
        ("4.79,-75.71", "4.79,0.0", OrderRule.OFF_THE_MAP),
    ],
)
def test_each_kind_of_bad_order_meets_its_rule(folder: Path, old: str, new: str, rule: OrderRule) -> None:
    changed(folder, "orders.csv", old, new)
    (found,) = met(folder)
    line = ORDERS[: ORDERS.index(old)].count("\n") + 1

    assert (found.file, found.rule, found.rows, found.first_lines) == ("orders.csv", rule.value, 1, (line,))
    assert (found.done, found.how) == ORDER_RULES[rule]
    assert len(rappi.load(folder).orders) == (2 if found.done is Done.DROPPED else 3)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("12:00:00,22:00:00", "12:00:00,12:04:59", CourierRule.SHORT),
        ("12:00:00,22:00:00", "12:00:00,12:00:00", CourierRule.SHORT),
        ("12:00:00,22:00:00", "12:00:00,11:00:00", CourierRule.ENDS_BEFORE_IT_STARTS),
        ("12:00:00,22:00:00", "18:00:00,02:00:00", CourierRule.PAST_MIDNIGHT),
        ("bicycle", "skateboard", CourierRule.UNKNOWN_VEHICLE),
        ("bicycle", "", CourierRule.UNKNOWN_VEHICLE),
        ("c3,", "c2,", CourierRule.ID_AGAIN),
        ("4.803,-75.703", "4.803,", CourierRule.EMPTY_CELL),
        ("4.803,-75.703", "0.0,0.0", CourierRule.OFF_THE_MAP),
    ],
)
def test_each_kind_of_bad_courier_meets_its_rule(folder: Path, old: str, new: str, rule: CourierRule) -> None:
    changed(folder, "couriers.csv", old, new)
    (found,) = met(folder)

    assert (found.file, found.rule, found.rows, found.first_lines) == ("couriers.csv", rule.value, 1, (4,))
    assert (found.done, found.how) == COURIER_RULES[rule]
    assert len(rappi.load(folder).shifts) == (2 if found.done is Done.DROPPED else 3)


def test_every_rule_has_a_remedy() -> None:
    assert (list(ORDER_RULES), list(COURIER_RULES)) == (list(OrderRule), list(CourierRule))


def test_a_promise_in_the_past_stays_what_it_is(folder: Path) -> None:
    changed(folder, "orders.csv", "12:30:00,12:50:00", "12:30:00,11:40:00")
    rules, order = met(folder), rappi.load(folder).orders[1]

    assert order.promised_at - order.placed_at == -20 * 60_000
    assert [r.rule for r in rules] == [OrderRule.PROMISE_BEFORE_READY, OrderRule.PROMISE_NOT_AFTER_PLACED]


def test_a_time_that_wraps_is_of_the_next_day(folder: Path) -> None:
    changed(folder, "orders.csv", "23:58:00,23:59:00", "00:05:00,00:10:00")
    changed(folder, "couriers.csv", "12:00:00,22:00:00", "18:00:00,02:00:00")
    scenario = rappi.load(folder)
    order, shift = scenario.orders[2], scenario.shifts[2]

    assert [clock(at) for at in (order.placed_at, order.ready_at, order.promised_at)] == [
        "02 04:40:00",
        "02 05:05:00",
        "02 05:10:00",
    ]
    assert shift.until - shift.on_at == 8 * 3_600_000


def test_food_that_was_ready_before_it_was_ordered_is_ready_at_once(folder: Path) -> None:
    changed(folder, "orders.csv", "12:00:00,12:01:00,12:30:00", "12:00:00,11:31:00,11:40:00")
    order = rappi.load(folder).orders[1]

    assert order.ready_at == order.placed_at
    assert OrderRule.READY_BEFORE_PLACED in [r.rule for r in met(folder)]


def test_who_rides_what_nobody_knows_rides_a_motorcycle(folder: Path) -> None:
    changed(folder, "couriers.csv", "bicycle", "skateboard")

    assert rappi.load(folder).shifts[2].vehicle == "motorcycle"


def test_of_two_rows_with_one_id_the_first_that_can_be_used_stands(folder: Path) -> None:
    changed(folder, "orders.csv", "o1,4.80,-75.70", "o2,0,0")
    handled = rappi.load(folder).handled

    assert [o.order for o in rappi.load(folder).orders] == ["o2", "o3"]
    assert handled is not None
    assert [r.rule for r in handled.rules] == [OrderRule.OFF_THE_MAP]


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "column", "found"),
    [
        ("orders.csv", "ready_time", "ready", 1, "ready_time", "columns order_id, pick_up_lat"),
        ("orders.csv", "preparation_time", "prep", 1, "preparation_time", "columns order_id, pick_up_lat"),
        ("orders.csv", "11:58:30", "noon", 2, "placement_time", "'noon'"),
        ("orders.csv", "12:30:00", "12:60:00", 3, "ready_time", "'12:60:00'"),
        ("orders.csv", "12:50:00", "24:50:00", 3, "expected_drop_off_time", "'24:50:00'"),
        ("orders.csv", "4.82,-75.68", "north,-75.68", 3, "drop_off_lat", "'north'"),
        ("orders.csv", "4.82,-75.68", "nan,-75.68", 3, "drop_off_lat", "'nan'"),
        ("orders.csv", ",12:50:00", "", 3, None, "8 values"),
        ("couriers.csv", "22:00:00", "late", 4, "off_time", "'late'"),
        ("couriers.csv", "vehicle", "wheels", 1, "vehicle", "columns courier_id"),
    ],
)
def test_what_nobody_could_mean_is_named_with_file_line_and_column(
    folder: Path, file: str, old: str, new: str, line: int, column: str | None, found: str
) -> None:
    changed(folder, file, old, new)

    with pytest.raises(BrokenFile) as broken:
        rappi.load(folder)
    assert (broken.value.file, broken.value.line, broken.value.column) == (folder / file, line, column)
    assert broken.value.found.startswith(found)


@pytest.mark.parametrize("file", ["orders.csv", "couriers.csv"])
def test_a_day_of_which_no_row_is_left_cannot_be_replayed(folder: Path, file: str) -> None:
    header, *rows = (folder / file).read_text().splitlines()
    (folder / file).write_text("\n".join([header, *("," * row.count(",") for row in rows)]))

    with pytest.raises(BrokenFile, match=f"{file}: found no row that can be used"):
        rappi.load(folder)


def test_a_made_up_day_with_every_kind_of_dirt_breaks_no_rule(
    folder: Path, lockstep: Callable[[Scenario], Any]
) -> None:
    changed(folder, "orders.csv", "12:30:00,12:50:00", "12:30:00,11:40:00")
    changed(folder, "orders.csv", "23:58:00,23:59:00", "00:05:00,00:10:00")
    changed(folder, "couriers.csv", "12:00:00,22:00:00", "12:00:00,12:00:00")
    changed(folder, "couriers.csv", "walking", "skateboard")
    scenario = rappi.load(folder)

    assert check(lockstep(scenario).run().facts, scenario) == []


@pytest.mark.parametrize("name", DAYS)
def test_the_rows_of_a_recorded_day_add_up_to_its_files(name: str, day: Callable[[str], Path]) -> None:
    folder = day(name)
    scenario = rappi.load(folder)
    handled = scenario.handled
    lines = [(folder / file).read_bytes().count(b"\n") - 1 for file in ("orders.csv", "couriers.csv")]

    assert handled is not None
    assert (len(scenario.orders), len(scenario.shifts), len(scenario.restaurants)) == DAYS[name]
    assert [f.read for f in handled.files] == lines
    assert [f.used + f.dropped for f in handled.files] == lines
    assert [f.used for f in handled.files] == [len(scenario.orders), len(scenario.shifts)]


def test_the_dirt_of_the_recorded_days_is_told_by_rule(day: Callable[[str], Path]) -> None:
    found = {name: rappi.load(day(name)).handled for name in DAYS}
    rows = {name: {r.rule: r.rows for r in one.rules} for name, one in found.items() if one is not None}

    assert rows == {
        "pereira-day": {
            OrderRule.PROMISE_BEFORE_READY: 255,
            OrderRule.PROMISE_NOT_AFTER_PLACED: 3,
            CourierRule.SHORT: 4,
        },
        "bucaramanga-day": {
            OrderRule.PAST_MIDNIGHT: 9,
            OrderRule.PROMISE_BEFORE_READY: 726,
            CourierRule.SHORT: 24,
        },
        "medellin-day": {
            OrderRule.PAST_MIDNIGHT: 11,
            OrderRule.PROMISE_BEFORE_READY: 2571,
            OrderRule.PROMISE_NOT_AFTER_PLACED: 13,
            CourierRule.SHORT: 380,
        },
    }


def test_a_recorded_day_with_its_dirt_breaks_no_rule(
    day: Callable[[str], Path], lockstep: Callable[[Scenario], Any]
) -> None:
    scenario = rappi.load(day("pereira-day"))

    assert check(lockstep(scenario).run().facts, scenario) == []
