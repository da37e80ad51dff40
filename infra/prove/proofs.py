"""promises → here → each one's outcome and figure. All tests in one pytest, each command once, from the root."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree

from infra.prove.figures import NoSuchFigure, filled, merged
from infra.prove.promises import Promise, Proof
from models.errors import TrackError

Outcome = Literal["holds", "fails", "skipped"]
DATA, DATA_HERE = "$TRACK_DATA_DIR", "../shared/data"
NO_DAYS = "no recorded days"
LONGEST_COMMAND_SECONDS = 7200
"""`track bench alerts --seeds 2` took 74 minutes beside the kill matrix on two cores."""
TOLD = re.compile(r"\S*/\S*|\(.*\)")
"""What a reason to skip says of this machine alone: paths, and what stands in brackets."""


class NothingRan(TrackError):
    """pytest ended before its first test. Fate: the file is not touched."""


class Result(NamedTuple):
    """`why` names the proofs that failed or were skipped; a test that measured twice has two lines of figures."""

    outcome: Outcome
    figure: str = ""
    why: str = ""


class Ended(NamedTuple):
    """What came of a command, and its report where one was asked for."""

    outcome: Outcome
    why: str = ""
    report: Any = None


def prove(promises: list[Promise], root: Path) -> dict[str, Result]:
    """Key → result. Raises NothingRan."""
    proofs = dict.fromkeys(proof for one in promises for proof in one.proofs)
    tests = tested(dict.fromkeys(test for proof in proofs for test in proof.tests), root)
    commands = dict.fromkeys(proof.words for proof in proofs if not proof.tests)
    reporting = {proof.words for proof in proofs if proof.figure}
    ended = {words: commanded(words, words in reporting, root) for words in commands}
    found = {p: _of_tests(p, tests) if p.tests else [_of_command(p, ended[p.words])] for p in proofs}
    return {one.key: _together([each for proof in one.proofs for each in found[proof]]) for one in promises}


def tested(tests: Iterable[str], root: Path) -> dict[str, list[Result]]:
    """Test → what came of each of its cases, none where it did not run. Raises NothingRan."""
    tests = sorted(tests, key=lambda test: _stands(test, root))
    if not tests:
        return {}
    with TemporaryDirectory(prefix="prove-", ignore_cleanup_errors=True) as folder:
        report = Path(folder) / "tests.xml"
        options = ["-q", "--tb=short", "--no-header", "-p", "no:cacheprovider", "-o", "junit_family=xunit1"]
        argv = [sys.executable, "-m", "pytest", *options, f"--basetemp={folder}/t", f"--junit-xml={report}", *tests]
        ended = subprocess.run(argv, cwd=root, check=False).returncode
        cases = list(_cases(report)) if report.exists() else []
    if not cases:
        raise NothingRan(f"pytest ended with {ended} before its first test; what it said stands above")
    return {test: [result for case, result in cases if _is_of(case, test)] for test in tests}


def _stands(test: str, root: Path) -> tuple[str, int]:
    """In the order of the files: what a file's tests share is made once, and the last of them may end it."""
    path, _, name = test.partition("::")
    return path, (root / path).read_text().find(f"def {name.partition('[')[0]}(")


def commanded(words: tuple[str, ...], report: bool, root: Path) -> Ended:
    """One `track` or `make` command; servers of its own live in a state directory that goes with it."""
    here = [word.replace(DATA, os.environ.get(DATA[1:], DATA_HERE)) for word in words]
    if any(DATA in word and not (root / path).exists() for word, path in zip(words, here, strict=True)):
        return Ended("skipped", NO_DAYS)
    state = root / ".track" / f"prove-{os.getpid()}"
    state.mkdir(parents=True)
    sys.stderr.write(f"{' '.join(here)}\n")
    try:
        return _ran(here, state / "report.json" if report else None, state, root)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return Ended("fails", f"`{' '.join(words)}` {_said(error)}")
    finally:
        shutil.rmtree(state)


def _ran(words: list[str], report: Path | None, state: Path, root: Path) -> Ended:
    argv = ["make", *words[1:]] if words[0] == "make" else [sys.executable, "-m", "infra.track", *words[1:]]
    asked = [*argv, "--json", str(report)] if report else argv
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    env["TRACK_STATE_DIR"] = str(state)
    told = sys.stderr.fileno()  # what it measured is nowhere else: its directory goes
    subprocess.run(asked, cwd=root, env=env, stdout=told, timeout=LONGEST_COMMAND_SECONDS, check=True)
    return Ended("holds", report=json.loads(report.read_text()) if report else None)


def _said(error: Exception) -> str:
    """Without the command as it ran, which has paths of this machine."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"ended with {error.returncode}"
    return f"did not end within {LONGEST_COMMAND_SECONDS} s"


def _of_command(proof: Proof, ended: Ended) -> Result:
    if ended.outcome != "holds" or proof.figure is None:
        return Result(ended.outcome, why=ended.why)
    try:
        return Result("holds", filled(proof.figure, ended.report))
    except NoSuchFigure as error:
        return Result("fails", why=f"`{' '.join(proof.words)}`: {error}")


def _cases(report: Path) -> Iterator[tuple[tuple[str, str], Result]]:
    """((module, name of the case), result) of every testcase of a junit report of ours."""
    for case in ElementTree.parse(report).iter("testcase"):
        where = (case.get("classname", ""), case.get("name", ""))
        figures = [str(p.get("value")) for p in case.iter("property") if p.get("name") == "figure"]
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield where, Result("fails", why="::".join(where))
        elif skipped is not None:
            yield where, Result("skipped", why=_reason(skipped.get("message", "")))
        else:
            yield where, Result("holds", "\n".join(figures))


def _reason(message: str) -> str:
    return NO_DAYS if DATA[1:] in message else " ".join(TOLD.sub("", message).partition(":")[0].split())


def _is_of(case: tuple[str, str], test: str) -> bool:
    path, _, name = test.partition("::")
    module = path.removesuffix(".py").replace("/", ".")
    return case[0] == module and (not name or case[1] == name or case[1].startswith(f"{name}["))


def _of_tests(proof: Proof, tests: dict[str, list[Result]]) -> list[Result]:
    silent = [Result("fails", why=f"{test} did not run") for test in proof.tests if not tests[test]]
    return [*silent, *(result for test in proof.tests for result in tests[test])]


def _together(results: list[Result]) -> Result:
    """Fails when one fails; holds when one holds, and says which others were skipped."""
    by = {outcome: [r for r in results if r.outcome == outcome] for outcome in ("fails", "holds", "skipped")}
    if by["fails"]:
        return Result("fails", "FAILS", "; ".join(dict.fromkeys(r.why for r in by["fails"])))
    left_out = "; ".join(dict.fromkeys(r.why for r in results if r.why))
    if not by["holds"]:
        return Result("skipped", f"skipped: {left_out}", left_out)
    return Result("holds", merged(one for r in by["holds"] for one in r.figure.splitlines()), left_out)
