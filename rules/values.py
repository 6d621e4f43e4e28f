"""The values rules work on: text, number, bool, moment and lists of these, and how facts become them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .errors import FactError, shown

Scalar = str | bool | int | float
Value = Scalar | list[Scalar]

# Beyond this many digits a Decimal becomes a float: int() of 1E+1000000 would eat the machine.
_EXACT_DIGITS = 40


def kind_of(value: object) -> str:
    """Return "bool", "number", "text" or "list"; True is a bool and never the number 1."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "list"


def same(left: object, right: object) -> bool:
    """Say whether two values are equal and of one kind: 1 equals 1.0, but neither True nor "1"."""
    return kind_of(left) == kind_of(right) and left == right


def is_number(value: object) -> bool:
    """Say whether `value` is a finite number (bool is not)."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def is_scalar(value: object) -> bool:
    """Say whether `value` is text, bool or a finite number."""
    return isinstance(value, str | bool) or is_number(value)


def moment(text: object, now: datetime | None = None) -> datetime | None:
    """Read an ISO date or datetime; without an offset it lies in the zone of `now`. None if it is neither."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None and now is not None:
        found = found.replace(tzinfo=now.tzinfo)
    return found


def normalise(name: str, value: object) -> Value | None:
    """Turn one fact into a value rules read. None, "" and [] all mean missing: they become None.

    Raises FactError for anything else than text, bool, a finite number, a date(time) or a list of these.
    """
    if isinstance(value, list | tuple):
        return [_scalar(name, item) for item in value if item is not None] or None
    return None if value is None or value == "" else _scalar(name, value)


def _scalar(name: str, value: object) -> Scalar:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        whole = value.adjusted() < _EXACT_DIGITS and value == value.to_integral_value()
        value = int(value) if whole else float(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise FactError(
        f"事实「{name}」的值 {shown(value)} 无法用于规则；可用文本、数字、布尔、日期时间或它们的列表",
        f"fact {name!r} is {shown(value)} ({type(value).__name__}), which rules can't read; "
        "give text, a finite number, a bool, a date(time) or a list of these",
    )


class FactView:
    """The facts of one evaluation: normalised when first read, plus what rules derived, plus the moment."""

    def __init__(self, facts: Mapping[str, Any], now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError(f"now={now!r} has no time zone; give an aware datetime")
        self.now = now
        self.derived: Mapping[str, Scalar] = {}
        self._facts = facts
        self._read: dict[str, Value | None] = {}

    def get(self, name: str) -> Value | None:
        """Return the fact `name` or None when it is missing."""
        if name not in self._read:
            self._read[name] = normalise(name, self._facts.get(name))
        return self._read[name]
