"""The operators of the condition language: which value each takes, which field it fits, what it means.

A missing field makes every operator false except `missing`; that holds for `!=` and `not_in` too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .patterns import pattern_fault, pattern_found
from .values import Value, is_number, is_scalar, moment, same

Fault = tuple[str, str] | None
LONGEST_LIST = 500


@dataclass(frozen=True)
class Operator:
    """One operator: `fault` judges a rule's value (None: fine), `holds` a present fact against it."""

    name: str
    kinds: frozenset[str]
    fault: Callable[[object], Fault]
    holds: Callable[[Value, Any, datetime], bool]
    takes_value: bool = True


def _any_scalar(value: object) -> Fault:
    return None if is_scalar(value) else ("需要一个文本、数字或布尔值", "needs a text, number or bool")


def _number(value: object) -> Fault:
    return (
        None
        if is_number(value)
        else ("需要一个数字（时间请用 before、after）", "needs a number (for times: before, after)")
    )


def _hours(value: Any) -> Fault:
    fine = is_number(value) and 0 <= float(value) <= 1_000_000
    return None if fine else ("需要 0 到 1000000 之间的小时数", "needs a number of hours from 0 to 1000000")


def _text(value: Any) -> Fault:
    return None if isinstance(value, str) and value else ("需要一段文本", "needs a text")


def _scalars(value: object) -> Fault:
    if isinstance(value, list | tuple) and 0 < len(value) <= LONGEST_LIST and all(is_scalar(item) for item in value):
        return None
    return (
        f"需要 1 到 {LONGEST_LIST} 个值的列表",
        f"needs a list of 1 to {LONGEST_LIST} texts, numbers or bools",
    )


def _moment(value: object) -> Fault:
    return (
        None if moment(value) else ("需要 ISO 日期时间，如 2025-01-31 或 2025-01-31T09:00+08:00", "needs an ISO date")
    )


def _range(value: object) -> Fault:
    if isinstance(value, list | tuple) and len(value) == 2:
        low, high = value
        if is_number(low) and is_number(high) and low <= high:
            return None
        if moment(low) and moment(high):
            return None
    return ("需要 [下限, 上限]，两个数字或两个日期时间", "needs [low, high]: two numbers, or two ISO dates")


def _pattern(value: object) -> Fault:
    return _text(value) or pattern_fault(str(value))


def _nothing(value: object) -> Fault:
    return None if value is None else ("不带 value", "takes no value")


def _contains(fact: Value, value: Any, now: datetime) -> bool:
    if isinstance(fact, list):
        return any(same(item, value) for item in fact)
    return isinstance(fact, str) and isinstance(value, str) and value in fact


def _between(fact: Value, value: Any, now: datetime) -> bool:
    low, high = value
    if is_number(low):
        return is_number(fact) and low <= fact <= high
    at, first, last = moment(fact, now), moment(low, now), moment(high, now)
    return at is not None and first is not None and last is not None and first <= at <= last


def _before(fact: Value, value: Any, now: datetime) -> bool:
    at, limit = moment(fact, now), moment(value, now)
    return at is not None and limit is not None and at < limit


def _after(fact: Value, value: Any, now: datetime) -> bool:
    at, limit = moment(fact, now), moment(value, now)
    return at is not None and limit is not None and at > limit


def _within(fact: Value, value: Any, now: datetime) -> bool:
    at = moment(fact, now)
    return at is not None and timedelta(0) <= now - at <= timedelta(hours=value)


def _older(fact: Value, value: Any, now: datetime) -> bool:
    at = moment(fact, now)
    return at is not None and now - at > timedelta(hours=value)


def _kinds(*names: str) -> frozenset[str]:
    return frozenset(names)


_SCALAR = _kinds("text", "number", "bool")
_ALL = _kinds("text", "number", "bool", "datetime", "list")

OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("==", _SCALAR, _any_scalar, lambda fact, value, now: same(fact, value)),
        Operator("!=", _SCALAR, _any_scalar, lambda fact, value, now: not same(fact, value)),
        Operator("<", _kinds("number"), _number, lambda fact, value, now: is_number(fact) and fact < value),
        Operator("<=", _kinds("number"), _number, lambda fact, value, now: is_number(fact) and fact <= value),
        Operator(">", _kinds("number"), _number, lambda fact, value, now: is_number(fact) and fact > value),
        Operator(">=", _kinds("number"), _number, lambda fact, value, now: is_number(fact) and fact >= value),
        Operator("in", _SCALAR, _scalars, lambda fact, value, now: any(same(fact, one) for one in value)),
        Operator("not_in", _SCALAR, _scalars, lambda fact, value, now: not any(same(fact, one) for one in value)),
        Operator("contains", _kinds("text", "list"), _any_scalar, _contains),
        Operator(
            "starts_with",
            _kinds("text"),
            _text,
            lambda fact, value, now: isinstance(fact, str) and fact.startswith(str(value)),
        ),
        Operator(
            "matches",
            _kinds("text"),
            _pattern,
            lambda fact, value, now: isinstance(fact, str) and pattern_found(str(value), fact),
        ),
        Operator("missing", _ALL, _nothing, lambda fact, value, now: False, takes_value=False),
        Operator("present", _ALL, _nothing, lambda fact, value, now: True, takes_value=False),
        Operator("between", _kinds("number", "datetime"), _range, _between),
        Operator("before", _kinds("datetime"), _moment, _before),
        Operator("after", _kinds("datetime"), _moment, _after),
        Operator("within_hours", _kinds("datetime"), _hours, _within),
        Operator("older_than_hours", _kinds("datetime"), _hours, _older),
    )
}


def holds(name: str, fact: Value | None, value: Any, now: datetime) -> bool:
    """Say whether operator `name` holds between a fact (None: missing) and a rule's value at `now`."""
    if fact is None:
        return name == "missing"
    return OPERATORS[name].holds(fact, value, now)


COMPARING = ("==", "!=", "<", "<=", ">", ">=")
"""The operators that compare two facts with each other (`than`)."""


def compare(name: str, left: Value | None, right: Value | None, now: datetime) -> bool:
    """Say how two facts compare: equality by kind and value, order among two numbers or two moments.

    With either fact missing nothing holds, `!=` included.
    """
    if left is None or right is None:
        return False
    if name in ("==", "!="):
        return same(left, right) is (name == "==")
    if is_number(left) and is_number(right):
        return _in_order(name, left, right)
    first, second = moment(left, now), moment(right, now)
    return first is not None and second is not None and _in_order(name, first, second)


def _in_order(name: str, left: Any, right: Any) -> bool:
    if name == "<":
        return bool(left < right)
    if name == "<=":
        return bool(left <= right)
    return bool(left > right) if name == ">" else bool(left >= right)
