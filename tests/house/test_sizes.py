"""How long functions and files may be: what the admired codebases share is a median of 10 lines, not docstring count."""

import ast
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[2]
PROGRAMS = ("models", "simulator", "pipelines", "dashboard", "infra")
LONGEST_FUNCTION, MEDIAN_FUNCTION, NINE_IN_TEN, LONGEST_FILE = 50, 10, 30, 250


def _files() -> list[Path]:
    return [path for program in PROGRAMS for path in sorted((ROOT / program).rglob("*.py"))]


def _functions() -> dict[str, int]:
    """Place → lines."""
    found = {}
    for path in _files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                found[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = lines
    return found


def test_no_function_is_longer_than_fifty_lines() -> None:
    assert {where: lines for where, lines in _functions().items() if lines > LONGEST_FUNCTION} == {}


def test_half_of_the_functions_fit_ten_lines_and_nine_in_ten_thirty(
    record_property: Callable[[str, object], None],
) -> None:
    lengths = list(_functions().values())
    record_property("figure", f"median {median(lengths):.0f} lines")

    assert median(lengths) <= MEDIAN_FUNCTION
    assert quantiles(lengths, n=10)[-1] <= NINE_IN_TEN


def test_no_file_is_longer_than_250_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in _files()}

    assert {where: lines for where, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_a_file_tells_in_its_first_line_where_it_stands() -> None:
    """Every file that has code begins with a docstring."""
    bare = [
        path for path in _files() if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert [str(path.relative_to(ROOT)) for path in bare] == []
