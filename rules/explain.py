"""Why a rule fired, or why not: each clause with what it saw, and the smallest change that would do it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from . import candidates
from .branches import Branch, branches_of
from .branches import Literal as Part
from .conditions import All, Condition, Leaf, Not, read
from .conditions import holds as condition_holds
from .documents import Rule
from .operators import holds as operator_holds
from .ruleset import Ruleset
from .values import FactView, Scalar, Value, moment

Kind = Literal["all", "any", "not", "leaf"]
Verdict = Literal["fired", "not_triggered", "not_in_force", "condition_failed", "outranked", "unknown_rule"]


@dataclass(frozen=True)
class Clause:
    """One part of a condition. `holds` is None where it was not looked at, an earlier clause having decided."""

    path: str
    kind: Kind
    holds: bool | None
    leaf: Leaf | None = None
    value: Value | None = None
    items: tuple[Clause, ...] = ()

    def walk(self) -> Iterator[Clause]:
        """Yield this clause and all below it, as written."""
        yield self
        for item in self.items:
            yield from item.walk()

    def to_dict(self) -> dict[str, Any]:
        """Return the clause as JSON."""
        found: dict[str, Any] = {"path": self.path, "kind": self.kind, "holds": self.holds}
        if self.leaf is not None:
            found |= {"name": self.leaf.name, "derived": self.leaf.derived, "op": self.leaf.op}
            found |= {"wanted": self.leaf.value, "value": self.value}
        if self.items:
            found["items"] = [item.to_dict() for item in self.items]
        return found


@dataclass(frozen=True)
class Change:
    """A fact that would have to be otherwise; `after` None means it would have to be missing."""

    name: str
    derived: bool
    before: Value | None
    after: Value | None

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON."""
        return {"name": self.name, "derived": self.derived, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Explanation:
    """What a rule made of some facts. `changes` is empty if it holds, or if no change was found that would do."""

    rule_id: str
    rule_version: int
    holds: bool
    in_force: bool
    root: Clause
    failed: tuple[Clause, ...]
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON."""
        return {
            "rule": self.rule_id,
            "version": self.rule_version,
            "holds": self.holds,
            "in_force": self.in_force,
            "condition": self.root.to_dict(),
            "failed": [one.to_dict() for one in self.failed],
            "changes": [one.to_dict() for one in self.changes],
        }


@dataclass(frozen=True)
class Account:
    """How a rule fared among all rules on one event; `by` names the rule of its group that came before it."""

    verdict: Verdict
    explanation: Explanation | None = None
    by: str | None = None


def explain(
    rule: Rule, facts: Mapping[str, Any], now: datetime, derived: Mapping[str, Scalar] | None = None
) -> Explanation:
    """Explain a rule's condition on flat facts at `now` (aware); `derived` are those other rules derived.

    Raises FactError for a fact of no readable type.
    """
    view = FactView(facts, now)
    view.derived = dict(derived or {})
    root = _clause(rule.when, view, "when")
    holds = bool(root.holds)
    since, until = moment(rule.valid_from, now), moment(rule.valid_until, now)
    in_force = (since is None or since <= now) and (until is None or now < until)
    failed = () if holds else tuple(_failed(root, True))
    return Explanation(
        rule.id, rule.version, holds and in_force, in_force, root, failed, () if holds else _smallest(rule.when, view)
    )


def explain_in(
    ruleset: Ruleset | Iterable[Rule], rule_id: str, event: str, facts: Mapping[str, Any], now: datetime
) -> Account:
    """Say how one rule fared when all of them met `event`: fired, or the first reason why not."""
    own = not isinstance(ruleset, Ruleset)
    rules = Ruleset.compile(ruleset) if not isinstance(ruleset, Ruleset) else ruleset
    try:
        rule = next((one for one in rules.rules if one.id == rule_id), None)
        if rule is None:
            return Account("unknown_rule")
        outcome = rules.evaluate(event, facts, now)
    finally:
        if own:
            rules.close()
    derived: dict[str, Scalar] = {}
    for firing in outcome.firings:
        for name, value in firing.derived.items():
            derived.setdefault(name, value)
    found = explain(rule, facts, now, derived)
    if event not in rule.trigger:
        return Account("not_triggered", found)
    step = next((one for one in outcome.trace if one.rule_id == rule_id), None)
    if step is not None:
        return Account("fired" if step.verdict == "fired" else "outranked", found, step.by)
    return Account("condition_failed" if found.in_force else "not_in_force", found)


def _clause(condition: Condition, view: FactView, path: str) -> Clause:
    if isinstance(condition, Leaf):
        value = read(condition, view)
        return Clause(path, "leaf", operator_holds(condition.op, value, condition.value, view.now), condition, value)
    if isinstance(condition, Not):
        item = _clause(condition.item, view, f"{path}.not")
        return Clause(path, "not", not item.holds, items=(item,))
    kind: Kind = "all" if isinstance(condition, All) else "any"
    decisive, items, decided = kind == "any", [], False
    for index, part in enumerate(condition.items):
        where = f"{path}.{kind}[{index}]"
        if decided:
            items.append(_unseen(part, where))
            continue
        items.append(_clause(part, view, where))
        decided = items[-1].holds is decisive
    return Clause(path, kind, decided is decisive, items=tuple(items))


def _unseen(condition: Condition, path: str) -> Clause:
    if isinstance(condition, Leaf):
        return Clause(path, "leaf", None, condition)
    if isinstance(condition, Not):
        return Clause(path, "not", None, items=(_unseen(condition.item, f"{path}.not"),))
    kind: Kind = "all" if isinstance(condition, All) else "any"
    items = tuple(_unseen(part, f"{path}.{kind}[{index}]") for index, part in enumerate(condition.items))
    return Clause(path, kind, None, items=items)


def _failed(clause: Clause, wanted: bool) -> Iterator[Clause]:
    """Yield the comparisons to blame for a clause not being what was wanted of it."""
    if clause.holds is None or clause.holds is wanted:
        return
    if clause.kind == "leaf" or not clause.items:
        yield clause
    elif clause.kind == "not":
        yield from _failed(clause.items[0], not wanted)
    else:
        for item in clause.items:
            yield from _failed(item, wanted)


def _smallest(condition: Condition, view: FactView) -> tuple[Change, ...]:
    """Return the fewest changes, and of equally few the nearest, that make the condition hold."""
    best: tuple[tuple[int, float], tuple[Change, ...]] | None = None
    for branch in branches_of(condition):
        changes = _for_branch(branch, view)
        if changes is None or not _does_it(condition, view, changes):
            continue
        for one in changes:  # Another branch may already hold without it.
            fewer = tuple(other for other in changes if other is not one)
            if _does_it(condition, view, fewer):
                changes = fewer
        cost = len(changes), sum(candidates.distance(one.before, one.after, view.now) for one in changes)
        if best is None or cost < best[0]:
            best = cost, changes
    return best[1] if best else ()


def _for_branch(branch: Branch, view: FactView) -> tuple[Change, ...] | None:
    by_fact: dict[tuple[str, bool], list[Part]] = defaultdict(list)
    for part in branch:
        if not isinstance(part.condition, Leaf):
            return None  # Too large to be taken apart: it is asked as one question.
        by_fact[part.condition.name, part.condition.derived].append(part)
    changes = []
    for (name, derived), parts in by_fact.items():
        present = view.derived.get(name) if derived else view.get(name)
        found, value = candidates.nearest(parts, present, view.now)
        if not found:
            return None
        if not _is_same(present, value):
            changes.append(Change(name, derived, present, value))
    return tuple(changes)


def _is_same(left: Value | None, right: Value | None) -> bool:
    return type(left) is type(right) and left == right


def _does_it(condition: Condition, view: FactView, changes: Sequence[Change]) -> bool:
    facts = {**view.read.facts, **{one.name: one.after for one in changes if not one.derived}}
    changed = FactView(facts, view.now)
    derived = {**view.derived, **{one.name: one.after for one in changes if one.derived}}
    changed.derived = {name: value for name, value in derived.items() if isinstance(value, str | bool | int | float)}
    return condition_holds(condition, changed)


__all__ = ["Account", "Change", "Clause", "Explanation", "Verdict", "explain", "explain_in"]
