"""Rows that can't come in as the file has them, mended on the page: what was typed in place of their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from ....hooks.text import Text
from ...errors import Conflict
from ...schema.fields import Field
from ...storage.system_tables import ImportRow
from ...workspace import Workspace
from ..importing.mapping import Source
from ..importing.plan import make_plan
from ..importing.tables import Row, Table
from ..importing.targets import Target
from .suggesting import Columns

MENDED = "mended"
"""Where a batch's document keeps the mended cells, by line and column; dropped when the file is."""
_WAITS = ("refused", "asked")
_LONGEST_CELL = 5_000
_ALIKE = 0.5


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a cell, and the text that was probably meant, where one can tell."""

    why: Text
    likely: str = ""


def with_mended(table: Table, mended: Mapping[str, Mapping[str, str]]) -> Table:
    """Return a file's table with what was typed in place of its cells."""
    if not mended:
        return table
    return replace(table, rows=tuple(_row(row, mended.get(str(row.line))) for row in table.rows))


def can_be_mended(document: Mapping[str, Any], row: ImportRow) -> bool:
    """Return whether a row's cells may be typed anew: it can't come in, or waits, or was mended before."""
    return row.plan in _WAITS or str(row.line) in document.get(MENDED, {})


def typed_in(document: Mapping[str, Any], table: Table, row: ImportRow, cells: Mapping[str, str]) -> dict[str, Any]:
    """Return what a batch's document keeps once these cells of a row were typed. Raises Conflict for a good row."""
    if not can_be_mended(document, row):
        raise Conflict("这一行没有退回，不用改。", f"line {row.line} is not refused: there is nothing to mend")
    there = next(one.cells for one in table.rows if one.line == row.line)
    said = {
        column: _clean(text)[:_LONGEST_CELL]
        for column, text in cells.items()
        if column in there and _clean(text) != _clean(there[column])
    }
    mended: dict[str, Any] = dict(document.get(MENDED, {}))
    mended[str(row.line)] = {**mended.get(str(row.line), {}), **said}
    return mended


def wrong_cells(
    ws: Workspace, goal: Target, table: Table, source: Source, columns: Columns, line: int
) -> dict[str, Wrong]:
    """Return what is wrong with each column of one row; empty where the row itself is good, or only as a whole is not."""
    row = next((one for one in table.rows if one.line == line), None)
    if row is None:
        return {}
    refused = make_plan(ws, [(replace(table, rows=(row,), notes=()), source)]).refused
    names = {column.column: name for name, column in source.columns.items()}
    by_name = {name: column for column, name in names.items()} | {column: column for column in names}
    labelled = dict(goal.labelled())
    found: dict[str, Wrong] = {}
    for problem in refused[0].problems if refused else ():
        # A contact's own field goes by another name among those of a lead's rows.
        column = by_name.get(problem.field) or by_name.get(f"contact_{problem.field}", "")
        if column and column not in found:
            counted = columns.get(column, {}).get("times", 1) != 1
            likely = "" if counted else problem.likely
            found[column] = Wrong(problem.text, likely or _nearest(labelled.get(names[column]), row.cells[column]))
    return found


def _row(row: Row, said: Mapping[str, str] | None) -> Row:
    if said is None:
        return row
    faults = {column: why for column, why in row.faults.items() if column not in said}
    return Row(row.line, {**row.cells, **said}, None, faults)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _nearest(here: Field | None, text: str) -> str:
    """Return the option that a text is most like, as it is called; empty if it is like none."""
    if here is None or not here.options or not text:
        return ""
    known = {one.lower(): one for _, words in here.offered for one in (words.zh, words.en)}
    near = get_close_matches(text.strip().lower(), list(known), 1, _ALIKE)
    return known[near[0]] if near and known[near[0]] != text.strip() else ""
