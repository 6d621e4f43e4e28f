"""Turns a condition into branches: alternatives (DNF), each a list of tests that must hold together."""

from __future__ import annotations

from dataclasses import dataclass

from .conditions import All, AnyOf, Condition, Leaf, Not

# A condition that multiplies out to more than this is asked as one question instead.
MOST_BRANCHES = 12
MOST_LITERALS = 60


@dataclass(frozen=True)
class Literal:
    """A condition that must hold (or, negated, must not)."""

    condition: Condition
    negated: bool = False


Branch = tuple[Literal, ...]


class _TooMany(Exception):
    pass


def branches_of(condition: Condition) -> tuple[Branch, ...]:
    """Return the alternatives; one of them holding means the condition holds."""
    try:
        found = _expand(condition, False)
    except _TooMany:
        return ((Literal(condition),),)
    # A literal said twice in a branch is asked once.
    return tuple(dict.fromkeys(tuple(dict.fromkeys(branch)) for branch in found))


def _expand(condition: Condition, negated: bool) -> list[Branch]:
    if isinstance(condition, Leaf):
        return [(Literal(condition, negated),)]
    if isinstance(condition, Not):
        return _expand(condition.item, not negated)
    conjunction = isinstance(condition, All) is not negated
    return _product(condition, negated) if conjunction else _sum(condition, negated)


def _sum(condition: All | AnyOf, negated: bool) -> list[Branch]:
    found = [branch for item in condition.items for branch in _expand(item, negated)]
    return _bounded(found)


def _product(condition: All | AnyOf, negated: bool) -> list[Branch]:
    found: list[Branch] = [()]
    for item in condition.items:
        found = _bounded([left + right for left in found for right in _expand(item, negated)])
    return found


def _bounded(found: list[Branch]) -> list[Branch]:
    if len(found) > MOST_BRANCHES or sum(len(branch) for branch in found) > MOST_LITERALS:
        raise _TooMany
    return found
