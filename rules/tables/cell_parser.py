"""What people type in a grid or a spreadsheet, read as cells.

`≥ 1000000`, `30 万–99 万`, `精密加工, 汽车`, `非 教育`, `空`, `-`; the English spellings are read too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ..language.operators import OPERATORS
from ..language.values import Scalar, is_scalar, kind_of, moment
from .cells import ANY, KIND_EN, KIND_ZH, NO, YES, BadCell, Cell, Column, Test, checked, values_called

MISSING_WORDS = ("空", "空白", "未填", "（空）", "missing", "blank", "empty")
PRESENT_WORDS = ("非空", "非 空", "有值", "已填", "present", "not missing", "not empty")
ANY_WORDS = ("", "-", "－", "—", "–", "*", "任意", "any")
LONGEST = 4000

_NUMBER = r"[¥￥]?\s*[-+−]?\d[\d,_]*(?:\.\d+)?(?:[eE][-+]?\d+)?\s*(?:万|亿|千|[kKmM](?![a-zA-Z]))?\s*元?"
_UNITS = {"千": 3, "k": 3, "万": 4, "m": 6, "亿": 8}
_RANGE = re.compile(rf"({_NUMBER})\s*(?:–|—|-|~|～|至|到|\bto\b|\.\.\.?|…)\s*({_NUMBER})")
_DATES = re.compile(r"(\S+(?: \d\S*)?)\s*(?:–|—|~|～|至|到|\bto\b|\.\.\.?)\s*(\S+(?: \d\S*)?)")
_DAY = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?(?:[ T](\d{2}:\d{2}\S*))?", re.ASCII)
_TIMELY = re.compile(r"\d-\d|\d\s*(?:小时|hours?|h)", re.I)
_OR_MISSING = re.compile(r"^(.*\S)\s*(?:或者?|\bor\b)\s*(?:空白?|未填|missing|blank|empty)$", re.S | re.I)
_AND = re.compile(r"\s*(?:并且|且|&&?|\band\b)\s*", re.I)
_SPLIT = re.compile(r"[，、;；\n]|,(?!\d{3}(?!\d))")
_HOURS = re.compile(r"(?:近|within(?: the last)?)\s*([\d.]+)\s*(?:小时|hours?|h)内?", re.I)
_OLDER = re.compile(r"(?:超过|早于|older than|over)\s*([\d.]+)\s*(?:小时|hours?|h)\s*(?:前|ago)?", re.I)

# Longest first: ">=" must not be read as ">".
_COMPARE = {
    **dict.fromkeys((">=", "≥", "≧", "大于等于", "不小于", "至少", "at least"), ">="),
    **dict.fromkeys(("<=", "≤", "≦", "小于等于", "不大于", "至多", "at most"), "<="),
    **dict.fromkeys(("!=", "≠", "<>", "不等于", "不是", "非", "除", "not in", "not"), "!="),
    **dict.fromkeys((">", "＞", "大于", "晚于", "after", "over"), ">"),
    **dict.fromkeys(("<", "＜", "小于", "早于", "before", "under"), "<"),
    **dict.fromkeys(("==", "=", "＝", "等于", "为"), "=="),
    **dict.fromkeys(("含有", "包含", "含", "contains"), "contains"),
    **dict.fromkeys(("以", "开头是", "starts with"), "starts_with"),
    **dict.fromkeys(("匹配", "matches"), "matches"),
}
_STARTS: dict[str, list[str]] = {}
for _sign in sorted(_COMPARE, key=len, reverse=True):
    _STARTS.setdefault(_sign[0], []).append(_sign)


def cell_of(source: object, column: Column) -> Cell:
    """Read a cell, typed text or structured. Raises BadCell."""
    if source is None:
        return ANY
    if isinstance(source, str):
        return _from_text(source, column)
    if isinstance(source, dict):
        return _from_mapping(source, column)
    if isinstance(source, list):
        return Cell((_listed("in", [_value(one, column) for one in source]),))
    if is_scalar(source):
        return Cell(((_bare(column), _value(source, column)),))
    raise BadCell("需要文字、数字或 {op, value}", "needs text, a number or {op, value}")


def document_cell(source: object, column: Column) -> Cell:
    """Read a cell as a document has it. Raises BadCell.

    A document means the same to every reader, so what the column knows of its fact only checks it.
    """
    cell = cell_of(source, column.untyped)
    return checked(cell, column)


def read_number(text: str) -> int | float:
    """Read a number as people type it: 1,000,000 · 86.4 万 · ¥500k. Raises BadCell."""
    clean = text.strip().lstrip("¥￥").replace("−", "-").replace("元", "").strip()
    unit = clean[-1:].lower()
    power = _UNITS.get(unit, 0)
    digits = (clean[:-1] if power else clean).strip().replace(",", "").replace("_", "")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        raise BadCell(f"「{text}」不是数字", f"{text!r} is no number") from None
    if not value.is_finite() or value.adjusted() > 30:
        raise BadCell(f"「{text}」不是可用的数字", f"{text!r} is no usable number")
    if power:
        value = value.scaleb(power)
    return int(value) if value == value.to_integral_value() else float(value)


def _number(text: str, column: Column) -> int | float:
    """Read a number of a column, with or without its unit; the refusal says how one is written. Raises BadCell."""
    clean = text.strip()
    for unit in column.unit:
        if unit and clean.lower().endswith(unit.lower()):
            clean = clean[: -len(unit)].strip()
    try:
        return read_number(clean)
    except BadCell as bad:
        if column.kind != "number":
            raise
        zh, en = (
            ("≥ 50 万元、20–50 万元", "≥ ¥500,000, ¥200,000–¥500,000")
            if column.money
            else ("≥ 50、20–50", "≥ 50, 20–50")
        )
        raise BadCell(f"{bad.zh}；可写：{zh}", f"{bad.en}; write: {en}") from None


def _from_mapping(source: Mapping[str, Any], column: Column) -> Cell:
    keys = set(source) - {"or_missing"}
    parts = source["all"] if keys == {"all"} else [{key: source[key] for key in keys}]
    if not isinstance(parts, list) or not parts or not isinstance(source.get("or_missing", False), bool):
        raise BadCell("需要 {op, value} 或 {all: […]}", "needs {op, value} or {all: […]}")
    tests: list[Test] = []
    for part in parts:
        op = part.get("op") if isinstance(part, dict) and set(part) <= {"op", "value"} else None
        operator = OPERATORS.get(op) if isinstance(op, str) else None
        if operator is None:
            raise BadCell("未知的运算符", "is no operator", str(op or ""), tuple(OPERATORS))
        value = part.get("value")
        several = isinstance(value, list) and op == "contains"
        fault = None if several and value else operator.fault(value)
        if fault:
            raise BadCell(*fault)
        tests.append((operator.name, tuple(value) if isinstance(value, list) else value))
    return checked(Cell(tuple(tests), bool(source.get("or_missing"))), column)


def _from_text(text: str, column: Column) -> Cell:
    if len(text) > LONGEST:
        raise BadCell(f"一格最多 {LONGEST} 个字", f"a cell holds at most {LONGEST} characters")
    text = text.strip()
    if text.lower() in ANY_WORDS:
        return ANY
    if text.startswith("{"):
        try:
            return cell_of(json.loads(text), column)
        except (ValueError, RecursionError):
            raise BadCell("不是可读的 JSON", "is no JSON that can be read") from None
    if text.lower() in MISSING_WORDS:
        return Cell((("missing", None),))
    if text.lower() in PRESENT_WORDS:
        return Cell((("present", None),))
    found = _OR_MISSING.match(text)
    if found:
        inner = _from_text(found[1], column)
        return inner if inner.any else Cell(inner.tests, True)
    parts = _AND.split(text)
    if len(parts) > 1 and all(_start(part)[0] for part in parts):
        return checked(Cell(tuple(_test(part, column) for part in parts)), column)
    return checked(Cell((_test(text, column),)), column)


def _test(text: str, column: Column) -> Test:
    """Read one comparison."""
    if column.kind == "datetime":
        return _dated(text)
    if column.kind is None and _TIMELY.search(text):
        try:
            return _dated(text)
        except BadCell:
            pass  # A text or a number that only looks like a moment.
    op, rest = _start(text)
    # 「以…开头」 ends in a word of its own.
    if op == "starts_with" and text.startswith("以"):
        if not rest.endswith("开头"):
            op, rest = "", text
        else:
            rest = rest.removesuffix("开头").strip()
    if not op:
        ranged = _RANGE.fullmatch(text) if column.kind in (None, "number") else None
        if ranged:
            return ("between", _ends(ranged[1], ranged[2]))
        op = _bare(column)
    if op in ("contains", "starts_with", "matches"):
        return _texts(op, rest, column)
    if op in ("<", "<=", ">", ">="):
        if column.kind not in (None, "number"):
            raise BadCell(
                f"「{op}」只能比较数字，这一列是{KIND_ZH[column.kind]}",
                f"{op!r} compares numbers; this column holds {KIND_EN[column.kind]}",
            )
        return (op, _number(rest, column))
    values = [_value(item, column, quoted) for item, quoted in _items(rest)]
    if not values:
        raise BadCell("缺少要比较的值", "needs a value to compare with")
    return _listed("not_in" if op == "!=" else "in", values)


def _start(text: str) -> tuple[str, str]:
    """Split a leading comparison sign or word from what follows."""
    lower = text.lower()
    for sign in _STARTS.get(lower[:1], ()):
        if lower.startswith(sign):
            rest = text[len(sign) :]
            # A word of letters ends at a space: 「notary」 is no 「not」.
            if sign[-1].isascii() and sign[-1].isalpha() and rest[:1] and not rest[0].isspace():
                continue
            # 「非」 and the like may begin a name; before a name they stand apart.
            if sign in ("非", "除", "为", "含") and rest[:1] and not rest[0].isspace() and rest[0] not in '"「':
                continue
            return _COMPARE[sign], rest.strip()
    return "", text


def _bare(column: Column) -> str:
    return column.op or ("contains" if column.kind == "list" else "==")


def _ends(low: str, high: str) -> tuple[int | float, int | float]:
    """Read a range; a unit written once at the end counts for both ends."""
    last = read_number(high)
    unit = high.strip().removesuffix("元").strip()[-1:]
    plain = low.strip().removesuffix("元").strip()[-1:].isdigit()
    if plain and unit.lower() in _UNITS and read_number(low + unit) <= last:
        return read_number(low + unit), last
    first = read_number(low)
    if first > last:
        raise BadCell(f"下限 {first} 大于上限 {last}", f"the lower end {first} is above the upper end {last}")
    return first, last


def _dated(text: str) -> Test:
    """Read a comparison of moments."""
    for pattern, op in ((_HOURS, "within_hours"), (_OLDER, "older_than_hours")):
        found = pattern.fullmatch(text)
        if found:
            return (op, read_number(found[1]))
    sign, rest = _start(text)
    if sign in ("<", ">") and moment(at := _iso(rest)):
        return ("before" if sign == "<" else "after", at)
    ends = _DATES.fullmatch(text)
    if ends and moment(low := _iso(ends[1])) and moment(high := _iso(ends[2])):
        return ("between", (low, high))
    raise BadCell(
        f"「{text}」不是时间条件；可写：早于 2026-01-31、晚于 2026-01-31、2026-01-01 至 2026-03-31、近 24 小时",
        f"{text!r} is no condition on a moment; write: before 2026-01-31, after 2026-01-31, "
        "2026-01-01 to 2026-03-31, within 24 h",
    )


def _iso(text: str) -> str:
    """Return a day, or a day and an hour, as ISO writes it; people write 2026年1月31日 and 2026/1/31, too."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return text
    year, month, day, hour = found.groups()
    return f"{year}-{int(month):02}-{int(day):02}" + (f"T{hour}" if hour else "")


