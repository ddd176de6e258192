"""Rules of the house that no linter knows."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "holdfast"
FILES = sorted(SOURCE.rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "misc", "manager", "handler", "impl", "core"}
MOST_LINES = 400
MOST_FUNCTION_LINES = 40


def identify(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", FILES, ids=identify)
def test_a_file_is_one_room(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", FILES, ids=identify)
def test_a_file_opens_with_what_it_is_for(path: Path) -> None:
    opening = ast.get_docstring(ast.parse(path.read_text()))
    assert opening
    assert opening.splitlines()[0].strip()


@pytest.mark.parametrize("path", FILES, ids=identify)
def test_a_file_has_a_telling_name(path: Path) -> None:
    assert path.stem not in FORBIDDEN_NAMES


# A migration is a list of statements; it may be as long as it must.
@pytest.mark.parametrize("path", [path for path in FILES if "versions" not in path.parts], ids=identify)
def test_a_function_does_one_thing(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for function in functions:
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        assert lines <= MOST_FUNCTION_LINES, f"{function.name} has {lines} lines"


@pytest.mark.parametrize("path", [path for path in FILES if path.name == "__init__.py"], ids=identify)
def test_a_folder_hands_nothing_on(path: Path) -> None:
    if path.parent == SOURCE:
        return
    assert len(ast.parse(path.read_text()).body) == 1


def test_every_fault_is_caught_in_two_places_only() -> None:
    catchers = [
        identify(path)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and isinstance(node.type, ast.Name)
        and node.type.id == "Exception"
    ]
    assert {catcher.split("/")[0] for catcher in catchers} <= {"engine", "api", "crew"}
