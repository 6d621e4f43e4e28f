"""docs/checks.md lists every check there is, with its level, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import clew.rules

from .check_cases import CASES, levels

ROOT = Path(clew.rules.__file__).parent
PAGE = (Path(__file__).parents[2] / "docs" / "checks.md").read_text("utf-8")
DOCUMENTED = dict(re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", PAGE, re.MULTILINE))
OF_TABLES = {code for code in DOCUMENTED if code.startswith("table_")}


def _codes() -> Iterator[str]:
    """Yield every code that the source gives to a finding."""
    for path in sorted(ROOT.glob("checks/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add" and len(node.args) > 3:
                if isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value
            if isinstance(node, ast.FunctionDef) and node.name == "_code":
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return):
                        yield from (one.value for one in _results(inner) if isinstance(one, ast.Constant))


def _results(node: ast.Return) -> list[ast.expr]:
    value = node.value
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    return [value] if value is not None else []


def test_the_page_lists_the_codes_of_the_source_and_no_other() -> None:
    assert set(_codes()) == set(DOCUMENTED) - OF_TABLES


def test_the_page_lists_the_kinds_of_a_tables_check() -> None:
    kinds = re.search(r"`kind` is ([\w, ]+)", (ROOT / "tables" / "grid.py").read_text("utf-8"))
    assert kinds is not None
    assert {f"table_{kind}" for kind in re.findall(r"\w+", kinds[1]) if kind != "or"} == OF_TABLES


def test_every_code_has_a_case() -> None:
    assert set(DOCUMENTED) - OF_TABLES - {"doubled_id", "not_all_looked_at"} == set(CASES)


@pytest.mark.parametrize("code", sorted(CASES))
def test_the_level_is_the_one_on_the_page(code: str) -> None:
    assert levels(code) <= set(DOCUMENTED[code].split(", "))
