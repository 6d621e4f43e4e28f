"""How the cells of a decision table stand in a spreadsheet: what the writer and the reader of XLSX share.

The first sheet is the grid: ids in column A, keys in row 2, titles in row 3. The second keeps what all rows share.
"""

from __future__ import annotations

import json
from typing import Any

from ..language.errors import Problems
from .cell_parser import cell_of, document_cell
from .cell_texts import stored
from .cells import BadCell, Column
from .columns import Output
from .output_values import value_of

GRID, HEAD = "决策表", "说明"
FIRST_ROW = 4
JSON = "json:"
HIT_ZH = {"first": "第一条命中", "unique": "唯一命中", "collect": "全部命中"}


def input_key(column: Column) -> str:
    """Return what names an input column in a file."""
    return f"derived:{column.name}" if column.derived else column.name


def output_key(output: Output) -> str:
    """Return what names an output column in a file."""
    return f"derive:{output.derive}" if output.derive else f"{output.action}.{output.arg}"


def encoded(value: Any) -> str:
    """Return a value that no cell can hold as it is."""
    return JSON + json.dumps(value)


def decoded(value: str, at: str, problems: Problems) -> Any:
    """Return the value that `encoded` wrote."""
    try:
        return json.loads(value.removeprefix(JSON))
    except (ValueError, RecursionError):
        problems.add(at, "json: 后面不是可读的 JSON", "what follows json: is no JSON", found=value)
        return None


def cell_source(value: Any, column: Column) -> Any:
    """Return how a document keeps what stands in a file's cell: as it is if that means the same to everyone."""
    if not isinstance(value, str | bool | int | float):
        value = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if isinstance(value, int | float) and column.kind not in ("text", "list"):
        return value
    text = str(value).strip()
    cell = cell_of(text, column)
    try:
        return text if document_cell(text, column) == cell else stored(cell, column)
    except BadCell:
        return stored(cell, column)


def value_source(value: Any, output: Output) -> Any:
    """Return how a document keeps an output that stands in a file."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and output.spec.kind in ("number", "scalar"):
        return value
    return value_of(str(value), output)
