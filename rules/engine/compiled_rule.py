"""One rule made ready to run: its condition as conjuncts an index can use, and what it says when it fires.

A CompiledRule knows nothing of other rules, so a new Ruleset takes over those of rules that stayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from ..language.conditions import All, AnyOf, Condition, Leaf, flattened, leaves
from ..language.documents import Rule
from ..language.match import alias_of, names_in
from ..language.templates import DERIVED, fact_names, key_of
from ..language.values import FactView, Key, Scalar, is_number, moment, normalise
from .compiled_conditions import Bounds, Indexed, Test, closure_of, indexed
from .compiled_texts import Fill, filler
from .joins import CompiledMatch
from .outcome import Decision, Firing, TraceStep


class Conjunct:
    """A part of a condition that must hold: how to test it, and what it says about single fields.

    `keys` are the values a field must have (by key); `exact` says that having one of them is all the
    conjunct asks. `bounds` are those of a number, and then exact as well.
    """

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.keys: Mapping[Key, frozenset[Indexed]] = _required(condition)
        self.exact = len(self.keys) == 1 and _is_membership(condition)
        self.bounds: tuple[Key, Bounds] | None = _bounds(condition) if isinstance(condition, Leaf) else None

    @cached_property
    def test(self) -> Test:
        """The closure; made when it is first needed, which for most rules is never."""
        return closure_of(self.condition)


_Hot = tuple[str, int, tuple[str, ...], "itemgetter[Any] | None", dict[str, Scalar], "tuple[Decision, ...] | None"]


class CompiledRule:
    """A rule with its conjuncts, and `fire`, which makes its Firing."""

    # What firing reads lies in the object itself; what is made once and seldom read, in its dictionary.
    __slots__ = ("__dict__", "_hot", "_match", "fired_at_once")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._hot: _Hot | None = None
        self.group = rule.group
        self.derive: dict[str, Scalar] = {name: _typed(name, value) for name, value in rule.derive}
        self.fired_at_once = TraceStep(rule.id, rule.version, "fired", 1)
        self._fired_in = {1: self.fired_at_once}
        self.conjuncts = tuple(Conjunct(part) for part in flattened(rule.when))
        self._match = CompiledMatch(rule) if rule.match else None
        keys = [key for leaf in leaves(rule.when) for key in (leaf.key, leaf.than_key)]
        self.reads_derived = frozenset(key[0] for key in keys if isinstance(key, tuple))
        if self._match is not None:
            self.reads_derived |= self._match.reads_derived
        self.gate = self._gate()

    def _gate(self) -> Test | None:
        """Return what is asked when the condition holds: whether the rule's dates and its rows do too."""
        in_force, match, rule_id = _in_force(self.rule.valid_from, self.rule.valid_until), self._match, self.rule.id
        if match is None:
            return in_force

        def finds_rows(view: FactView) -> bool:
            if in_force is not None and not in_force(view):
                return False
            found = match.find(view)
            if found is None:
                return False
            if view.found is None:
                view.found = {}
            view.found[rule_id] = found
            return True

        return finds_rows

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The facts its conditions and texts speak of, its rows' fields among them, derived ones as "derived.x"."""
        names = [name for leaf in leaves(self.rule.when) for name in leaf.names]
        names.extend(names_in(self.rule.match))
        for action in self.rule.then:
            names.extend(fact_names(action.args))
        missing = {item.alias for item in self.rule.match if item.none}
        return tuple(name for name in dict.fromkeys(names) if alias_of(name) not in missing)

    def reads(self) -> frozenset[str]:
        """Return the facts and collections that have to be there for it: what rules derive is none of them."""
        rows = {item.alias for item in self.rule.match}
        facts = {name for name in self.names if not name.startswith(DERIVED) and alias_of(name) not in rows}
        return frozenset(facts | {item.of for item in self.rule.match})

    @cached_property
    def _actions(self) -> tuple[tuple[int, str, Fill], ...]:
        return tuple((number, action.name, filler(action.args)) for number, action in enumerate(self.rule.then))

    def fired_in(self, number: int) -> TraceStep:
        """Return the trace of the rule having fired, its condition holding since this round."""
        found = self._fired_in.get(number)
        if found is None:
            found = self._fired_in[number] = TraceStep(self.rule.id, self.rule.version, "fired", number)
        return found

    def outranked_in(self, number: int, by: CompiledRule) -> TraceStep:
        """Return the trace of the rule having given way to another of its group."""
        return TraceStep(self.rule.id, self.rule.version, "outranked", number, by.rule.id)

    @cached_property
    def _fixed(self) -> tuple[Decision, ...] | None:
        """The decisions, made once, where no text of them speaks of facts."""
        if any(True for action in self.rule.then for _ in fact_names(action.args)):
            return None
        nobody = FactView({}, _WHENEVER)
        return tuple(
            Decision(self.rule.id, self.rule.version, number, name, fill(nobody))
            for number, name, fill in self._actions
        )

    def _ready(self) -> _Hot:
        self._hot = (self.rule.id, self.rule.version, *_reader(self.names), self.derive, self._fixed)
        return self._hot

    def fire(self, view: FactView) -> Firing:
        """Return what the rule says about these facts, on which its condition holds."""
        if self._match is not None and view.found is not None:
            derived, view = view.derived, view.found[self.rule.id]
            view.derived = derived
        rule_id, version, names, read, derive, decisions = self._hot or self._ready()
        # tuple.__new__ skips the argument handling of named tuples: half the time of a firing.
        if decisions is None:
            decisions = tuple(
                [_new(Decision, (rule_id, version, n, name, fill(view))) for n, name, fill in self._actions]
            )
        facts = {} if read is None else dict(zip(names, read(view), strict=False))
        return _new(Firing, (rule_id, version, facts, derive, decisions))


@lru_cache(maxsize=4096)
def _reader(names: tuple[str, ...]) -> tuple[tuple[str, ...], itemgetter[Any] | None]:
    """Return the names and what reads them, one for all rules that speak of the same: less memory to walk through."""
    keys = [key_of(name) for name in names]
    # The getter answers with a tuple only from two keys on.
    return names, itemgetter(*keys, *keys[:1] * (len(keys) == 1)) if keys else None


_WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)
_new = tuple.__new__


def _typed(name: str, value: Scalar) -> Scalar:
    found = normalise(name, value)
    return value if found is None or isinstance(found, list) else found


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
