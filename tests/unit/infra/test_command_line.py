"""The command line: what it reports, and how it says what is wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra import replay
from infra.replay import stored_as
from infra.track import app, main
from simulator.faults.kinds import KINDS
from simulator.truth import ReadyMoved, read

FILES = {
    "instance_parameters.txt": "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\t"
    "maximum click-to-door\tpay per order\tguaranteed pay per hour\n320\t4\t4\t40\t90\t10\t15\n",
    "restaurants.txt": "restaurant\tx\ty\nr1\t0\t0\n",
    "couriers.txt": "courier\tx\ty\ton_time\toff_time\nc1\t100\t0\t0\t120\n",
    "orders.txt": "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t640\t0\t5\tr1\t15\n",
}


@pytest.fixture
def day(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture(autouse=True)
def no_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's own environment."""
    for name in ("POSTGRES_URL", "REDIS_URL", "KAFKA_BOOTSTRAP"):
        monkeypatch.delenv(f"TRACK_{name}", raising=False)
    monkeypatch.setenv("TRACK_STATE_DIR", str(tmp_path / "state"))


def test_a_day_replayed_in_memory_is_reported_as_json(day: Path) -> None:
    out = day / "report.json"
    ran = CliRunner().invoke(app, ["replay", str(day), "--json", str(out)])
    report = json.loads(out.read_text())

    assert ran.exit_code == 0, ran.output
    assert (report["orders"], report["delivered"], report["violations"]) == (1, 1, [])
    assert report["through"] == "memory"
    assert report["click_to_door"]["mean"] == 16.0


def test_a_replay_whose_late_minutes_are_not_all_booked_fails(day: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Food that is ready after the promise; then the ledger's rows are lost."""
    (day / "orders.txt").write_text(FILES["orders.txt"].replace("\t15\n", "\t90\n"))
    booked = CliRunner().invoke(app, ["replay", str(day)])
    monkeypatch.setattr(replay, "stored_as", lambda raw, told, _: stored_as(raw, told, []))
    lost = CliRunner().invoke(app, ["replay", str(day)])

    assert (booked.exit_code, lost.exit_code) == (0, 1)


def test_the_same_day_has_the_same_decisions_twice(day: Path) -> None:
    reports = []
    for n in (1, 2):
        CliRunner().invoke(app, ["replay", str(day), "--json", str(day / f"{n}.json")])
        reports.append(json.loads((day / f"{n}.json").read_text())["decisions_sha256"])

    assert reports[0] == reports[1]


def test_a_broken_file_is_named_with_its_line_and_column(
    day: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (day / "orders.txt").write_text(FILES["orders.txt"].replace("\t5\t", "\tsoon\t"))
    monkeypatch.setattr("sys.argv", ["track", "replay", str(day)])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err

    assert left.value.code == 2
    assert all(word in said for word in ("orders.txt", "placement_time", "soon", "2"))


def test_a_replay_with_faults_tells_the_truth_of_them(day: Path) -> None:
    """The one kitchen melts down: its order comes 20 minutes later, and no rule of the recorded day expects that."""
    words = [
        "replay",
        str(day),
        "--fault",
        "kitchen-meltdown",
        "--truth",
        str(day / "truth.jsonl"),
        "--json",
        str(day / "r"),
    ]
    ran = CliRunner().invoke(app, words)
    report = json.loads((day / "r").read_text())
    (moved,) = [e for e in read(day / "truth.jsonl") if isinstance(e, ReadyMoved)]

    assert ran.exit_code == 1
    assert {one["rule"] for one in report["violations"]} >= {"ready as recorded"}
    assert moved.ready_at - moved.planned == 20 * 60_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay", "DAY", "--fault", "flood"], ["'flood' is no fault", "late-pings"]),
        (["replay", "DAY", "--fault", "bridge-closed"], ["no streets"]),
        (["replay", "DAY", "--fault", "late-pings:whom=nobody"], ["'nobody' is no driver", "c1"]),
        (["fault", "late-pings"], ["NoSimulator", "make demo"]),
    ],
)
def test_a_fault_that_cannot_be_says_what_is_wrong_and_what_is_allowed(
    words: list[str], said: list[str], day: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["track", *(str(day) if word == "DAY" else word for word in words)])
    with pytest.raises(SystemExit) as left:
        main()
    told = capsys.readouterr().err

    assert left.value.code == 2
    assert [one for one in said if one not in told] == []


@pytest.mark.parametrize("verb", ["simulate", "replay", "fault"])
def test_the_help_lists_every_fault(verb: str) -> None:
    told = CliRunner().invoke(app, [verb, "--help"]).output

    assert [name for name in KINDS if f"{name}: " not in told] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["worker", "cook"], "no role"),
        (["worker", "city"], "TRACK_POSTGRES_URL"),
        (["topics"], "TRACK_KAFKA_BOOTSTRAP"),
        (["migrate"], "TRACK_POSTGRES_URL"),
        (["simulate"], "TRACK_KAFKA_BOOTSTRAP"),
        (["replay", ".", "--through", "pigeon"], "memory or kafka"),
    ],
)
def test_a_wrong_call_says_what_to_do(words: list[str], said: str) -> None:
    ran = CliRunner().invoke(app, words)

    assert ran.exit_code == 2
    assert said in ran.output


@pytest.mark.parametrize("verb", ["check", "reconcile", "rebuild-live", "resume"])
def test_what_needs_a_running_stack_says_that_there_is_none(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["track", verb])
    with pytest.raises(SystemExit):
        main()

    assert "make demo" in capsys.readouterr().err


def test_every_verb_has_help() -> None:
    verbs = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    for verb in verbs:
        assert CliRunner().invoke(app, [verb.replace("_", "-"), "--help"]).exit_code == 0
