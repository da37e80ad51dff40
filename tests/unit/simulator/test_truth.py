"""simulator/truth.py: what is written is read again, and a file is begun anew."""

from pathlib import Path

from models.commands import Ping
from models.geo import Point
from models.ids import CityId, DriverId
from simulator import truth
from simulator.faults.kinds import Fault

NOON = 1_767_268_800_000
FAULT = Fault("garbage#1", "garbage", NOON, NOON + 60_000, seed=7)
ENTRIES: list[truth.Entry] = [
    truth.Begun("garbage#1", CityId("town"), FAULT, ()),
    truth.GarbageSent("garbage#1", "driver-pings", b"\xff\x00"),
    truth.PingDelayed("late-pings#2", Ping(DriverId("d1"), NOON, Point(1.5, 2.0)), behind=True),
    truth.Ended("garbage#1", NOON + 60_000),
]


def test_what_is_written_is_read_again_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "truth" / "town.jsonl"
    write = truth.into(file)
    for n, entry in enumerate(ENTRIES, 1):
        write(entry)

        assert truth.read(file) == ENTRIES[:n]


def test_another_day_does_not_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for _ in range(2):
        write = truth.into(tmp_path / "town.jsonl")
        write(ENTRIES[0])

    assert truth.read(tmp_path / "town.jsonl") == ENTRIES[:1]