def _texts(op: str, rest: str, column: Column) -> Test:
    if op == "matches":
        value = _unquoted(rest)
        fault = OPERATORS[op].fault(value)
        if fault:
            raise BadCell(*fault)
        return (op, value)
    items = [_value(item, column, quoted) if op == "contains" else item for item, quoted in _items(rest)]
    if not items or (op == "starts_with" and len(items) > 1):
        raise BadCell("需要一个值", "needs one value")
    return (op, items[0] if len(items) == 1 else tuple(items))


def _value(item: object, column: Column, quoted: bool = False) -> Scalar:
    """Turn one value into the column's type, a label into its option."""
    if not isinstance(item, str):
        if column.kind not in (None, "list", kind_of(item)):
            raise BadCell(f"这一列是{KIND_ZH[column.kind]}", f"this column holds {KIND_EN[column.kind]}")
        return item  # type: ignore[return-value]
    if column.kind == "bool" or (column.kind is None and not quoted and item.lower() in ("true", "false")):
        if item.lower() in (*YES, *NO):
            return item.lower() in YES
        raise BadCell(f"「{item}」不是「是」或「否」", f"{item!r} is neither yes nor no")
    if column.kind == "number":
        return _number(item, column)
    if column.kind is None and not quoted and re.fullmatch(_NUMBER, item):
        return read_number(item)
    if item in column.options or item in column.labels:
        return item
    called = values_called(item, column.labels)
    if len(called) == 1:
        return called[0]
    if called:
        zh, en = "、".join(called), ", ".join(called)
        raise BadCell(
            f"有 {len(called)} 个「{item}」；请写其中一个：{zh}",
            f"{len(called)} are called {item!r}; write which: {en}",
        )
    if not column.options:
        return item
    raise BadCell(f"「{item}」不是可选的值", f"{item!r} is none of the options", item, column.options, column.labels)


