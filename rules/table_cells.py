"""The cells of a decision table: what people type in a grid or a spreadsheet, and what it asks, both ways.

`≥ 1000000`, `30 万–99 万`, `精密加工, 汽车`, `非 教育`, `空`, `-`; the English spellings are read too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import closest
from .operators import OPERATORS
from .values import Scalar, is_number, is_scalar, kind_of, moment

MISSING_WORDS = ("空", "空白", "未填", "（空）", "missing", "blank", "empty")
PRESENT_WORDS = ("非空", "非 空", "有值", "已填", "present", "not missing", "not empty")
ANY_WORDS = ("", "-", "－", "—", "–", "*", "任意", "any")
LONGEST = 4000

_TRUE = ("是", "真", "yes", "true")
_FALSE = ("否", "假", "no", "false")
_NUMBER = r"[¥￥]?\s*[-+−]?\d[\d,_]*(?:\.\d+)?(?:[eE][-+]?\d+)?\s*(?:万|亿|千|[kKmM](?![a-zA-Z]))?\s*元?"
_UNITS = {"千": 3, "k": 3, "万": 4, "m": 6, "亿": 8}
_RANGE = re.compile(rf"({_NUMBER})\s*(?:–|—|-|~|～|至|到|\bto\b|\.\.\.?|…)\s*({_NUMBER})")
_DATES = re.compile(r"(\S+(?: \d\S*)?)\s*(?:–|—|~|～|至|到|\bto\b|\.\.\.?)\s*(\S+(?: \d\S*)?)")
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
_STARTS = sorted(_COMPARE, key=len, reverse=True)
_SYMBOLS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}


class BadCell(Exception):
    """A cell that can't be read: `.zh` and `.en` say why, `.word` and `.allowed` what was perhaps meant."""

    def __init__(self, zh: str, en: str, word: str = "", allowed: Sequence[str] = ()) -> None:
        super().__init__(en)
        self.zh, self.en, self.word, self.allowed = zh, en, word, tuple(allowed)

    def text(self, language: str) -> str:
        """Return the sentence in "zh" or "en", with the value that was perhaps meant."""
        meant = closest(self.word, self.allowed) if self.word else None
        if language == "zh":
            return self.zh + (f"；是否想写「{meant}」？" if meant else "")
        return self.en + (f"; did you mean {meant!r}?" if meant else "")


@dataclass(frozen=True)
class Column:
    """An input column: which fact it looks at, and how a cell of it is read.

    `kind` is the fact's type, None when unknown; `op` is what a bare value means (None: equals).
    """

    name: str
    derived: bool = False
    kind: str | None = None
    options: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict, compare=False)
    op: str | None = None
    title: tuple[str, str] = ("", "")

    def leaf(self, op: str, value: Any = None) -> dict[str, Any]:
        """Return the comparison as a condition document."""
        found: dict[str, Any] = {"derived" if self.derived else "field": self.name, "op": op}
        if OPERATORS[op].takes_value:
            found["value"] = list(value) if isinstance(value, tuple) else value
        return found


Test = tuple[str, Any]


@dataclass(frozen=True)
class Cell:
    """All `tests` hold, or (with `or_missing`) the fact is missing. Without tests: anything, missing too."""

    tests: tuple[Test, ...] = ()
    or_missing: bool = False
    # Python holds 1 and True equal; two cells are the same only if their values are of one type.
    _typed: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "_typed", repr(self.tests))

    @property
    def any(self) -> bool:
        """Say whether every value, and none at all, passes."""
        return not self.tests

    def condition(self, column: Column) -> dict[str, Any] | None:
        """Return the condition document, None for a cell that takes anything."""
        if self.any:
            return None
        items = [_condition(column, op, value) for op, value in self.tests]
        found = items[0] if len(items) == 1 else {"all": items}
        return {"any": [found, column.leaf("missing")]} if self.or_missing else found

    def document(self) -> dict[str, Any] | None:
        """Return the structured form: None, {op, value} or {all: [{op, value}, …]}, with or_missing if set."""
        if self.any:
            return None
        items = [{"op": op} | ({"value": _plain(value)} if value is not None else {}) for op, value in self.tests]
        found: dict[str, Any] = items[0] if len(items) == 1 else {"all": items}
        return found | {"or_missing": True} if self.or_missing else found


ANY = Cell()


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


def cell_text(cell: Cell, column: Column, language: str = "zh") -> str:
    """Return the cell as text that `cell_of` reads back to the same cell."""
    for quoted in (False, True):
        text = _written(cell, column, language, quoted)
        try:
            if _from_text(text, column) == cell:
                return text
        except BadCell:
            continue
    return json.dumps(cell.document(), ensure_ascii=False)


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


def number_text(value: int | float, language: str, listed: bool = False) -> str:
    """Return a number for people: 100 万 in Chinese, 1,000,000 in English; plain digits in a list."""
    if isinstance(value, int) and not listed and abs(value) >= 10_000:
        if language == "zh" and value % 1000 == 0:
            return f"{format(Decimal(value).scaleb(-4).normalize(), 'f')} 万"
        return str(value) if language == "zh" else f"{value:,}"
    return str(value)


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
    return _checked(Cell(tuple(tests), bool(source.get("or_missing"))), column)


