"""docs/PROMISES.md: every line can be proved, was proved, and nothing that a person can ask for is left out."""

import re
import subprocess
import sys

import pytest

from infra.prove.__main__ import FILE, ROOT, known
from infra.prove.promises import NOT_YET_RUN, Promise, parse


@pytest.fixture(scope="module")
def promises() -> list[Promise]:
    """Reading it names every line without a proof, with an unknown test, verb or target, or a file that is not there."""
    return parse(FILE.read_text(), known())


def test_somebody_is_promised_something(promises: list[Promise]) -> None:
    groups = {one.who for one in promises}

    assert groups == {"Operations managers", "Analysts", "Data engineers", "SREs"}


def test_every_test_that_proves_something_can_be_collected(promises: list[Promise]) -> None:
    tests = dict.fromkeys(test for one in promises for proof in one.proofs for test in proof.tests)
    argv = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *tests]
    ran = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout[-2_000:] + ran.stderr[-2_000:]


def test_every_promise_holds_as_last_measured(promises: list[Promise]) -> None:
    """Only a long one may still wait for `make prove-all`."""
    broken = [one.promise for one in promises if one.figure == "FAILS" or not one.figure]
    waiting = [one.promise for one in promises if one.figure == NOT_YET_RUN and not one.long]

    assert (broken, waiting) == ([], []), "`make prove ONLY=word` proves the lines that have the word"


def test_every_verb_is_promised(promises: list[Promise]) -> None:
    text = "\n".join(one.key for one in promises)
    missing = [verb for verb in sorted(known().verbs) if not re.search(rf"`track {verb}\b", text)]

    assert missing == []


def test_every_verb_of_the_readme_is_one() -> None:
    table = (ROOT / "README.md").read_text().partition("## The command line")[2].partition("\n## ")[0]

    assert set(re.findall(r"`track ([a-z-]+)", table)) <= known().verbs


def test_when_and_on_what_it_was_proved_is_said_without_naming_the_machine() -> None:
    text = FILE.read_text()

    assert re.search(r"^- quick set: \d{4}-\d\d-\d\d .* cores, .* RAM", text, re.MULTILINE)
    assert "\n- long set: " in text
    assert not re.search(r"\b\w+@\w+\b|/(home|root|tmp|work|Users)/", text)
