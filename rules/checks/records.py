"""One way in which conditions hold, made into the facts of a record, related records included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..boxes.values import Part, passes, solve
from ..language.operators import compare
from ..language.values import Value, is_number, moment
from ..language.vocabulary import FieldType
from .alternatives import FACT, FROM_RULES, Crossing, Var, Way

TypeOf = Callable[[Var], FieldType | None]
_PASSES = 3
_FIRST: dict[str, Value] = {"number": 1000, "bool": True, "text": "其他", "list": ["其他"]}


@dataclass
class Shape:
    """Which rows rules ask for: for each rule's name of a row the collection, and how many such rows."""

    rows: dict[tuple[int, str], tuple[str, int]] = field(default_factory=dict)
    collections: set[str] = field(default_factory=set)
    scopes: int = 100

    def next_scope(self) -> int:
        """Return a number for one more rule's names of rows."""
        self.scopes += 1
        return self.scopes


def facts_of(way: Way, type_of: TypeOf, now: datetime, shape: Shape) -> dict[str, Any] | None:
    """Return facts with which all comparisons of the way come out as wanted, None if none were found."""
    values: dict[Var, Value | None] = {}
    for var, parts in way.parts.items():
        if var.scope == FROM_RULES:
            continue
        answer = solve(parts, type_of(var), now)
        if answer.verdict != "found":
            return None
        values[var] = answer.value
    if way.crossings and not _settle(way, values, type_of, now):
        return None
    return _facts(values, shape)


def _facts(values: dict[Var, Value | None], shape: Shape) -> dict[str, Any]:
    facts: dict[str, Any] = {
        var.name: value for var, value in values.items() if var.scope == FACT and value is not None
    }
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in sorted(shape.collections)}
    for (scope, alias), (collection, count) in shape.rows.items():
        row = {
            var.name.partition(".")[2]: value
            for var, value in values.items()
            if var.scope == scope and var.name.startswith(f"{alias}.") and value is not None
        }
        missing = count - sum(1 for one in rows[collection] if one == row)
        rows[collection] += [dict(row) for _ in range(missing)]
    return facts | rows


def _settle(way: Way, values: dict[Var, Value | None], type_of: TypeOf, now: datetime) -> bool:
    """Change values until the comparisons between facts come out too; a few rounds, for they may hang together."""
    for _ in range(_PASSES):
        open_ones = [one for one in way.crossings if not _comes_out(one, values, now)]
        if not open_ones:
            return True
        for crossing in open_ones:
            if not _mend(crossing, way, values, type_of, now):
                return False
    return all(_comes_out(one, values, now) for one in way.crossings)


def _comes_out(one: Crossing, values: dict[Var, Value | None], now: datetime) -> bool:
    return compare(one.op, values.get(one.left), values.get(one.right), now) is one.positive


def _mend(one: Crossing, way: Way, values: dict[Var, Value | None], type_of: TypeOf, now: datetime) -> bool:
    if FROM_RULES in (one.left.scope, one.right.scope):
        return False
    for moving, fixed in ((one.left, one.right), (one.right, one.left)):
        base = values.get(fixed)
        fixed_parts = way.parts.get(fixed, ())
        if base is None:
            base = _some_value(fixed_parts, type_of(fixed) or type_of(moving), now)
        for candidate in _near(base, now):
            trial = {**values, fixed: base, moving: candidate}
            fits = _fits(way.parts.get(moving, ()), candidate, type_of(moving), now)
            if fits and _fits(fixed_parts, base, type_of(fixed), now) and _comes_out(one, trial, now):
                values.update(trial)
                return True
    return False


def _some_value(parts: tuple[Part, ...], known: FieldType | None, now: datetime) -> Value | None:
    if known is not None and known.options:
        return known.options[0] or None
    kind = known.kind if known is not None else "number"
    value = now.isoformat() if kind == "datetime" else _FIRST[kind]
    return value if _fits(parts, value, known, now) else None


def _near(base: Value | None, now: datetime) -> list[Value | None]:
    """Return values that stand in each relation to `base`: the same, above, below, another."""
    if is_number(base):
        return [base, base + 1, base - 1, None]
    at = moment(base, now)
    if at is not None:
        return [base, *((at + timedelta(hours=n)).isoformat() for n in (1, -1)), None]
    if isinstance(base, bool):
        return [base, not base, None]
    return [base, f"{base}甲", None] if isinstance(base, str) else [base, None]


def _fits(parts: tuple[Part, ...], value: Value | None, known: FieldType | None, now: datetime) -> bool:
    if known is not None and known.options and value is not None and value not in known.options:
        return False
    return passes(parts, value, now)