def _from_text(text: str, column: Column) -> Cell:
    if len(text) > LONGEST:
        raise BadCell(f"一格最多 {LONGEST} 个字", f"a cell holds at most {LONGEST} characters")
    text = text.strip()
    if text.lower() in ANY_WORDS:
        return ANY
    if text.startswith("{"):
        try:
            return cell_of(json.loads(text), column)
        except ValueError:
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
        return _checked(Cell(tuple(_test(part, column) for part in parts)), column)
    return _checked(Cell((_test(text, column),)), column)


def _test(text: str, column: Column) -> Test:
    """Read one comparison."""
    if column.kind == "datetime":
        return _dated(text)
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
                f"「{op}」只能比较数字，这一列是{_KIND_ZH[column.kind]}",
                f"{op!r} compares numbers; this column holds {_KIND_EN[column.kind]}",
            )
        return (op, read_number(rest))
    values = [_value(item, column, quoted) for item, quoted in _items(rest)]
    if not values:
        raise BadCell("缺少要比较的值", "needs a value to compare with")
    return _listed("not_in" if op == "!=" else "in", values)


_KIND_ZH = {"text": "文字", "bool": "是 / 否", "datetime": "时间", "list": "多选", "number": "数字"}
_KIND_EN = {"text": "text", "bool": "yes or no", "datetime": "moments", "list": "lists", "number": "numbers"}


def _start(text: str) -> tuple[str, str]:
    """Split a leading comparison sign or word from what follows."""
    lower = text.lower()
    for sign in _STARTS:
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
    if sign in ("<", ">") and moment(rest):
        return ("before" if sign == "<" else "after", rest)
    ends = _DATES.fullmatch(text)
    if ends and moment(ends[1]) and moment(ends[2]):
        return ("between", (ends[1], ends[2]))
    raise BadCell(
        f"「{text}」不是时间条件；可写：早于 2026-01-31、晚于 2026-01-31、2026-01-01 至 2026-03-31、近 24 小时",
        f"{text!r} is no condition on a moment; write: before 2026-01-31, after 2026-01-31, "
        "2026-01-01 to 2026-03-31, within 24 h",
    )


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
            raise BadCell(f"这一列是{_KIND_ZH[column.kind]}", f"this column holds {_KIND_EN[column.kind]}")
        return item  # type: ignore[return-value]
    if column.kind == "bool" or (column.kind is None and not quoted and item.lower() in ("true", "false")):
        if item.lower() in (*_TRUE, *_FALSE):
            return item.lower() in _TRUE
        raise BadCell(f"「{item}」不是「是」或「否」", f"{item!r} is neither yes nor no")
    if column.kind == "number":
        return read_number(item)
    if column.kind is None and not quoted and re.fullmatch(_NUMBER, item):
        return read_number(item)
    if item in column.options or not column.options:
        return item
    for value, words in column.labels.items():
        if item.lower() in (words[0].lower(), words[1].lower()):
            return value
    allowed = [*column.options, *(word for words in column.labels.values() for word in words)]
    raise BadCell(f"「{item}」不是可选的值", f"{item!r} is none of the options", item, allowed)


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


def _checked(cell: Cell, column: Column) -> Cell:
    """Refuse an operator that the column's type does not take."""
    for op, value in cell.tests:
        if column.kind is not None and column.kind not in OPERATORS[op].kinds:
            raise BadCell(
                f"这一列是{_KIND_ZH[column.kind]}，不能用「{op}」",
                f"this column holds {_KIND_EN[column.kind]}, which {op!r} does not take",
            )
        for one in value if isinstance(value, tuple) else (value,):
            known = column.options and op in ("==", "!=", "in", "not_in")
            if known and one not in column.options:
                raise BadCell(f"「{one}」不是可选的值", f"{one!r} is none of the options", str(one), column.options)
    return cell


def _condition(column: Column, op: str, value: Any) -> dict[str, Any]:
    if op == "contains" and isinstance(value, tuple):
        return {"any": [column.leaf(op, one) for one in value]}
    return column.leaf(op, value)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _written(cell: Cell, column: Column, language: str, quoted: bool) -> str:
    zh = language == "zh"
    if cell.any:
        return "-"
    words = (" 且 " if zh else " and ").join(_one(op, value, column, zh, quoted) for op, value in cell.tests)
    return f"{words} {'或 空' if zh else 'or missing'}" if cell.or_missing else words


def _one(op: str, value: Any, column: Column, zh: bool, quoted: bool) -> str:
    language = "zh" if zh else "en"
    if op == "missing":
        return "空" if zh else "missing"
    if op == "present":
        return "非空" if zh else "present"
    if op == "between":
        if is_number(value[0]):
            return "–".join(number_text(one, language) for one in value)
        return (" 至 " if zh else " to ").join(value)
    if op in _SYMBOLS:
        return f"{_SYMBOLS[op]} {number_text(value, language)}"
    if op in ("before", "after"):
        words = {"before": ("早于", "before"), "after": ("晚于", "after")}[op]
        return f"{words[0] if zh else words[1]} {value}"
    if op == "within_hours":
        return f"近 {value} 小时" if zh else f"within {value} h"
    if op == "older_than_hours":
        return f"超过 {value} 小时" if zh else f"older than {value} h"
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
        return (_TRUE if value else _FALSE)[0 if zh else 2]
    if not isinstance(value, str):
        return number_text(value, "zh" if zh else "en", listed)
    label = column.labels.get(value)
    word = (label[0] if zh else label[1]) if label else value
    return _quote(word) if quoted else word


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
