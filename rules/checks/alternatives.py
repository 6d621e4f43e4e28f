"""The ways in which conditions can hold together: each a set of comparisons, weighed while it is put together.

A way whose comparisons of one fact can't hold together is dropped at once, which is what makes it cheap to
ask two rules at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..boxes.values import Part
from ..language.conditions import All, AnyOf, Condition, Leaf, Not
from ..language.match import alias_of
from ..language.templates import DERIVED

FACT = -1
FROM_RULES = -2
MOST_STEPS = 3000
"""Comparisons looked at in one search; what lies beyond is neither found nor called impossible."""


class Var(NamedTuple):
    """A fact of the record, a fact that rules derive, or (scope 0 and up) a field of a row that one rule names."""

    scope: int
    name: str


class Want(NamedTuple):
    """A condition, whether it must hold, and which rule's names of rows it speaks with."""

    condition: Condition
    positive: bool
    scope: int
    aliases: frozenset[str] = frozenset()


class Crossing(NamedTuple):
    """A comparison of two facts, and whether it must hold."""

    left: Var
    op: str
    right: Var
    positive: bool


class Way(NamedTuple):
    """Comparisons that must all come out as wanted: those of each fact with values, and those between facts."""

    parts: dict[Var, tuple[Part, ...]]
    crossings: tuple[Crossing, ...] = ()


class Steps:
    """How much a search may still look at; `spent` once it had to leave something out."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.left = steps
        self.spent = False

    def step(self) -> bool:
        """Count one step; False when there are none left."""
        self.left -= 1
        if self.left < 0:
            self.spent = True
        return self.left >= 0


Possible = Callable[[Var, tuple[Part, ...]], bool]


def ways(wants: Sequence[Want], start: Way, possible: Possible, counter: Steps) -> Iterator[Way]:
    """Yield the ways in which all `wants` hold on top of `start`; `possible` judges the parts of one fact."""
    if not wants:
        yield start
        return
    want, rest = wants[0], wants[1:]
    condition, positive = want.condition, want.positive
    if isinstance(condition, Leaf):
        if not counter.step():
            return
        grown = _with(start, condition, want, possible)
        if grown is not None:
            yield from ways(rest, grown, possible, counter)
    elif isinstance(condition, Not):
        inner = want._replace(condition=condition.item, positive=not positive)
        yield from ways([inner, *rest], start, possible, counter)
    elif isinstance(condition, All if positive else AnyOf):
        inners = [want._replace(condition=item) for item in condition.items]
        # Comparisons first: they rule out most, before alternatives multiply.
        inners.sort(key=lambda one: not isinstance(one.condition, Leaf))
        yield from ways([*inners, *rest], start, possible, counter)
    else:
        for item in condition.items:
            yield from ways([want._replace(condition=item), *rest], start, possible, counter)


def var_of(name: str, derived: bool, want: Want) -> Var:
    """Return what a name stands for in a rule's condition."""
    if derived:
        return Var(FROM_RULES, name)
    if name.startswith(DERIVED):
        return Var(FROM_RULES, name.removeprefix(DERIVED))
    return Var(want.scope if alias_of(name) in want.aliases else FACT, name)


def _with(way: Way, leaf: Leaf, want: Want, possible: Possible) -> Way | None:
    var = var_of(leaf.name, leaf.derived, want)
    if leaf.than is not None:
        crossing = Crossing(var, leaf.op, var_of(leaf.than, False, want), want.positive)
        return Way(way.parts, (*way.crossings, crossing))
    part = (leaf, want.positive)
    known = way.parts.get(var, ())
    if part in known:
        return way
    parts = (*known, part)
    if not possible(var, parts):
        return None
    return Way({**way.parts, var: parts}, way.crossings)
