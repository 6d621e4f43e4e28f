"""One rule made ready to run: its condition as conjuncts an index can use, and what it says when it fires.

A CompiledRule knows nothing of other rules, so a new Ruleset takes over those of rules that stayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from .compiled_tests import Indexed, Test, closure_of, indexed
from .compiled_texts import Fill, filler
from .conditions import All, AnyOf, Condition, Leaf, Not, leaves
from .documents import Rule
from .outcome import Decision, Firing, TraceStep
from .templates import DERIVED, fact_names
from .values import FactView, Key, Scalar, is_number, moment, normalise

# (lowest, may equal it, highest, may equal it); None: no bound.
Bounds = tuple[int | float | None, bool, int | float | None, bool]


class Conjunct:
    """A part of a condition that must hold: how to test it, and what it says about single fields.

    `keys` are the values a field must have (by key); `exact` says that having one of them is all the
    conjunct asks. `bounds` are those of a number, and then exact as well.
    """

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self.keys: Mapping[Key, frozenset[Indexed]] = _required(condition)
        self.exact = len(self.keys) == 1 and _is_membership(condition)
        self.bounds: tuple[Key, Bounds] | None = _bounds(condition) if isinstance(condition, Leaf) else None

    @cached_property
    def test(self) -> Test:
        """The closure; made when it is first needed, which for most rules is never."""
        return closure_of(self._condition)


class CompiledRule:
    """A rule with its conjuncts, and `fire`, which makes its Firing."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.group = rule.group
        self.derive: dict[str, Scalar] = {name: _typed(name, value) for name, value in rule.derive}
        self.fired_at_once = TraceStep(rule.id, rule.version, "fired", 1)
        self.conjuncts = tuple(Conjunct(part) for part in _flattened(rule.when, False))
        self.reads_derived = frozenset(leaf.name for leaf in leaves(rule.when) if leaf.derived)
        self.in_force = _in_force(rule.valid_from, rule.valid_until)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The facts its condition and texts speak of."""
        names = [f"{DERIVED}{leaf.name}" if leaf.derived else leaf.name for leaf in leaves(self.rule.when)]
        for action in self.rule.then:
            names.extend(fact_names(action.args))
        return tuple(dict.fromkeys(names))

    @cached_property
    def _read(self) -> itemgetter[Any] | None:
        keys = [(name.removeprefix(DERIVED),) if name.startswith(DERIVED) else name for name in self._names]
        # The getter answers with a tuple only from two keys on.
        return itemgetter(*keys, *keys[:1] * (len(keys) == 1)) if keys else None

    @cached_property
    def _actions(self) -> tuple[tuple[int, str, Fill], ...]:
        return tuple((number, action.name, filler(action.args)) for number, action in enumerate(self.rule.then))

    def fired_in(self, number: int) -> TraceStep:
        """Return the trace of the rule having fired, its condition holding since this round."""
        return TraceStep(self.rule.id, self.rule.version, "fired", number)

    def outranked_in(self, number: int, by: CompiledRule) -> TraceStep:
        """Return the trace of the rule having given way to another of its group."""
        return TraceStep(self.rule.id, self.rule.version, "outranked", number, by.rule.id)

    def fire(self, view: FactView) -> Firing:
        """Return what the rule says about these facts."""
        rule_id, version = self.rule.id, self.rule.version
        read = self._read
        # tuple.__new__ skips the argument handling of named tuples: half the time of a firing.
        return _new(
            Firing,
            (
                rule_id,
                version,
                {} if read is None else dict(zip(self._names, read(view.read), strict=False)),
                self.derive.copy(),
                tuple([_new(Decision, (rule_id, version, n, name, fill(view))) for n, name, fill in self._actions]),
            ),
        )


_new = tuple.__new__


def _typed(name: str, value: Scalar) -> Scalar:
    found = normalise(name, value)
    return value if found is None or isinstance(found, list) else found


def _flattened(condition: Condition, negated: bool) -> Iterator[Condition]:
    """Yield conditions that all have to hold, as small as they come."""
    if isinstance(condition, Not):
        yield from _flattened(condition.item, not negated)
    elif isinstance(condition, AnyOf if negated else All):
        for item in condition.items:
            yield from _flattened(item, negated)
    else:
        yield Not(condition) if negated else condition


def _required(condition: Condition) -> dict[Key, frozenset[Indexed]]:
    """Return the values that fields must have for the condition to hold, as far as that is plain to see."""
    if isinstance(condition, Leaf) and _is_wanted_value(condition):
        values = (condition.value,) if condition.op == "==" else condition.value
        return {condition.key: frozenset(indexed(value) for value in values)}
    found: dict[Key, frozenset[Indexed]] = {}
    if isinstance(condition, All):
        for item in condition.items:
            for key, values in _required(item).items():
                found[key] = found[key] & values if key in found else values
    elif isinstance(condition, AnyOf) and condition.items:
        each = [_required(item) for item in condition.items]
        for key in set(each[0]).intersection(*each[1:]):
            found[key] = frozenset().union(*(values[key] for values in each))
    return found


def _is_membership(condition: Condition) -> bool:
    if isinstance(condition, AnyOf):
        return all(isinstance(item, Leaf) and _is_wanted_value(item) for item in condition.items)
    return isinstance(condition, Leaf)


def _is_wanted_value(leaf: Leaf) -> bool:
    return leaf.op in ("==", "in") and leaf.than is None


def _bounds(leaf: Leaf) -> tuple[Key, Bounds] | None:
    key, value = leaf.key, leaf.value
    if leaf.than is not None:
        return None
    if leaf.op in ("<", "<="):
        return key, (None, False, value, leaf.op == "<=")
    if leaf.op in (">", ">="):
        return key, (value, leaf.op == ">=", None, False)
    if leaf.op == "between" and is_number(value[0]):
        return key, (value[0], True, value[1], True)
    return None


def _in_force(since: str | None, until: str | None) -> Test | None:
    """Return the test for a rule's dates (from the first on, before the second), None when it has none.

    A date means its start, and a moment without an offset lies, in the zone of the evaluation.
    """
    if since is None and until is None:
        return None

    def in_force(view: FactView) -> bool:
        now: datetime = view.now
        first, last = moment(since, now), moment(until, now)
        return (first is None or first <= now) and (last is None or now < last)

    return in_force