def _items(text: str) -> list[tuple[str, bool]]:
    """Split a list of values; a value in quotes (`"a, b"`, 「a、b」) is one, and may hold `""` for a quote."""
    found: list[tuple[str, bool]] = []
    rest = text.strip()
    while rest:
        quoted = re.match(r'"((?:[^"]|"")*)"|「([^「」]*)」', rest)
        if quoted:
            found.append((quoted[1].replace('""', '"') if quoted[1] is not None else quoted[2], True))
            rest = rest[quoted.end() :].lstrip()
            after = _SPLIT.match(rest)
            if rest and not after:
                raise BadCell("引号后面要用逗号隔开", "a quoted value is followed by a comma")
            rest = rest[after.end() :].strip() if after else rest
            continue
        split = _SPLIT.search(rest)
        item = (rest[: split.start()] if split else rest).strip()
        rest = rest[split.end() :].strip() if split else ""
        if item:
            found.append((item, False))
    return found


def _unquoted(text: str) -> str:
    items = _items(text) if text[:1] in ('"', "「") else []
    return items[0][0] if len(items) == 1 else text


def _listed(op: str, values: Sequence[Scalar]) -> Test:
    distinct = tuple({(kind_of(value), value): value for value in values}.values())
    fault = OPERATORS[op].fault(distinct)
    if fault:
        raise BadCell(*fault)
    if len(distinct) == 1:
        return ("==" if op == "in" else "!=", distinct[0])
    return (op, distinct)
