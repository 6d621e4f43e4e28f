"""Values a fact could have to pass some comparisons: made from what the comparisons ask, nearest first.

Sound, not complete: each value found does pass; that none is found does not prove that none exists.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from ..language.branches import Literal
from ..language.conditions import Leaf
from ..language.operators import holds
from ..language.values import Value, is_number, kind_of, moment, same

_FAR = 1e12


def nearest(literals: Sequence[Literal], present: Value | None, now: datetime) -> tuple[bool, Value | None]:
    """Return (True, value) for the value nearest to `present` that passes all comparisons, or (False, None).

    All literals must be about one fact. The value None means: the fact must be missing.
    """
    fitting = [value for value in _all(literals, present, now) if _passes(literals, value, now)]
    if not fitting:
        return False, None
    return True, min(fitting, key=lambda value: (distance(present, value, now), str(value)))


def distance(present: Value | None, value: Value | None, now: datetime) -> float:
    """Say how far a value lies from the present one: numbers and moments by their difference, else 0 or far."""
    if present is None or value is None:
        return 0.0 if present is value else 1.0
    if is_number(present) and is_number(value):
        return _apart(present, value)
    first, last = moment(present, now), moment(value, now)
    if first is not None and last is not None:
        return abs((last - first).total_seconds())
    if isinstance(present, list) and isinstance(value, list):
        return float(len(present) + len(value) - 2 * sum(any(same(a, b) for b in value) for a in present))
    return 0.0 if kind_of(present) == kind_of(value) and present == value else _FAR


def _apart(left: int | float, right: int | float) -> float:
    try:
        # Whole numbers beyond 2**53 differ where their floats do not.
        return float(abs(left - right))
    except OverflowError:
        return math.inf


def _passes(literals: Iterable[Literal], value: Value | None, now: datetime) -> bool:
    return all(
        isinstance(one.condition, Leaf) and holds(one.condition.op, value, one.condition.value, now) is not one.negated
        for one in literals
    )


def _all(literals: Sequence[Literal], present: Value | None, now: datetime) -> Iterator[Value | None]:
    yield present
    leaves = [one.condition for one in literals if isinstance(one.condition, Leaf)]
    numbers = sorted({float(n) if isinstance(n, float) else n for leaf in leaves for n in _numbers(leaf)})
    for number in numbers:
        yield from (number, number + 1, number - 1)
    for low, high in pairwise(numbers):
        yield low + (high - low) / 2
    for leaf in leaves:
        yield from _of(leaf, present, now)
    texts = [leaf.value for leaf in leaves if leaf.op in ("starts_with", "contains") and isinstance(leaf.value, str)]
    if texts:
        starts = [leaf.value for leaf in leaves if leaf.op == "starts_with"]
        yield "".join(dict.fromkeys([*starts, *texts]))
    wanted = [leaf.value for leaf in leaves if leaf.op == "contains"]
    if wanted:
        yield wanted
    yield from ("…", 0, True, False, None)


def _numbers(leaf: Leaf) -> Iterator[int | float]:
    values = leaf.value if isinstance(leaf.value, list | tuple) else [leaf.value]
    yield from (value for value in values if is_number(value))


def _of(leaf: Leaf, present: Value | None, now: datetime) -> Iterator[Value | None]:
    """Yield the values that one comparison suggests, for it to hold and for it not to."""
    op, value = leaf.op, leaf.value
    if op in ("==", "!=", "contains", "starts_with"):
        yield value
        if isinstance(value, str):
            yield f"{value}…"
            yield f"{present}{value}" if isinstance(present, str) else f"…{value}"
        elif isinstance(value, bool):
            yield not value
    if op == "contains" and isinstance(present, list):
        yield [*present, value]
        yield [item for item in present if not same(item, value)] or None
    if op in ("in", "not_in", "between"):
        yield from value
    if op == "matches":
        yield str(value).strip("^$")
    if op in ("before", "after", "between"):
        for text in value if op == "between" else [value]:
            at = moment(text, now)
            if at is not None:
                yield from (_iso(at + timedelta(seconds=n)) for n in (0, 1, -1))
    if op in ("within_hours", "older_than_hours"):
        edge = now - timedelta(hours=float(value))
        yield from (_iso(edge + timedelta(minutes=n)) for n in (0, 1, -1))
        yield _iso(now)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds" if not at.microsecond else "auto")
