"""Cells written for people, as texts that read back to the same cells."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..language.values import Scalar, is_number
from .cell_parser import cell_of
from .cells import NO, YES, BadCell, Cell, Column, label_of

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


def offered_op(column: Column) -> str:
    """Return what a bare value of the column means."""
    return column.op or ("contains" if column.kind == "list" else "==")


def offers(column: Column, values: Iterable[Scalar], language: str) -> list[str]:
    """Return values as texts that `cell_of` takes when they are typed: a bare value of the column each."""
    op = offered_op(column)
    return list(dict.fromkeys(cell_text(Cell(((op, value),)), column, language) for value in values))


def examples(column: Column, language: str) -> list[str]:
    """Return how cells of a column may read: each text is taken when it is typed."""
    cells: list[Cell] = []
    if column.kind == "number":
        low, high = (200_000, 500_000) if column.money else (20, 50)
        cells = [Cell(((">=", high),)), Cell((("between", (low, high)),))]
    elif column.kind == "datetime":
        cells = [Cell((("before", "2026-01-31"),)), Cell((("within_hours", 24),))]
    elif column.kind == "bool":
        cells = [Cell((("==", True),))]
    elif column.options:
        some = column.options[:2]
        cells = [Cell((("in", some) if len(some) > 1 and column.kind == "text" else (offered_op(column), some[0]),))]
    return [cell_text(one, column, language) for one in (*cells, Cell((("missing", None),)))]


def stored(cell: Cell, column: Column) -> Any:
    """Return the cell as a document keeps it: a text that everybody reads alike, or else its structured form."""
    text = cell_text(cell, column.untyped)
    return cell.document() if text.startswith("{") else text


def number_text(value: int | float, language: str, listed: bool = False, *, money: bool = False) -> str:
    """Return a number for people: 100 万 in Chinese, 1,000,000 in English; plain digits in a list.

    An amount of money says so: 100 万元, ¥1,000,000.
    """
    if money:
        plain = number_text(value, language)
        if language != "zh":
            return f"¥{plain}"
        return f"{plain}元" if plain.endswith("万") else f"{plain} 元"
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
        return _PHRASES[op][0 if zh else 1].format(_moment(value))
    if op == "between":
        if is_number(value[0]):
            low, high = (number_text(one, language, money=column.money) for one in value)
            for unit in (" 万元", " 万", " 元"):  # Written once, it is both ends'.
                if low.endswith(unit) and high.endswith(unit):
                    low = low.removesuffix(unit)
            return f"{low}–{high}"
        return (" 至 " if zh else " to ").join(_moment(one) for one in value)
    if op in _SYMBOLS:
        return f"{_SYMBOLS[op]} {number_text(value, language, money=column.money)}"
    if op == "matches":
        return f"{'匹配' if zh else 'matches'} {_quote(value) if quoted else value}"
    several = value if isinstance(value, tuple) else (value,)
    items = (", " if not zh else "、").join(_word(one, column, zh, quoted, len(several) > 1) for one in several)
    if op == "starts_with":
        return f"以 {items} 开头" if zh else f"starts with {items}"
    if op == "contains":
        return f"{'含' if zh else 'contains'} {items}" if column.kind != "list" or column.op else items
    return f"{'非' if zh else 'not'} {items}" if op in ("!=", "not_in") else items


def _moment(value: Any) -> Any:
    """Return a moment with a blank between day and hour."""
    return value.replace("T", " ") if isinstance(value, str) else value


def _word(value: Scalar, column: Column, zh: bool, quoted: bool, listed: bool) -> str:
    if isinstance(value, bool):
        if column.kind != "bool":
            return "true" if value else "false"
        return (YES if value else NO)[0 if zh else 2]
    if not isinstance(value, str):
        return number_text(value, "zh" if zh else "en", listed, money=column.money)
    word = label_of(value, column.labels, "zh" if zh else "en")
    return _quote(word) if quoted else word


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
