"""The smallest change of facts that makes a condition hold. Each one proposed is tried out before it is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..language.branches import Branch, branches_of
from ..language.branches import Literal as Part
from ..language.conditions import All, AnyOf, Condition, Leaf, Not, wanted
from ..language.conditions import holds as condition_holds
from ..language.values import FactView, Value, is_number, is_scalar, moment
from . import candidates


@dataclass(frozen=True)
class Change:
    """A fact that would have to be otherwise; `after` None means it would have to be missing.

    A field of a related record is called by collection, place and field: "contracts[2].amount".
    """

    name: str
    derived: bool
    before: Value | None
    after: Value | None

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON."""
        return {"name": self.name, "derived": self.derived, "before": self.before, "after": self.after}


def smallest(condition: Condition, view: FactView) -> tuple[Change, ...]:
    """Return the fewest changes, and of equally few the nearest, that make the condition hold; () if none is found."""
    best: tuple[tuple[int, float], tuple[Change, ...]] | None = None
    for branch in branches_of(_with_values(condition, view)):
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


def _with_values(condition: Condition, view: FactView) -> Condition:
    """Return the condition with each comparison of two facts as one with the value that the other has now."""
    if isinstance(condition, Not):
        return Not(_with_values(condition.item, view))
    if isinstance(condition, All | AnyOf):
        return type(condition)(tuple(_with_values(item, view) for item in condition.items))
    return condition if condition.than is None else _with_value(condition, view)


def _with_value(leaf: Leaf, view: FactView) -> Condition:
    other = wanted(leaf, view)

    def asking(op: str, value: Any = other) -> Leaf:
        return Leaf(leaf.name, op, value, leaf.derived)

    if is_scalar(other) and leaf.op in ("==", "!="):
        return asking(leaf.op)
    if is_number(other):
        return asking(leaf.op)
    if moment(other, view.now) is None or leaf.op in ("==", "!="):
        return AnyOf(())
    strict = asking("before" if leaf.op.startswith("<") else "after")
    return AnyOf((strict, asking("between", (other, other)))) if leaf.op.endswith("=") else strict


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
    return condition_holds(condition, changed_by(changes, view))


def changed_by(changes: Sequence[Change], view: FactView) -> FactView:
    """Return a view in which the changes were made."""
    changed = view.copy({one.name: one.after for one in changes if not one.derived})
    derived = {**view.derived, **{one.name: one.after for one in changes if one.derived}}
    changed.derived = {name: value for name, value in derived.items() if isinstance(value, str | bool | int | float)}
    return changed
