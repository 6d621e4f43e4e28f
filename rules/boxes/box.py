"""Boxes: one bit mask a fact, and a condition as the boxes in which it holds. Sets of boxes are kept disjoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..language.conditions import All, Condition, Leaf, Not
from ..language.values import Key, Value
from .dimension import Dimension

Box = tuple[int, ...]


class Space:
    """The facts that are looked at; `inexact` once a condition compared two of them with each other."""

    def __init__(self, dimensions: Sequence[Dimension]) -> None:
        self.dimensions = tuple(dimensions)
        self.places = {one.key: place for place, one in enumerate(dimensions)}
        self.whole: Box = tuple(one.every for one in dimensions)
        self.inexact = False

    def boxes(self, condition: Condition, negated: bool = False) -> list[Box]:
        """Return the disjoint boxes in which a condition holds (or does not)."""
        if isinstance(condition, Not):
            return self.boxes(condition.item, not negated)
        if isinstance(condition, Leaf):
            return self._of_leaf(condition, negated)
        if isinstance(condition, All) is not negated:
            found = [self.whole]
            for item in condition.items:
                inner = self.boxes(item, negated)
                found = [box for one in found for other in inner if (box := meet(one, other)) is not None]
            return found
        found = []
        for item in condition.items:
            for box in self.boxes(item, negated):
                found += subtract([box], found)
        return found

    def _of_leaf(self, leaf: Leaf, negated: bool) -> list[Box]:
        place = self.places.get(leaf.key)
        if place is None or leaf.than is not None:
            self.inexact = True  # It compares two facts with each other; witnesses are tried all the same.
            return [self.whole]
        mask = self.dimensions[place].mask(leaf)
        mask = self.whole[place] & ~mask if negated else mask
        return [put(self.whole, place, mask)] if mask else []

    def sample(self, box: Box) -> dict[Key, Value | None]:
        """Return one record of a box."""
        return {one.key: one.sample(mask) for one, mask in zip(self.dimensions, box, strict=True)}


def put(box: Box, place: int, mask: int) -> Box:
    """Return the box with another mask at one place."""
    return (*box[:place], mask, *box[place + 1 :])


def meet(one: Box, other: Box) -> Box | None:
    """Return what two boxes share, None if nothing."""
    found = tuple(a & b for a, b in zip(one, other, strict=True))
    return found if all(found) else None


def within(one: Box, other: Box) -> bool:
    """Say whether `one` lies within `other`."""
    return not missed(one, other)


def missed(one: Box, other: Box) -> list[int]:
    """Return the places at which `one` reaches beyond `other`."""
    return [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a & ~b]


def subtract(
    boxes: Sequence[Box], others: Iterable[Box], last: int | None = None, limit: int | None = None
) -> list[Box]:
    """Return what is left of disjoint boxes; the fact at place `last` is cut last.

    Raises OverflowError once there are more than `limit` pieces.
    """
    left = list(boxes)
    for other in others:
        if not left:
            break
        left = [piece for box in left for piece in _cut(box, other, last)]
        if limit is not None and len(left) > limit:
            raise OverflowError
    return left


def _cut(box: Box, other: Box, last: int | None) -> list[Box]:
    if meet(box, other) is None:
        return [box]
    pieces = []
    for place in sorted(range(len(box)), key=lambda place: place == last):
        if outside := box[place] & ~other[place]:
            pieces.append(put(box, place, outside))
        box = put(box, place, box[place] & other[place])
    return pieces


def merged(boxes: Sequence[Box]) -> list[Box]:
    """Return the same region with boxes joined that differ in one fact only."""
    found = list(boxes)
    changed = True
    while changed:
        changed = False
        for place in range(len(found[0]) if found else 0):
            groups: dict[Box, int] = {}
            for box in found:
                key = put(box, place, 0)
                groups[key] = groups.get(key, 0) | box[place]
            if len(groups) < len(found):
                found = [put(key, place, mask) for key, mask in groups.items()]
                changed = True
    return found
