"""Conditions of two versions as boxes of one space, and what the one takes beyond the other, as conditions again.

A comparison that boxes can't hold (of two facts, or by a pattern) is a yes or no of its own: exact as long as no other
comparison in the same box speaks of its facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod

from ..boxes.atoms import AGES, DATES, Atom
from ..boxes.box import Box, Space, meet, merged, put, subtract, within
from ..boxes.dimension import Dimension, dimension_of
from ..language.conditions import All, AnyOf, Condition, Leaf, Not, leaves
from ..language.templates import DERIVED
from ..language.values import Key
from ..language.vocabulary import Vocabulary
from ..tables.cells import Column
from ..tables.masks import cell_of_mask, condition_of

MOST_BOXES = 2_000
_UNTYPED = ("==", "!=", "in", "not_in", "missing", "present", "<", "<=", ">", ">=")
_TIMELY = (*DATES, *AGES, "missing", "present")
_DENIED = ("==", "in", "contains")
"""Comparisons that people deny in a word: 不是华东（含未填）."""
_YES, _NO = 1, 2


class TooLarge(Exception):
    """The conditions have more combinations than are looked at."""


@dataclass(frozen=True)
class Region:
    """Records that one condition takes and another does not; `sure` is False where perhaps there are none such.

    `condition` tells them from the others that the first condition takes, `whole` from all records.
    """

    condition: Condition
    whole: Condition
    sure: bool = True


class CoverSpace(Space):
    """The facts that conditions look at, and the comparisons that stand for themselves."""

    def __init__(self, dimensions: Sequence[Dimension], alone: Sequence[Leaf], now: datetime) -> None:
        atoms = (Atom(True), Atom(None, "missing"))
        own = [Dimension((f"?{place}",), None, (), atoms, now) for place in range(len(alone))]
        super().__init__([*dimensions, *own])
        self.alone = {leaf: len(dimensions) + place for place, leaf in enumerate(alone)}
        self.items = frozenset[Leaf]()
        """Those of them that look for an item in a list: of one list several may hold."""

    def _of_leaf(self, leaf: Leaf, negated: bool) -> list[Box]:
        place = self.alone.get(leaf)
        if place is None:
            return super()._of_leaf(leaf, negated)
        return [put(self.whole, place, _NO if negated else _YES)]


def space_of(conditions: Iterable[Condition], vocabulary: Vocabulary, now: datetime) -> CoverSpace:
    """Return the space in which these conditions can be told apart."""
    asked: dict[Key, dict[Leaf, None]] = defaultdict(dict)
    alone: dict[Leaf, None] = {}
    for condition in conditions:
        for leaf in leaves(condition):
            if leaf.than is None:
                asked[leaf.key][leaf] = None
            else:
                alone[leaf] = None
    dimensions = []
    for key, found in asked.items():
        known = vocabulary.fields.get(key) if isinstance(key, str) else None
        here = list(found)
        dimension = dimension_of(key, known, here, now)
        plain = all(leaf.op in _UNTYPED for leaf in here) if known is None else _is_plain(dimension, here)
        if not dimension.exact or not plain:
            alone |= found
        else:
            dimensions.append(dimension)
    space = CoverSpace(dimensions, list(alone), now)
    space.items = frozenset(leaf for leaf in alone if leaf.op == "contains" and _kind(leaf, vocabulary) == "list")
    return space


def _kind(leaf: Leaf, vocabulary: Vocabulary) -> str:
    known = None if leaf.derived else vocabulary.fields.get(leaf.name)
    return known.kind if known is not None else ""


def boxes_of(conditions: Iterable[Condition], space: CoverSpace) -> list[Box]:
    """Return the disjoint boxes in which one of these conditions holds. Raises TooLarge."""
    found: list[Box] = []
    for condition in conditions:
        if _count(condition, False) > MOST_BOXES:
            raise TooLarge
        try:
            found += subtract(space.boxes(condition), found, limit=MOST_BOXES)
        except OverflowError:
            raise TooLarge from None
        if len(found) > MOST_BOXES:
            raise TooLarge
    return found


def beyond(one: Sequence[Box], other: Sequence[Box], space: CoverSpace) -> list[Region]:
    """Return what boxes take beyond others. Raises TooLarge."""
    try:
        left = merged(subtract(one, other, limit=MOST_BOXES))
    except OverflowError:
        raise TooLarge from None
    return [
        Region(_condition(_telling(box, one, space), space), _condition(box, space), _is_sure(box, space))
        for box in sorted(left, reverse=True)
    ]


def _telling(box: Box, among: Sequence[Box], space: CoverSpace) -> Box:
    """Return the box without what holds of all records among these boxes that its other comparisons take."""
    for place in range(len(box)):
        wider = put(box, place, space.whole[place])
        inside = (meet(wider, one) for one in among)
        if wider != box and all(part is None or within(part, box) for part in inside):
            box = wider
    return box


def _is_plain(dimension: Dimension, found: Sequence[Leaf]) -> bool:
    """Say whether comparisons of a moment can be laid on one line: dates and ages move against each other."""
    if dimension.kind != "datetime":
        return dimension.kind != "list"  # Each item that a list may hold is a yes or no of its own.
    kinds = {leaf.op in AGES for leaf in found if leaf.op in (*AGES, *DATES)}
    return len(kinds) < 2 and all(leaf.op in _TIMELY for leaf in found)


def _count(condition: Condition, negated: bool) -> int:
    """Return how many boxes a condition may come to."""
    if isinstance(condition, Leaf):
        return 1
    if isinstance(condition, Not):
        return _count(condition.item, not negated)
    each = [_count(item, negated) for item in condition.items]
    return prod(each) if isinstance(condition, All) is not negated else sum(each)


def _is_sure(box: Box, space: CoverSpace) -> bool:
    """Say whether a record of the box is sure to be possible, as far as comparisons tell."""
    named: list[str] = []
    for leaf, place in space.alone.items():
        if box[place] != space.whole[place]:
            named += [f"{leaf.name} {leaf.value!r}"] if leaf in space.items else set(leaf.names)
    filled = {leaf.name for leaf in space.items} & set(named)
    if any(one.startswith(f"{name} ") for name in filled for one in named):
        return False
    for place, dimension in enumerate(space.dimensions[: len(space.dimensions) - len(space.alone)]):
        if box[place] != space.whole[place]:
            named.append(dimension.key if isinstance(dimension.key, str) else f"{DERIVED}{dimension.key[0]}")
    return len(named) == len(set(named))


def _condition(box: Box, space: CoverSpace) -> Condition:
    own = len(space.dimensions) - len(space.alone)
    parts = [
        _of_dimension(dimension, box[place])
        for place, dimension in enumerate(space.dimensions[:own])
        if box[place] != space.whole[place]
    ]
    for leaf, place in space.alone.items():
        if box[place] == _YES:
            parts.append(leaf)
        elif box[place] == _NO:
            parts.append(Not(leaf))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _of_dimension(dimension: Dimension, mask: int) -> Condition:
    """Return the plainest condition that takes these values of a fact."""
    derived = not isinstance(dimension.key, str)
    name = dimension.key if isinstance(dimension.key, str) else dimension.key[0]
    column = Column(name, derived, dimension.kind, dimension.options)
    rest = dimension.every & ~mask
    inner = _single(dimension, rest, column) if mask & dimension.missing else None
    if inner is not None and inner.op in _DENIED:
        return Not(inner)
    cell = cell_of_mask(dimension, mask, column)
    if cell is not None:
        return condition_of(cell, column)
    found = [cell_of_mask(dimension, 1 << place, column) for place in range(len(dimension.atoms)) if mask >> place & 1]
    return AnyOf(tuple(condition_of(one, column) for one in found if one is not None))


def _single(dimension: Dimension, mask: int, column: Column) -> Leaf | None:
    """Return the one comparison that takes exactly these values, None if it takes more to say it."""
    cell = cell_of_mask(dimension, mask, column) if mask else None
    if cell is None or cell.any or cell.or_missing or len(cell.tests) != 1:
        return None
    found = condition_of(cell, column)
    return found if isinstance(found, Leaf) else None
