"""a folder of files → mdrp.load → a scenario, or the file, line and column that cannot be."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.geo import Point
from simulator.sources import mdrp
from simulator.sources.rows import BrokenFile

FILES = {
    "instance_parameters.txt": (
        "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\t"
        "maximum click-to-door\tpay per order\tguaranteed pay per hour\n320\t4\t4\t40\t90\t10\t15\n"
    ),
    "restaurants.txt": "restaurant\tx\ty\nr1\t7818\t3668\nr2\t10\t20\n",
    "couriers.txt": "courier\tx\ty\ton_time\toff_time\nc1\t9755\t1693\t0\t90\nc2\t1\t2\t30\t120\n",
    "orders.txt": (
        "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t8317\t5587\t43\tr1\t53\no2\t1\t2\t41\tr2\t57\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_minutes_of_the_day_become_instants_of_a_fixed_date(folder: Path) -> None:
    scenario = mdrp.load(folder)
    order, shift = scenario.orders[0], scenario.shifts[0]
    clock = [datetime.fromtimestamp(ms / 1000, UTC).isoformat() for ms in (scenario.opens_at, order.placed_at)]

    assert clock == ["2017-12-31T23:59:00+00:00", "2018-01-01T00:43:00+00:00"]
    assert (order.ready_at - order.placed_at, order.promised_at) == (600_000, None)
    assert (shift.on_at, shift.until, shift.point) == (mdrp.MIDNIGHT, mdrp.MIDNIGHT + 5_400_000, Point(9755, 1693))


def test_a_day_that_is_named_by_a_dot_has_the_name_of_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)

    assert (mdrp.load(Path(".")).name, mdrp.load(Path(".")).rules.name) == (folder.name, folder.name)


def test_the_rules_of_the_city_are_those_of_the_file(folder: Path) -> None:
    rules = mdrp.load(folder, policy="nearest", ready_mode="estimated").rules

    assert (rules.travel.metres_per_minute, rules.travel.rounded_seconds) == (320, 60)
    assert (rules.services.pickup_seconds, rules.services.dropoff_seconds) == (240, 240)
    assert (rules.tick_seconds, rules.ping_seconds, rules.ready_mode) == (60, 60, "estimated")


def test_a_recorded_day_is_read_whole(recorded: Callable[[str], Path]) -> None:
    scenario = mdrp.load(recorded("0o50t100s1p100"))

    assert (len(scenario.orders), len(scenario.shifts), len(scenario.restaurants)) == (252, 61, 93)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "column", "found"),
    [
        ("orders.txt", "ready_time", "ready", 1, "ready_time", "columns order, x, y"),
        ("orders.txt", "43", "noon", 2, "placement_time", "'noon'"),
        ("orders.txt", "43", "", 2, "placement_time", "''"),
        ("orders.txt", "43", "nan", 2, "placement_time", "'nan'"),
        ("orders.txt", "43", "-43", 2, "placement_time", "'-43'"),
        ("orders.txt", "43", "43.5", 2, "placement_time", "'43.5'"),
        ("orders.txt", "43", "99999", 2, "placement_time", "'99999'"),
        ("orders.txt", "8317", "inf", 2, "x", "'inf'"),
        ("orders.txt", "o2", "o1", 3, "order", "'o1'"),
        ("orders.txt", "o2", "", 3, "order", "''"),
        ("orders.txt", "r2", "r7", 3, "restaurant", "'r7'"),
        ("orders.txt", "57", "40", 3, "ready_time", "'40'"),
        ("orders.txt", "\t57", "", 3, None, "5 values"),
        ("restaurants.txt", "r2", "r1", 3, "restaurant", "'r1'"),
        ("couriers.txt", "c2", "c1", 3, "courier", "'c1'"),
        ("couriers.txt", "120", "29", 3, "off_time", "'29'"),
        ("instance_parameters.txt", "320", "0", 2, "meters_per_minute", "'0'"),
        ("instance_parameters.txt", "320\t4", "320\t600", 2, "pickup service minutes", "'600'"),
    ],
)
def test_a_broken_cell_is_named_with_file_line_and_column(
    folder: Path, file: str, old: str, new: str, line: int, column: str | None, found: str
) -> None:
    (folder / file).write_text(FILES[file].replace(old, new))

    with pytest.raises(BrokenFile) as broken:
        mdrp.load(folder)
    assert (broken.value.file, broken.value.line, broken.value.column) == (folder / file, line, column)
    assert broken.value.found.startswith(found)
    assert broken.value.expected in str(broken.value)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()

    with pytest.raises(BrokenFile, match=f"{file}: found no such file"):
        mdrp.load(folder)


@pytest.mark.parametrize("text", ["", "\n", "order\tx\ty\tplacement_time\trestaurant\tready_time\n"])
def test_an_empty_file_is_named(folder: Path, text: str) -> None:
    (folder / "orders.txt").write_text(text)

    with pytest.raises(BrokenFile, match=r"orders\.txt.*found (nothing|no rows)"):
        mdrp.load(folder)


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "orders.txt").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(BrokenFile, match="UTF-8"):
        mdrp.load(folder)
