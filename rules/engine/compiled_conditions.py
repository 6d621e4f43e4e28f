"""Conditions as Python closures: `closure_of(condition)(view)` says what `conditions.holds` would say, faster.

Only the frequent operators have a closure of their own; the others call the operator table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..language.conditions import All, Condition, Leaf, Not
from ..language.operators import OPERATORS, compare
from ..language.values import FactView, Key, Scalar, kind_of

Test = Callable[[FactView], bool]
# What an index looks a value up by: Python holds 1 and True equal, so bools stand in a tuple.
Indexed = str | int | float | tuple[bool]


def indexed(value: Scalar) -> Indexed:
    """Return the dictionary key under which exactly the values that are `same` as this one are found."""
    return (value,) if isinstance(value, bool) else value


def closure_of(condition: Condition) -> Test:
    """Return the closure that says whether a condition holds for a view."""
    if isinstance(condition, Leaf):
        return _leaf(condition)
    if isinstance(condition, Not):
        inner = closure_of(condition.item)
        return lambda view: not inner(view)
    tests = [closure_of(item) for item in condition.items]
    return all_of(tests) if isinstance(condition, All) else _any_of(tests)


def all_of(tests: Sequence[Test]) -> Test:
    """Return the closure that asks the tests in order until one fails."""
    if not tests:
        return lambda view: True
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda view: first(view) and second(view)
    if len(tests) == 3:
        one, two, three = tests
        return lambda view: one(view) and two(view) and three(view)
    several = tuple(tests)

    def every(view: FactView) -> bool:
        for test in several:  # noqa: SIM110 — a generator costs as much as the tests
            if not test(view):
                return False
        return True

    return every


def _any_of(tests: Sequence[Test]) -> Test:
    if not tests:
        return lambda view: False
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda view: first(view) or second(view)
    several = tuple(tests)

    def some(view: FactView) -> bool:
        for test in several:  # noqa: SIM110 — a generator costs as much as the tests
            if test(view):
                return True
        return False

    return some


def _leaf(leaf: Leaf) -> Test:
    key, other = leaf.key, leaf.than_key
    if other is not None:
        return _two(leaf.op, key, other)
    special = _SPECIAL.get(leaf.op)
    if special is not None:
        return special(key, leaf.value)
    operator, value = OPERATORS[leaf.op].holds, leaf.value

    def general(view: FactView) -> bool:
        fact = view[key]
        return fact is not None and operator(fact, value, view.now)

    return general


def _two(op: str, key: Key, other: Key) -> Test:
    """Return the closure that compares two facts; two texts, the usual case, straight away."""
    equal, differ = op == "==", op == "!="

    def two(view: FactView) -> bool:
        left, right = view[key], view[other]
        if type(left) is str and type(right) is str:
            if equal:
                return left == right
            if differ:
                return left != right
        return compare(op, left, right, view.now)

    return two


def _equal(key: Key, value: Any) -> Test:
    kind = kind_of(value)
    if kind == "bool":  # There is one True and one False, and a normalised fact is one of them or neither.
        return lambda view: view[key] is value
    if kind == "text":
        return lambda view: view[key] == value

    def number(view: FactView) -> bool:
        fact = view[key]
        return fact == value and fact is not True and fact is not False

    return number


def _unequal(key: Key, value: Any) -> Test:
    equal = _equal(key, value)
    return lambda view: view[key] is not None and not equal(view)


def _below(key: Key, value: Any) -> Test:
    def below(view: FactView) -> bool:
        fact = view[key]
        kind = type(fact)
        return (kind is int or kind is float) and fact < value

    return below


def _at_most(key: Key, value: Any) -> Test:
    def at_most(view: FactView) -> bool:
        fact = view[key]
        kind = type(fact)
        return (kind is int or kind is float) and fact <= value

    return at_most


def _above(key: Key, value: Any) -> Test:
    def above(view: FactView) -> bool:
        fact = view[key]
        kind = type(fact)
        return (kind is int or kind is float) and fact > value

    return above


def _at_least(key: Key, value: Any) -> Test:
    def at_least(view: FactView) -> bool:
        fact = view[key]
        kind = type(fact)
        return (kind is int or kind is float) and fact >= value

    return at_least


def _in(key: Key, value: Any) -> Test:
    allowed = frozenset(indexed(one) for one in value)

    def member(view: FactView) -> bool:
        fact = view[key]
        kind = type(fact)
        if kind is bool:
            return (fact,) in allowed
        return kind is not list and fact in allowed

    return member


def _not_in(key: Key, value: Any) -> Test:
    member = _in(key, value)
    return lambda view: view[key] is not None and not member(view)


# (lowest, may equal it, highest, may equal it); None: no bound.
Bounds = tuple[int | float | None, bool, int | float | None, bool]


def narrowed(several: Iterable[Bounds]) -> Bounds:
    """Return the bounds that hold where all of several do."""
    low: int | float | None = None
    high: int | float | None = None
    with_low = with_high = True
    for first, with_first, last, with_last in several:
        if first is not None and (low is None or first > low or (first == low and not with_first)):
            low, with_low = first, with_first
        if last is not None and (high is None or last < high or (last == high and not with_last)):
            high, with_high = last, with_last
    return low, with_low, high, with_high


def within(key: Key, several: Iterable[Bounds]) -> Test:
    """Return one closure for all bounds of one number."""
    low, with_low, high, with_high = narrowed(several)
    if low is None or high is None:
        below, above = (_at_most if with_high else _below), (_at_least if with_low else _above)
        return below(key, high) if low is None else above(key, low)
    if with_low and not with_high:

        def half_open(view: FactView) -> bool:
            fact = view[key]
            kind = type(fact)
            return (kind is int or kind is float) and low <= fact < high  # type: ignore[operator]

        return half_open
    return all_of([(_at_least if with_low else _above)(key, low), (_at_most if with_high else _below)(key, high)])


_SPECIAL: dict[str, Callable[[Key, Any], Test]] = {
    "==": _equal,
    "!=": _unequal,
    "<": _below,
    "<=": _at_most,
    ">": _above,
    ">=": _at_least,
    "in": _in,
    "not_in": _not_in,
    "missing": lambda key, value: lambda view: view[key] is None,
    "present": lambda key, value: lambda view: view[key] is not None,
}
