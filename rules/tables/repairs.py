"""Ways to mend a decision table, as JSON patches (RFC 6902) of its document."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .cell_texts import cell_text, stored
from .cells import Cell, Column


@dataclass(frozen=True)
class Repair:
    """What a button says, and the patch it applies."""

    zh: str
    en: str
    patch: tuple[Mapping[str, Any], ...]


def delete(row: int) -> Repair:
    """Drop a row (counted from 0)."""
    return Repair(f"删除第 {row + 1} 行", f"Delete row {row + 1}", ({"op": "remove", "path": f"/rows/{row}"},))


def move(row: int, before: int) -> Repair:
    """Put a row before another."""
    patch = {"op": "move", "from": f"/rows/{row}", "path": f"/rows/{before}"}
    return Repair(f"移到第 {before + 1} 行前", f"Move before row {before + 1}", (patch,))


def change(row: int, column: int, cell: Cell, looks_at: Column) -> Repair:
    """Write another cell."""
    patch = {"op": "replace", "path": f"/rows/{row}/when/{column}", "value": stored(cell, looks_at)}
    zh, en = (cell_text(cell, looks_at, language) for language in ("zh", "en"))
    return Repair(f"第 {row + 1} 行改为 {zh}", f"Row {row + 1}: {en}", (patch,))


def add(
    document: Mapping[str, Any], before: int, cells: Sequence[Cell], columns: Sequence[Column], values: Sequence[Any]
) -> Repair:
    """Add a row, with another's outcome to begin with."""
    when = [stored(cell, column) for cell, column in zip(cells, columns, strict=True)]
    row = {"id": free_id(document), "when": when, "then": list(values)}
    return Repair("补一行", "Add a row", ({"op": "add", "path": f"/rows/{before}", "value": row},))


def free_id(document: Mapping[str, Any]) -> str:
    """Return an id that no row has."""
    taken = {row.get("id") for row in document.get("rows") or () if isinstance(row, Mapping)}
    return next(name for number in itertools.count(len(taken) + 1) if (name := f"r{number}") not in taken)
