"""The cells of a decision table: what each asks of a fact, and what its column knows of that fact.

People's texts are read by cell_parser.py and written by cell_texts.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..language.errors import closest
from ..language.operators import OPERATORS
from ..language.values import Key, Scalar, key_for, kind_of

KIND_ZH = {"text": "文字", "bool": "是 / 否", "datetime": "时间", "list": "多选", "number": "数字"}
KIND_EN = {"text": "text", "bool": "yes or no", "datetime": "moments", "list": "lists", "number": "numbers"}
YUAN = "元"
YES = ("是", "真", "yes", "true")
NO = ("否", "假", "no", "false")


OP_WORDS = {
    "contains": ("含", "contains"),
    "starts_with": ("以…开头", "starts with"),
    "matches": ("匹配", "matches"),
    "before": ("早于", "before"),
    "after": ("晚于", "after"),
    "within_hours": ("近…小时", "within … h"),
    "older_than_hours": ("超过…小时", "older than … h"),
    "between": ("至", "to"),
    "in": ("是其中之一", "one of"),
    "not_in": ("非", "not"),
    ">=": ("≥", "≥"),
    "<=": ("≤", "≤"),
}
"""Comparisons as people write them in a cell, where that is not the sign itself."""
Labels = Mapping[str, tuple[str, str]]


def label_of(value: str, labels: Labels, language: str) -> str:
    """Return what a value is called, or the value itself where that would be the name of another one, too."""
    words = labels.get(value)
    word = (words[0] if language == "zh" else words[1]) if words else ""
    return word if word and values_called(word, labels) == [value] else value


def values_called(word: str, labels: Labels) -> list[str]:
    """Return the values that are called so, in either language; capitals make no difference."""
    return [value for value, words in labels.items() if word.lower() in (words[0].lower(), words[1].lower())]


def meant_by(word: str, allowed: Iterable[str], labels: Labels, language: str) -> str | None:
    """Return the value that a word was perhaps meant to be, as people call it in a language."""
    found = closest(word, allowed)
    if found is None:
        return None
    values = [found] if found in labels else values_called(found, labels)
    return label_of(values[0], labels, language) if len(values) == 1 else found


class BadCell(Exception):
    """A cell that can't be read: `.zh` and `.en` say why, `.word` and `.allowed` what was perhaps meant.

    `.labels` are what the allowed values are called, where people may write that.
    """

    def __init__(
        self, zh: str, en: str, word: str = "", allowed: Sequence[str] = (), labels: Labels | None = None
    ) -> None:
        super().__init__(en)
        self.zh, self.en, self.word, self.allowed, self.labels = zh, en, word, tuple(allowed), labels or {}

    @property
    def called(self) -> tuple[str, ...]:
        """What the allowed values are called, in both languages."""
        return tuple(word for pair in self.labels.values() for word in pair if word)

    def text(self, language: str) -> str:
        """Return the sentence in "zh" or "en", with the value that was perhaps meant."""
        meant = meant_by(self.word, (*self.allowed, *self.called), self.labels, language) if self.word else None
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
    known: tuple[str, ...] | None = field(default=None, compare=False)
    unit: tuple[str, str] = field(default=("", ""), compare=False)

    @property
    def money(self) -> bool:
        """Say whether its values are amounts of money, which carry their unit."""
        return self.unit[0] == YUAN

    @property
    def key(self) -> Key:
        """Where a view keeps the fact it looks at."""
        return key_for(self.name, self.derived)

    @property
    def untyped(self) -> Column:
        """This column as one sees it who does not know its fact."""
        return Column(self.name, self.derived, op=self.op)

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


def checked(cell: Cell, column: Column) -> Cell:
    """Return the cell. Raises BadCell for an operator or a value that the column's type does not take."""
    for op, value in cell.tests:
        if column.kind is not None and column.kind not in OPERATORS[op].kinds:
            hint = ("；多选请写「含 …」", "; write 'contains …'") if column.kind == "list" else ("", "")
            raise BadCell(
                f"这一列是{KIND_ZH[column.kind]}，不能用「{OP_WORDS.get(op, (op, op))[0]}」{hint[0]}",
                f"this column holds {KIND_EN[column.kind]}, which {OP_WORDS.get(op, (op, op))[1]!r} does not take{hint[1]}",
            )
        if op in ("==", "!=", "in", "not_in"):
            for one in value if isinstance(value, tuple) else (value,):
                _check_value(one, column)
        elif op == "contains" and column.kind == "list" and column.known is not None:
            for one in value if isinstance(value, tuple) else (value,):
                if one not in column.known:
                    raise no_name(one, column)
        elif op == "between" and column.kind and (kind_of(value[0]) == "number") is not (column.kind == "number"):
            raise BadCell(f"这一列是{KIND_ZH[column.kind]}", f"this column holds {KIND_EN[column.kind]}")
    return cell


def _check_value(value: Scalar, column: Column) -> None:
    if column.kind is not None and kind_of(value) != column.kind:
        hint = ('；文字里的数字请加引号，如 "2026"', '; quote digits that are text, as in "2026"')
        zh, en = hint if column.kind == "text" else ("", "")
        raise BadCell(f"这一列是{KIND_ZH[column.kind]}{zh}", f"this column holds {KIND_EN[column.kind]}{en}")
    if column.options and value not in column.options:
        raise BadCell(
            f"「{value}」不是可选的值",
            f"{value!r} is none of the options",
            _meant(value, column),
            column.options,
        )
    if column.known is not None and value not in column.known:
        raise no_name(value, column)


def no_name(value: Scalar, column: Column) -> BadCell:
    """Return the refusal of a name that nothing has."""
    return BadCell(
        f"没有「{value}」这个名称", f"{value!r} is no name that is there", str(value), column.known or (), column.labels
    )


def _meant(value: Scalar, column: Column) -> str:
    """Return the option whose label was written in its place, or else what was written."""
    return next((option for option, words in column.labels.items() if value in words), str(value))


def _condition(column: Column, op: str, value: Any) -> dict[str, Any]:
    if op == "contains" and isinstance(value, tuple):
        return {"any": [column.leaf(op, one) for one in value]}
    return column.leaf(op, value)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
