"""`make prove`: what is a promise, what its proof came to, and what is written back."""

from pathlib import Path

import pytest

from infra.prove import __main__ as command
from infra.prove.figures import NoSuchFigure, filled, merged
from infra.prove.promises import BrokenPromises, Known, parse, rewritten
from infra.prove.proofs import NothingRan, Result, prove

TESTS = """
import pytest


def test_that_holds():
    pass


def test_that_measures(record_property):
    record_property("figure", "slowest turn 2.5 s")


@pytest.mark.parametrize("seconds", [3.25, 12])
def test_that_measures_twice(seconds, record_property):
    record_property("figure", f"slowest turn {seconds} s")
    record_property("figure", f"slowest turn {seconds + 1} s")


@pytest.mark.parametrize("good", [True, False])
def test_that_breaks_once(good):
    assert good


def test_without_days():
    pytest.skip("the recorded days are not here: /somewhere/else (set TRACK_DATA_DIR)")


@pytest.mark.parametrize("there", [True, False])
def test_without_a_tool(there):
    there or pytest.skip("no Chromium on this machine: apt-get install chromium")


def test_that_errs(nothing_of_that_name):
    pass
"""
HEAD = """# Title

- quick set: never
- long set: never

## Analysts

| promise | where | proof | figure |
| --- | --- | --- | --- |
"""


@pytest.fixture
def known(tmp_path: Path) -> Known:
    return tree(tmp_path)


def tree(root: Path) -> Known:
    (root / "tests").mkdir()
    (root / "tests" / "test_days.py").write_text(TESTS)
    (root / "conftest.py").write_text("")
    (root / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
    )
    (root / "Makefile").write_text("good:\n\t@true\nbad:\n\t@exit 3\n")
    return Known(root, frozenset({"replay", "doctor"}), frozenset({"good", "bad"}))


def line(proof: str, promise: str = "It holds", where: str = "`tests/test_days.py`", figure: str = "holds") -> str:
    return f"| {promise} | {where} | {proof} | {figure} |\n"


def of(test: str) -> str:
    return f"`pytest tests/test_days.py::{test}`"


