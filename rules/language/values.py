"""The values rules work on: text, number, bool, moment and lists of these, and how facts become them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeGuard

from .errors import FactError, shown

Scalar = str | bool | int | float
Value = Scalar | list[Scalar]
# Where a condition looks: a fact's name, or (name,) for what rules derive, which no fact can be called.
Key = str | tuple[str]

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
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return kind_of(left) == kind_of(right) and left == right


def typed(value: Value) -> Any:
    """Return a dictionary key that exactly the values which are `same` as this one share."""
    if isinstance(value, list):
        return ("list", *(typed(item) for item in value))
    # Python holds 1 and True equal.
    return (value,) if isinstance(value, bool) else value


def key_for(name: str, derived: bool) -> Key:
    """Return where a view keeps the fact `name`, or the derived fact of that name."""
    return (name,) if derived else name


def is_number(value: object) -> TypeGuard[int | float]:
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
    kind = type(value)
    if kind is str:
        return value or None  # type: ignore[return-value]
    if kind is int or kind is bool:
        return value  # type: ignore[return-value]
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


class FactView(dict[Key, "Value | None"]):
    """The facts of one evaluation: normalised when first read, plus what rules derived, plus the moment.

    It is itself the dictionary of what was read so far (see `key_for`): a compiled condition takes one
    look into it, and only a fact that nobody read yet is looked up and normalised.
    """

    __slots__ = ("_derived", "facts", "found", "now")

    def __init__(self, facts: Mapping[str, Any], now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError(f"now={now!r} has no time zone; give an aware datetime")
        self.now = now
        self.facts = facts
        self._derived: Mapping[str, Scalar] = _NOTHING
        # For each rule whose `match` found rows in this evaluation, by id, the view that shows them.
        self.found: dict[str, FactView] | None = None

    def __missing__(self, key: Key) -> Value | None:
        value: Any
        if type(key) is tuple:
            value = self._derived.get(key[0])
        else:
            value = self.facts.get(key)  # type: ignore[arg-type]
            kind = type(value)
            if kind is str:
                value = value or None
            elif kind is not int and kind is not bool and value is not None:
                value = normalise(key, value)  # type: ignore[arg-type]
        self[key] = value
        return value  # type: ignore[no-any-return]

    @property
    def derived(self) -> Mapping[str, Scalar]:
        """What rules derived so far."""
        return self._derived

    @derived.setter
    def derived(self, derived: Mapping[str, Scalar]) -> None:
        self._derived = derived
        for key in [key for key in self if isinstance(key, tuple)]:
            del self[key]

    def derive(self, derived: Mapping[str, Scalar], changed: Iterable[str]) -> None:
        """Take over what rules derive now; `changed` are the names that are otherwise than before."""
        self._derived = derived
        for name in changed:
            self.pop((name,), None)

    def copy(self, more: Mapping[str, Value | None] = MappingProxyType({})) -> FactView:
        """Return a view of the same facts that may be shown rows as well; `more` are rows' fields to begin with."""
        other = FactView(self.facts, self.now)
        other._derived = self._derived
        other.update(self)
        other.update(more)
        return other

    def get(self, name: str) -> Value | None:  # type: ignore[override]
        """Return the fact `name` or None when it is missing."""
        return self[name]


_NOTHING: Mapping[str, Scalar] = MappingProxyType({})
