"""A recorded day in a folder: which source reads it, and what its report says of rows and memory."""

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from infra.replay import NotADay, load, new_city
from infra.simulate import live_city
from infra.track import app
from tests.real.short_day import short_day

ORDERS = """\
order_id,pick_up_lat,pick_up_lng,drop_off_lat,drop_off_lng,placement_time,preparation_time,ready_time,expected_drop_off_time
1,4.800,-75.700,4.801,-75.699,00:10:00,00:11:00,00:20:00,00:15:00
2,4.800,-75.700,0,0,00:12:00,00:13:00,00:20:00,00:42:00
"""
COURIERS = "courier_id,vehicle,on_lat,on_lng,on_time,off_time\n1,car,4.8,-75.7,00:00:00,01:00:00\n"
GRUBHUB = {
    "instance_parameters.txt": "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\t"
    "maximum click-to-door\tpay per order\tguaranteed pay per hour\n320\t4\t4\t40\t90\t10\t15\n",
    "restaurants.txt": "restaurant\tx\ty\nr1\t0\t0\n",
    "couriers.txt": "courier\tx\ty\ton_time\toff_time\nc1\t100\t0\t0\t120\n",
    "orders.txt": "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t640\t0\t5\tr1\t15\n",
}


def laid(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "source"), [(GRUBHUB, "mdrp"), ({"orders.csv": ORDERS, "couriers.csv": COURIERS}, "rappi")]
)
def test_a_folder_is_read_by_the_source_whose_files_lie_there(
    tmp_path: Path, files: dict[str, str], source: str
) -> None:
    assert load(laid(tmp_path, files), "nearest", "known").source == source


@pytest.mark.parametrize("files", [{}, {"orders.csv": ORDERS}])
def test_a_folder_without_a_day_is_told_which_files_make_one(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(NotADay, match=r"orders\.txt.*orders\.csv and couriers\.csv"):
        load(laid(tmp_path, files), "nearest", "known")


def test_the_report_of_a_dirty_day_tells_what_was_done_with_its_rows(tmp_path: Path) -> None:
    day, out = laid(tmp_path, {"orders.csv": ORDERS, "couriers.csv": COURIERS}), tmp_path / "report.json"
    ran = CliRunner().invoke(app, ["replay", str(day), "--json", str(out)])
    report = json.loads(out.read_text())

    assert ran.exit_code == 0, ran.output
    assert (report["orders"], report["delivered"], report["violations"]) == (1, 1, [])
    assert report["rows"]["files"] == [
        {"file": "orders.csv", "read": 2, "used": 1, "dropped": 1},
        {"file": "couriers.csv", "read": 1, "used": 1, "dropped": 0},
    ]
    assert [(r["rule"], r["done"], r["rows"], r["first_lines"]) for r in report["rows"]["rules"]] == [
        ("coordinate off the map", "dropped", 1, [3]),
        ("promise before the food is ready", "kept", 1, [2]),
    ]
    assert "2 rows read = 1 used + 1 dropped" in ran.output
    assert "coordinate off the map: dropped" in ran.output


def test_a_day_whose_source_takes_no_bad_row_reports_none_and_its_memory(tmp_path: Path) -> None:
    day, out = laid(tmp_path, GRUBHUB), tmp_path / "report.json"
    CliRunner().invoke(app, ["replay", str(day), "--json", str(out)])
    report = json.loads(out.read_text())

    assert "rows" not in report
    assert report["peak_memory_mb"] > 10


@pytest.mark.parametrize("name", ["day", "a-day-whose-folder-has-a-name-of-fifty-characters-"])
def test_each_run_is_a_city_of_its_own_however_long_its_name(name: str) -> None:
    """The name of a run that was cut off at its end was the one of every run: old commands were told again."""
    day = msgspec.structs.replace(short_day(), name=name)
    cities = [new_city(day), new_city(day), live_city(day)]

    assert len(set(cities)) == 3
    assert all(city.startswith(name[:24]) and len(city) <= 40 for city in cities)
