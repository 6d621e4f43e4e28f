"""One name put in the place of another in a rule's document: where it is compared, given or tested, never in texts."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ...rules.checks.finding import patched, pointer
from ...rules.language.errors import RulesError
from ...rules.language.mentions import mentions
from ...rules.language.values import same
from ...rules.tables.cell_parser import document_cell
from ...rules.tables.cell_texts import stored
from ...rules.tables.cells import Cell
from ...rules.tables.columns import column_of
from ...rules.tables.model import is_table
from ..rulebook.documents import rules_of
from .named import Wanted


def replaced(document: Mapping[str, Any], wanted: Wanted, old: Any, new: Any) -> dict[str, Any]:
    """Return a rule's or decision table's document with `new` wherever it names `old` in one of the ways `wanted`.

    Raises RulesError if the document can't be read.
    """
    found = _in_table(document, wanted, old, new) if is_table(document) else _in_rule(document, wanted, old, new)
    return _in_tests(found, wanted, old, new)


def _in_rule(document: Mapping[str, Any], wanted: Wanted, old: Any, new: Any) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(dict(document))
    for rule in rules_of(document):
        for mention in mentions(rule):
            if mention.what in ("value", "argument") and wanted.fits(mention):
                where = pointer(mention.path)
                value = _swapped(_at(found, where), old, new)
                found = patched(found, ({"op": "replace", "path": where, "value": value},))
    return found


def _at(document: Any, path: str) -> Any:
    for part in path.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _swapped(value: Any, old: Any, new: Any) -> Any:
    if isinstance(value, list | tuple):
        return list(dict.fromkeys(new if same(one, old) else one for one in value))
    return new if same(value, old) else value


def _in_table(document: Mapping[str, Any], wanted: Wanted, old: Any, new: Any) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(dict(document))
    inputs = [column_of(one, None) for one in found.get("inputs") or ()]
    touched = [number for number, one in enumerate(inputs) if one.name in wanted.values]
    given = [number for number, one in enumerate(found.get("outputs") or ()) if _takes(one, wanted, found)]
    for row in found.get("rows") or ():
        for number in touched:
            row["when"][number] = _cell(row["when"][number], inputs[number], old, new)
        for number in given:
            row["then"][number] = _swapped(row["then"][number], old, new)
    if found.get("when"):
        shared: dict[str, Any] = {
            key: found[key] for key in ("id", "title", "purpose", "trigger", "when") if key in found
        }
        found["when"] = _in_rule({**shared, "derive": {"row": "1"}}, wanted, old, new)["when"]
    return found


def _takes(output: Mapping[str, Any], wanted: Wanted, document: Mapping[str, Any]) -> bool:
    """Say whether a column of outcomes gives the argument, or sets the fact, that is meant."""
    action, arg = output.get("action"), output.get("arg")
    if action == "set_field" and arg == "value":
        fields = [one for one in document.get("outputs") or () if one.get("arg") == "field"]
        return not fields or bool(wanted.values)
    return f"{action}.{arg}" in wanted.arguments


def _cell(source: Any, column: Any, old: Any, new: Any) -> Any:
    cell = document_cell(source, column)
    tests = tuple((op, _tuple(_swapped(value, old, new))) for op, value in cell.tests)
    changed = Cell(tests, cell.or_missing)
    return source if changed == cell else stored(changed, column)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _in_tests(document: dict[str, Any], wanted: Wanted, old: Any, new: Any) -> dict[str, Any]:
    """Let the document's own test cases speak of the new name, too, so that they still say what they said."""
    for case in _cases(document):
        facts = case.get("facts")
        if isinstance(facts, dict):
            for name in facts.keys() & wanted.values.keys():
                facts[name] = _swapped(facts[name], old, new)
    return document


def _cases(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    tests = document.get("tests")
    yield from (one for one in tests if isinstance(one, dict)) if isinstance(tests, list) else ()


__all__ = ["RulesError", "replaced"]
