"""One name put in the place of another in a rule's document: where it is compared, given or tested, never in texts."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...rules.checks.finding import patched, pointer
from ...rules.language.values import same
from ...rules.tables.cell_parser import document_cell
from ...rules.tables.cell_texts import stored
from ...rules.tables.cells import Cell
from ...rules.tables.columns import column_of
from ...rules.tables.model import is_table
from .documents import rules_of
from .named import Wanted

Output = tuple[Any, Any]
"""A column of outcomes: an action and its argument."""
Names = Mapping[Any, Any]
"""What is put in the place of what, by the old name."""


def replaced(document: Mapping[str, Any], wanted: Wanted, to: Names) -> dict[str, Any]:
    """Return a rule's or decision table's document with the new names of `to` wherever it names the old as `wanted`.

    Raises RulesError if the document can't be read.
    """
    found = _in_table(document, wanted, to) if is_table(document) else _in_rule(document, wanted, to)
    if found.get("owner") in wanted.anywhere:
        found["owner"] = _swapped(found["owner"], to)
    return _in_tests(found, wanted, to)


def _meant(to: Names, names: Collection[Any]) -> Names:
    """Return those replacements whose old name means the thing here."""
    return {old: new for old, new in to.items() if old in names}


def _in_rule(document: Mapping[str, Any], wanted: Wanted, to: Names) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(dict(document))
    for _, mention in wanted.places(rules_of(document), document):
        if names := _meant(to, wanted.names_at(mention)):
            where = pointer(mention.path)
            value = _swapped(_at(found, where), names)
            found = patched(found, ({"op": "replace", "path": where, "value": value},))
    return found


def _at(document: Any, path: str) -> Any:
    for part in path.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _swapped(value: Any, to: Names) -> Any:
    if isinstance(value, list | tuple):
        return list(dict.fromkeys(_swapped(one, to) for one in value))
    return next((new for old, new in to.items() if same(value, old)), value)


def _in_table(document: Mapping[str, Any], wanted: Wanted, to: Names) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(dict(document))
    for number, source in enumerate(found.get("inputs") or ()):
        column = column_of(source, None)
        if names := _meant(to, wanted.values.get(column.name, frozenset()) | wanted.anywhere):
            for row in found["rows"]:
                row["when"][number] = _cell(row["when"][number], column, names)
    outputs = [(one.get("action"), one.get("arg")) for one in found.get("outputs") or ()]
    for row in found["rows"]:
        given = dict(zip(outputs, row["then"], strict=False))
        for number, output in enumerate(outputs):
            row["then"][number] = _swapped(row["then"][number], _meant(to, _names_in(output, given, wanted)))
    if found.get("when"):
        shared: dict[str, Any] = {
            key: found[key] for key in ("id", "title", "purpose", "trigger", "when") if key in found
        }
        found["when"] = _in_rule({**shared, "derive": {"row": "1"}}, wanted, to)["when"]
    return found


def _names_in(output: Output, given: Mapping[Output, Any], wanted: Wanted) -> frozenset[Any]:
    """Return the values that mean the thing in a column of outcomes; `given` is the row's."""
    found = wanted.arguments.get(".".join(map(str, output)), frozenset()) | wanted.anywhere
    if output == ("set_field", "value"):
        found |= wanted.values.get(str(given.get(("set_field", "field"))), frozenset())
    return found


def _cell(source: Any, column: Any, to: Names) -> Any:
    cell = document_cell(source, column)
    tests = tuple((op, _tuple(_swapped(value, to))) for op, value in cell.tests)
    changed = Cell(tests, cell.or_missing)
    return source if changed == cell else stored(changed, column)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _in_tests(document: dict[str, Any], wanted: Wanted, to: Names) -> dict[str, Any]:
    """Let the document's own test cases speak of the new name, too, so that they still say what they said."""
    for case in _cases(document):
        facts = case.get("facts")
        if isinstance(facts, dict):
            for name, value in facts.items():
                if names := _meant(to, wanted.values.get(name, frozenset()) | wanted.anywhere):
                    facts[name] = _swapped(value, names)
    return document


def _cases(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    tests = document.get("tests")
    yield from (one for one in tests if isinstance(one, dict)) if isinstance(tests, list) else ()