ONE_OF_TWO = f"{of('test_that_holds')}; `make bad`"
NO_DAY = "`track replay $TRACK_DATA_DIR/nothing/of/that/name` → {wall_seconds} s"
PROOFS = [
    *map(of, ("test_that_holds", "test_that_measures", "test_that_measures_twice", "test_that_errs")),
    *map(of, ("test_that_breaks_once", "test_that_breaks_once[True]", "test_without_days", "test_without_a_tool")),
    *("`pytest tests/test_more.py`", "`make good`", ONE_OF_TWO, NO_DAY),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Proof → result, all of them proved at once as `make prove` does."""
    known = tree(tmp_path_factory.mktemp("tree"))
    (known.root / "tests" / "test_more.py").write_text("def test_a(): pass\ndef test_b(): assert False\n")
    return dict(zip(PROOFS, proved(known, *PROOFS), strict=True))


def proved(known: Known, *proofs: str) -> list[Result]:
    promises = parse(HEAD + "".join(line(proof, f"Promise {n}") for n, proof in enumerate(proofs)), known)
    return list(prove(promises, known.root).values())


def test_a_line_is_read_with_its_group_its_files_and_its_proofs(known: Known) -> None:
    [one] = parse(
        HEAD + line(f"{of('test_that_holds')}; `track replay here --through memory` → {{wall_seconds}} s; long"), known
    )

    assert (one.line, one.who, one.promise, one.where) == (10, "Analysts", "It holds", ("tests/test_days.py",))
    assert (one.long, one.figure) == (True, "holds")
    assert [proof.words[0] for proof in one.proofs] == ["pytest", "track"]
    assert one.proofs[1].figure == "{wall_seconds} s"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (line(""), "has no proof"),
        (line("long"), "has no proof"),
        (line("believe me"), "'believe me' is no proof"),
        (line("`pytest`"), "names no test"),
        (line(of("test_of_another_name")), "tests/test_days.py::test_of_another_name is no test"),
        (line("`pytest tests/test_gone.py::test_that_holds`"), "tests/test_gone.py::test_that_holds is no test"),
        (line(f"{of('test_that_holds')} → {{seconds}} s"), "record_property"),
        (line("`track conjure`"), "track has no such verb"),
        (line("`make`"), "make has no such target"),
        (line("`make gold`"), "make has no such target"),
        (line("`rm -rf /`"), "is no proof"),
        (line(of("test_that_holds"), where="everywhere"), "names no file"),
        (line(of("test_that_holds"), where="`tests/test_gone.py`"), "tests/test_gone.py is not there"),
        (line(of("test_that_holds"), promise=""), "promises nothing"),
        (f"| It holds | {of('test_that_holds')} | holds |\n", "3 cells, 4 are due"),
    ],
)
def test_a_line_that_promises_nothing_provable_is_named_with_its_number(row: str, said: str, known: Known) -> None:
    with pytest.raises(BrokenPromises) as broken:
        parse(HEAD + line(of("test_that_holds"), promise="Before") + row, known)

    assert str(broken.value).startswith("line 11: ")
    assert said in str(broken.value)


def test_every_broken_line_is_named_at_once(known: Known) -> None:
    with pytest.raises(BrokenPromises) as broken:
        parse(HEAD + line("") + line("`make gold`", promise="Another"), known)

    assert [said.partition(":")[0] for said in str(broken.value).split("\n")] == ["line 10", "line 11"]


def test_nothing_is_promised_twice(known: Known) -> None:
    with pytest.raises(BrokenPromises, match="line 10: is promised twice\nline 11: is promised twice"):
        parse(HEAD + line(of("test_that_holds")) * 2, known)


def test_each_promise_has_the_outcome_and_the_figure_of_its_own_tests(outcomes: dict[str, Result]) -> None:
    assert outcomes[of("test_that_holds")] == Result("holds")
    assert outcomes[of("test_that_measures")] == Result("holds", "slowest turn 2.5 s")
    assert outcomes[of("test_that_measures_twice")] == Result("holds", "slowest turn 3.25–13 s")
    assert outcomes["`make good`"] == Result("holds")


def test_a_whole_file_proves_what_all_of_its_tests_prove(outcomes: dict[str, Result]) -> None:
    assert outcomes["`pytest tests/test_more.py`"] == Result("fails", "FAILS", "tests.test_more::test_b")


def test_one_case_that_breaks_breaks_the_promise_and_is_named(outcomes: dict[str, Result]) -> None:
    named = "tests.test_days::test_that_breaks_once[False]"

    assert outcomes[of("test_that_breaks_once")] == Result("fails", "FAILS", named)
    assert outcomes[of("test_that_breaks_once[True]")] == Result("holds")
    assert outcomes[of("test_that_errs")] == Result("fails", "FAILS", "tests.test_days::test_that_errs")


def test_one_of_two_proofs_that_fails_breaks_the_promise(outcomes: dict[str, Result]) -> None:
    assert outcomes[ONE_OF_TWO] == Result("fails", "FAILS", "`make bad` ended with 2")


def test_what_is_not_here_is_skipped_and_says_so_without_a_path(outcomes: dict[str, Result]) -> None:
    skipped = Result("skipped", "skipped: no recorded days", "no recorded days")

    assert outcomes[of("test_without_days")] == outcomes[NO_DAY] == skipped
    assert command.shown(skipped) == "skipped: no recorded days"
    assert command.shown(outcomes[of("test_without_a_tool")]) == "holds (skipped: no Chromium on this machine)"


def test_tests_run_in_the_order_of_their_file_whatever_the_order_of_the_promises(known: Known) -> None:
    """What a module shares is made once, and its last test may end it."""
    (known.root / "tests" / "test_order.py").write_text(
        "ran = []\ndef test_first(): ran.append(1)\ndef test_last(): assert ran == [1]\n"
    )
    last, first = ("`pytest tests/test_order.py::test_last`", "`pytest tests/test_order.py::test_first`")

    assert proved(known, last, of("test_that_holds"), first) == [Result("holds")] * 3


def test_a_test_that_breaks_before_it_runs_is_no_proof(known: Known) -> None:
    (known.root / "conftest.py").write_text("1 / 0\n")

    with pytest.raises(NothingRan, match="pytest ended with 4"):
        proved(known, of("test_that_holds"))


def test_a_command_s_figure_is_taken_from_its_report(known: Known, tmp_path: Path) -> None:
    """From the root of the tree, as a person calls it, with a state directory of its own."""
    root = Path(command.ROOT)
    day = tmp_path / "day"
    day.mkdir()
    for name, text in (
        ("instance_parameters.txt", "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget "
         "click-to-door\tmaximum click-to-door\tpay per order\tguaranteed pay per hour\n320\t4\t4\t40\t90\t10\t15\n"),
        ("restaurants.txt", "restaurant\tx\ty\nr1\t0\t0\n"),
        ("couriers.txt", "courier\tx\ty\ton_time\toff_time\nc1\t100\t0\t0\t120\n"),
        ("orders.txt", "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t640\t0\t5\tr1\t15\n"),
    ):  # fmt: skip
        (day / name).write_text(text)
    before = set((root / ".track").glob("prove-*"))
    shown = line(f"`track replay {day}` → {{delivered}} of {{orders}}, mean {{click_to_door.mean}} min, {{violations}}")
    unknown = line(f"`track replay {day}` → {{taste}}", promise="Another")
    wrong = line(f"`track replay {tmp_path}`", promise="A third")
    results = list(prove(parse(HEAD + shown + unknown + wrong, known), root).values())

    assert results[0] == Result("holds", "1 of 1, mean 16.0 min, 0")
    assert results[1].why == f"`track replay {day}`: the report has no taste"
    assert results[2].why == f"`track replay {tmp_path}` ended with 2"
    assert set((root / ".track").glob("prove-*")) == before


def test_only_figures_and_stamps_are_rewritten(known: Known) -> None:
    text = HEAD + line(of("test_that_holds"), figure="before") + line("`make good`", "Another") + "\nThe end.\n"
    first, _ = parse(text, known)
    new = rewritten(text, {first.key: "1 | 2 s"}, {"quick": "today"})

    assert new == text.replace("before", "1 \\| 2 s").replace("quick set: never", "quick set: today")
    assert rewritten(new, {first.key: "before"}, {"quick": "never"}) == text


def test_a_line_that_was_edited_while_its_proof_ran_keeps_its_figure(known: Known) -> None:
    text = HEAD + line(of("test_that_holds"), figure="old")
    [before] = parse(text, known)
    edited = text.replace("It holds", "It holds tight")

    assert rewritten(edited, {before.key: "new"}, {}) == edited


@pytest.mark.parametrize(
    ("figures", "one"),
    [
        ([], ""),
        (["12 s", "7 s", "9.5 s"], "7–12 s"),
        (["12 s", "12 s"], "12 s"),
        (["1,200 orders in 3 s", "900 orders in 4 s"], "900–1,200 orders in 3–4 s"),
        (["12 s", "12 MB"], "12 s; 12 MB"),
    ],
)
def test_figures_of_many_cases_become_one_from_the_least_to_the_most(figures: list[str], one: str) -> None:
    assert merged(figures) == one


@pytest.mark.parametrize(
    ("template", "figure"),
    [
        ("{seconds} s", "3.13 s"),
        ("{eta.mae} min", "2.5 min"),
        ("{orders}", "13,412"),
        ("{wrong} wrong", "0 wrong"),
        ("{runs.1.name}", "second"),
    ],
)
def test_a_template_is_filled_from_the_report(template: str, figure: str) -> None:
    report = {"seconds": 3.1289, "eta": {"mae": 2.5}, "orders": 13412, "wrong": [], "runs": [{}, {"name": "second"}]}

    assert filled(template, report) == figure


@pytest.mark.parametrize("key", ["nothing", "eta.nothing", "runs.7", "runs.first", "orders.first"])
def test_a_figure_that_the_report_has_not_is_named(key: str) -> None:
    with pytest.raises(NoSuchFigure, match=key):
        filled(f"{{{key}}}", {"eta": {}, "runs": [], "orders": 1})


def test_what_fails_comes_last_and_is_counted(known: Known) -> None:
    promises = parse(HEAD + line("`make bad`", "First") + line("`make good`", "Second"), known)
    results = {
        p.key: r for p, r in zip(promises, (Result("fails", "FAILS", "`make bad`"), Result("holds")), strict=True)
    }
    lines = command.table(promises, results)

    assert lines == [
        "holds    Second: holds",
        "fails    First: `make bad`",
        "2 promises: 1 holds, 0 skipped, 1 fails",
    ]


def test_the_file_is_rewritten_whole_and_the_long_ones_only_when_asked(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = known.root / "PROMISES.md"
    file.write_text(HEAD + line("`make bad`; long", "First", figure="kept") + line("`make good`", "Second"))
    for name, value in {"ROOT": known.root, "FILE": file, "known": lambda: known}.items():
        monkeypatch.setattr(command, name, value)
    with pytest.raises(command.typer.Exit) as quick:
        command.main()
    after_quick = file.read_text()
    with pytest.raises(command.typer.Exit) as every:
        command.main(every=True)
    after_all = file.read_text()

    assert (quick.value.exit_code, every.value.exit_code) == (0, 1)
    assert ("| kept |" in after_quick, "- long set: never" in after_quick) == (True, True)
    assert "- quick set: never" not in after_quick
    assert ("| FAILS |" in after_all, "- long set: never" in after_all) == (True, False)
    assert [path.name for path in known.root.glob("PROMISES*")] == ["PROMISES.md"]


def test_a_part_of_the_file_is_proved_without_a_new_date(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    file = known.root / "PROMISES.md"
    file.write_text(HEAD + line("`make bad`", "First", figure="kept") + line("`make good`", "Second", figure="old"))
    for name, value in {"ROOT": known.root, "FILE": file, "known": lambda: known}.items():
        monkeypatch.setattr(command, name, value)
    with pytest.raises(command.typer.Exit) as left:
        command.main(only="second")

    assert left.value.exit_code == 0
    assert file.read_text() == HEAD + line("`make bad`", "First", figure="kept") + line("`make good`", "Second")


def test_the_machine_is_told_by_its_size_and_not_by_its_name() -> None:
    told = command.here()

    assert "cores" in told
    assert "GB RAM" in told
    assert command.platform.node() not in told


def test_what_a_proof_may_name_is_what_there_is() -> None:
    found: Known = command.known()

    assert {"replay", "doctor", "letters", "rebuild-live"} <= found.verbs
    assert {"test", "check", "torture"} <= found.targets
    assert not {one for one in found.targets if "prove" in one}
