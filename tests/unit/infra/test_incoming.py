"""A day that comes in is examined before it is replayed: what is wrong with it is named by file and line."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.incoming import examined
from infra.replay import NotADay
from infra.track import app
from pipelines.quality.examination import Broken
from simulator.sources.rows import BrokenFile

pytestmark = pytest.mark.filterwarnings("ignore:module 'sre_.*' is deprecated:DeprecationWarning")
DATA = Path(os.environ.get("TRACK_DATA_DIR", Path(__file__).parents[4] / "shared" / "data"))
MDRP = {
    "orders.txt": "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t1\t2\t10\tr1\t20\no2\t3\t4\t11\tr1\t21\n",
    "restaurants.txt": "restaurant\tx\ty\nr1\t0\t0\n",
    "couriers.txt": "courier\tx\ty\ton_time\toff_time\nc1\t5\t5\t0\t90\n",
    "instance_parameters.txt": "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\n"
    "320\t4\t4\t40\n",
}
RAPPI = {
    "orders.csv": "order_id,pick_up_lat,pick_up_lng,drop_off_lat,drop_off_lng,placement_time,preparation_time,ready_time,"
    "expected_drop_off_time\n1,4.8,-75.7,4.81,-75.71,12:00:00,12:01:00,12:20:00,12:40:00\n"
    "2,4.8,-75.7,4.81,-75.71,23:50:00,23:51:00,00:10:00,00:30:00\n",
    "couriers.csv": "courier_id,vehicle,on_lat,on_lng,on_time,off_time\n7,bicycle,4.8,-75.7,11:00:00,23:59:00\n",
}


def folder(place: Path, files: dict[str, str], file: str = "", found: str = "", instead: str = "") -> Path:
    """The day, with one text of it spoilt."""
    for name, text in files.items():
        assert name != file or found in text
        (place / name).write_text(text.replace(found, instead, 1) if name == file else text)
    return place


def broken(place: Path, fails: bool = True) -> list[tuple[str, list[tuple[object, object]]]]:
    def where(one: Broken) -> list[tuple[object, object]]:
        return [(row["file"], row["line"]) for row in one.first]

    suites = examined(place, place / "docs")
    return [(one.rule, where(one)) for suite in suites for one in suite.broken if one.fails is fails]


@pytest.mark.parametrize("files", [MDRP, RAPPI], ids=["mdrp", "rappi"])
def test_a_day_without_dirt_holds(files: dict[str, str], tmp_path: Path) -> None:
    place = folder(tmp_path, files)

    assert (broken(place), broken(place, fails=False)) == ([], [])


@pytest.mark.parametrize(
    ("file", "found", "instead", "rule", "line"),
    [
        ("orders.txt", "o2\t", "o1\t", "No order comes twice", 3),
        ("orders.txt", "11\tr1\t21", "11\tr9\t21", "The restaurant of an order is one of restaurants.txt", 3),
        ("orders.txt", "11\tr1\t21", "11\t\t21", "restaurant is never empty", 3),
        ("orders.txt", "10\tr1\t20", "10\tr1\t9", "ready_time is not before placement_time", 2),
        ("orders.txt", "10\tr1", "10.5\tr1", "placement_time is a whole number from 0 to 2880", 2),
        ("orders.txt", "o1\t1\t", "o1\tnear\t", "x is a number from -1e+07 to 1e+07", 2),
        ("couriers.txt", "0\t90", "100\t90", "off_time is not before on_time", 2),
        ("instance_parameters.txt", "320", "0", "meters_per_minute is a number from 1 to 100000", 2),
    ],
)
def test_a_spoilt_row_of_a_grubhub_day_is_named_by_file_and_line(
    file: str, found: str, instead: str, rule: str, line: int, tmp_path: Path
) -> None:
    assert (rule, [(file, line)]) in broken(folder(tmp_path, MDRP, file, found, instead))


@pytest.mark.parametrize(
    ("file", "found", "instead", "rule", "line"),
    [
        ("orders.csv", "\n2,", "\n1,", "No order_id comes twice", 3),
        ("orders.csv", "12:40:00", "teatime", "expected_drop_off_time is a time of day HH:MM:SS", 2),
        ("orders.csv", "12:40:00", "24:40:00", "expected_drop_off_time is a time of day HH:MM:SS", 2),
        ("orders.csv", "1,4.8,", "1,north,", "pick_up_lat is a number", 2),
        ("orders.csv", "1,4.8,", "1,,", "pick_up_lat is never empty", 2),
        ("couriers.csv", "7,bicycle", ",bicycle", "courier_id is never empty", 2),
    ],
)
def test_a_spoilt_row_of_a_rappi_day_is_named_by_file_and_line(
    file: str, found: str, instead: str, rule: str, line: int, tmp_path: Path
) -> None:
    assert (rule, [(file, line)]) in broken(folder(tmp_path, RAPPI, file, found, instead))


@pytest.mark.parametrize(
    ("file", "found", "instead", "begins", "fails"),
    [
        ("orders.csv", "4.81,-75.71,12", "0,0,12", "drop_off_lat, drop_off_lng lie within a degree", True),
        ("couriers.csv", "11:00:00,23:59:00", "11:00:00,10:00:00", "A shift ends after it starts", True),
        ("couriers.csv", "11:00:00,23:59:00", "11:00:00,11:04:59", "A shift takes five minutes", False),
        ("couriers.csv", "bicycle", "balloon", "A vehicle is known", False),
        ("orders.csv", "12:20:00,12:40:00", "12:20:00,12:19:00", "A promise is not before the food is ready", False),
        ("orders.csv", "12:20:00", "11:59:00", "Food is ready after its placement", False),
    ],
)
def test_what_the_source_keeps_or_repairs_is_told_and_what_it_drops_fails(
    file: str, found: str, instead: str, begins: str, fails: bool, tmp_path: Path
) -> None:
    [(rule, lines)] = broken(folder(tmp_path, RAPPI, file, found, instead), fails)

    assert rule.startswith(begins)
    assert lines == [(file, 2)]


def test_the_verb_ends_with_1_and_names_file_and_line(tmp_path: Path) -> None:
    place = folder(tmp_path, MDRP, "orders.txt", "10\tr1\t20", "10\tr1\t9")
    ended = CliRunner().invoke(app, ["quality", str(place), "--docs", str(place / "docs")])

    assert ended.exit_code == 1
    assert "file=orders.txt line=2 placement_time=10 ready_time=9" in ended.output


def test_a_folder_without_a_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotADay, match=r"holds no recorded day: neither orders\.txt"):
        examined(tmp_path, tmp_path / "docs")


def test_a_file_that_is_no_table_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"orders.txt, line 2: found 1 values, expected 6"):
        examined(folder(tmp_path, MDRP, "orders.txt", "o1\t1\t2\t10\tr1\t20", "o1"), tmp_path / "docs")


@pytest.mark.parametrize("day", ["mdrp/0o50t100s1p100", "rappi/pereira-day"])
def test_a_real_day_has_nothing_that_keeps_it_from_being_replayed(day: str, tmp_path: Path) -> None:
    if not (DATA / day).is_dir():
        pytest.skip(f"the recorded days are not here: {DATA / day} (set TRACK_DATA_DIR)")

    assert [one for suite in examined(DATA / day, tmp_path) for one in suite.broken if one.fails] == []
