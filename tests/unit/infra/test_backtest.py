"""`track backtest`: every recorded day by every policy, the others too where one cannot be read."""

import json
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra import backtest as module
from infra.backtest import Ended, ProcessLost, backtest, days, holds, named
from infra.replay import NotADay, load, replay
from infra.track import app
from models.settings import Settings
from tests.unit.infra.test_replay import GRUBHUB, laid

BROKEN = GRUBHUB["orders.txt"].replace("\t5\t", "\tsoon\t")


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A folder with two days."""
    for name in ("monday", "tuesday"):
        (tmp_path / "days" / name).mkdir(parents=True)
        laid(tmp_path / "days" / name, GRUBHUB)
    return tmp_path / "days"


def test_a_folder_of_days_is_its_days_by_name_and_a_day_is_itself(recorded: Path) -> None:
    (recorded / ".cache").mkdir()
    (recorded / "monday" / "notes").mkdir()
    monday, tuesday = recorded / "monday", recorded / "tuesday"

    assert days([recorded]) == [monday, tuesday]
    assert days([tuesday, recorded]) == [tuesday, monday]


def test_two_days_of_one_name_are_told_apart_by_the_folder_they_are_in() -> None:
    found = named([Path("/spring/monday"), Path("/autumn/monday"), Path("/autumn/tuesday")])

    assert [name for _, name in found] == ["spring/monday", "autumn/monday", "tuesday"]


def test_a_path_that_is_no_folder_is_named_before_anything_runs(recorded: Path) -> None:
    with pytest.raises(NotADay, match="sunday is no folder"):
        days([recorded, recorded / "sunday"])


def test_each_day_is_scored_by_each_policy_and_mode_as_a_replay_scores_it(recorded: Path) -> None:
    report = backtest([recorded], ["rolling", "nearest"], ["known", "estimated"], jobs=1)
    alone = replay(load(recorded / "monday", "rolling", "known"), "memory", Settings())
    first = report["runs"][0]

    assert [(one["day"], one["policy"], one["ready"]) for one in report["runs"]] == [
        (day, policy, ready)
        for policy in ("rolling", "nearest")
        for ready in ("known", "estimated")
        for day in ("monday", "tuesday")
    ]
    assert {key: first[key] for key in alone if key not in ("wall_seconds", "peak_memory_mb")} == {
        key: value for key, value in alone.items() if key not in ("wall_seconds", "peak_memory_mb")
    }
    assert holds(report)


def test_more_processes_find_the_same_as_one(recorded: Path) -> None:
    reports = [backtest([recorded], ["nearest"], ["known"], jobs) for jobs in (1, 2)]
    hashes = [[(one["day"], one["decisions_sha256"]) for one in report["runs"]] for report in reports]

    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 2


def test_a_day_that_cannot_be_read_is_named_once_and_the_others_run(recorded: Path) -> None:
    (recorded / "monday" / "orders.txt").write_text(BROKEN)
    (recorded / "sunday").mkdir()
    out = recorded.parent / "report.json"
    words = ["backtest", str(recorded), "--policy", "nearest", "--jobs", "1", "--json", str(out)]
    ran = CliRunner().invoke(app, words)
    report = json.loads(out.read_text())

    assert ran.exit_code == 1
    assert [one["day"] for one in report["runs"]] == ["tuesday", "tuesday"]
    assert [Path(one["path"]).name for one in report["unread"]] == ["monday", "sunday"]
    assert "BrokenFile" in report["unread"][0]["error"]
    assert "placement_time" in report["unread"][0]["error"]
    assert "NotADay" in report["unread"][1]["error"]
    assert ran.output.count("could not be read") == 2


def test_where_no_day_can_be_read_there_is_no_table_but_the_reason(recorded: Path) -> None:
    (recorded / "monday" / "orders.txt").write_text("")
    ran = CliRunner().invoke(app, ["backtest", str(recorded / "monday"), "--jobs", "1"])

    assert ran.exit_code == 1
    assert ran.output.startswith("could not be read: ")
    assert "policy/ready" not in ran.output


def test_a_broken_rule_ends_with_one_and_is_named(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = module.ended
    violation = {"rule": "pick-up", "who": "o1", "at": None, "what": "never happened"}

    def ended(run: module.Run) -> Ended:
        found = honest(run)
        assert found.report is not None
        broken = [violation] if run.day == "tuesday" else []
        return found._replace(report={**found.report, "violations": broken})

    monkeypatch.setattr(module, "ended", ended)
    ran = CliRunner().invoke(app, ["backtest", str(recorded), "--policy", "nearest", "--ready", "known", "--jobs", "1"])

    assert ran.exit_code == 1
    assert "tuesday nearest/known: pick-up (o1): never happened" in ran.output
    assert "monday nearest/known:" not in ran.output


def test_a_process_that_was_killed_is_said_so(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(runs: object) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr(module, "as_completed", killed)
    with pytest.raises(ProcessLost, match="fewer --jobs"):
        backtest([recorded], ["nearest"], ["known"], jobs=2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--policy", "psychic"], ["psychic", "nearest", "batch", "rolling"]),
        (["--ready", "perhaps"], ["estimated", "both"]),
    ],
)
def test_what_is_no_policy_or_no_mode_is_refused_with_those_there_are(
    words: list[str], said: list[str], recorded: Path
) -> None:
    ran = CliRunner().invoke(app, ["backtest", str(recorded), *words])

    assert ran.exit_code == 2
    assert [word for word in said if word not in ran.output] == []
