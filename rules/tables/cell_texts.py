"""Cells written for people, as texts that read back to the same cells."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ..language.values import Scalar, is_number
from .cell_parser import cell_of
from .cells import NO, YES, BadCell, Cell, Column

_SYMBOLS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
_PHRASES = {
    "missing": ("空", "missing"),
    "present": ("非空", "present"),
    "before": ("早于 {}", "before {}"),
    "after": ("晚于 {}", "after {}"),
    "within_hours": ("近 {} 小时", "within {} h"),
    "older_than_hours": ("超过 {} 小时", "older than {} h"),
}


def cell_text(cell: Cell, column: Column, language: str = "zh") -> str:
    """Return the cell as text that `cell_of` reads back to the same cell."""
    for quoted in (False, True):
        text = _written(cell, column, language, quoted)
        try:
            if cell_of(text, column) == cell:
                return text
        except BadCell:
            continue
    return json.dumps(cell.document(), ensure_ascii=False)


def stored(cell: Cell, column: Column) -> Any:
    """Return the cell as a document keeps it: a text that everybody reads alike, or else its structured form."""
    text = cell_text(cell, column.untyped)
    return cell.document() if text.startswith("{") else text


def number_text(value: int | float, language: str, listed: bool = False) -> str:
    """Return a number for people: 100 万 in Chinese, 1,000,000 in English; plain digits in a list."""
    if isinstance(value, int) and not listed and abs(value) >= 10_000:
        if language == "zh" and value % 1000 == 0:
            return f"{format(Decimal(value).scaleb(-4).normalize(), 'f')} 万"
        return str(value) if language == "zh" else f"{value:,}"
    return str(value)


def _written(cell: Cell, column: Column, language: str, quoted: bool) -> str:
    zh = language == "zh"
    if cell.any:
        return "-"
    words = (" 且 " if zh else " and ").join(_one(op, value, column, zh, quoted) for op, value in cell.tests)
    return f"{words} {'或 空' if zh else 'or missing'}" if cell.or_missing else words


def _one(op: str, value: Any, column: Column, zh: bool, quoted: bool) -> str:
    language = "zh" if zh else "en"
    if op in _PHRASES:
        return _PHRASES[op][0 if zh else 1].format(value)
    if op == "between":
        if is_number(value[0]):
            low, high = (number_text(one, language) for one in value)
            shared = low.endswith(" 万") and high.endswith(" 万")
            return f"{low.removesuffix(' 万') if shared else low}–{high}"
        return (" 至 " if zh else " to ").join(value)
    if op in _SYMBOLS:
        return f"{_SYMBOLS[op]} {number_text(value, language)}"
    if op == "matches":
        return f"{'匹配' if zh else 'matches'} {_quote(value) if quoted else value}"
    several = value if isinstance(value, tuple) else (value,)
    items = (", " if not zh else "、").join(_word(one, column, zh, quoted, len(several) > 1) for one in several)
    if op == "starts_with":
        return f"以 {items} 开头" if zh else f"starts with {items}"
    if op == "contains":
        return f"{'含' if zh else 'contains'} {items}" if column.kind != "list" or column.op else items
    return f"{'非' if zh else 'not'} {items}" if op in ("!=", "not_in") else items


def _word(value: Scalar, column: Column, zh: bool, quoted: bool, listed: bool) -> str:
    if isinstance(value, bool):
        if column.kind != "bool":
            return "true" if value else "false"
        return (YES if value else NO)[0 if zh else 2]
    if not isinstance(value, str):
        return number_text(value, "zh" if zh else "en", listed)
    label = column.labels.get(value)
    word = (label[0] if zh else label[1]) if label else value
    return _quote(word) if quoted else word


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
