"""Which pairs of boxes may meet, without asking each pair: boxes are shelved by the values they insist on."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from ..engine.compiled_conditions import Bounds, narrowed
from ..engine.compiled_rule import Conjunct
from ..language.conditions import Condition, flattened
from .box import Box, meet

_FEWEST_TO_SHELVE = 8
_MOST_SHELVES = 8
T = TypeVar("T")
Wanted = Callable[[T, T], bool]


class Outline(NamedTuple, Generic[T]):
    """What is plain to see of the box of something: the values that facts must have, the numbers they lie between."""

    of: T
    values: Mapping[Any, frozenset[Any]]
    bounds: Mapping[Any, Bounds]

    def is_apart(self, other: Outline[Any]) -> bool:
        """Say whether it is plain that the two boxes never meet."""
        for key, values in self.values.items():
            if key in other.values and values.isdisjoint(other.values[key]):
                return True
        return any(key in other.bounds and _are_apart(one, other.bounds[key]) for key, one in self.bounds.items())


class Budget:
    """How many pairs may still be compared; `skipped` counts those beyond."""

    def __init__(self, most: int = sys.maxsize) -> None:
        self.left = most
        self.skipped = 0

    def take(self, count: int) -> int:
        """Return how many of `count` comparisons may be made."""
        granted = min(count, max(self.left, 0))
        self.left -= granted
        self.skipped += count - granted
        return granted


def pairs(outlines: Sequence[Outline[T]], wanted: Wanted[T], budget: Budget) -> Iterator[tuple[T, T]]:
    """Yield each pair that is `wanted` and may meet, once."""
    for a, b in _pairs(outlines, wanted, budget, frozenset()):
        yield a.of, b.of


def pairs_with(
    some: Sequence[Outline[T]], outlines: Sequence[Outline[T]], wanted: Wanted[T], budget: Budget
) -> Iterator[tuple[T, T]]:
    """Yield the pairs of which one is among `some`, once."""
    done: set[int] = set()
    for a in some:
        done.add(id(a))
        for _, b in _with_each(a, [b for b in outlines if id(b) not in done], wanted, budget):
            yield a.of, b.of


def meeting(boxes: Sequence[Box], whole: Box) -> Iterator[tuple[int, int]]:
    """Yield the places of each pair of boxes that meet, the lower one first, in no order."""
    outlines = [_outline_of_box(place, box, whole) for place, box in enumerate(boxes)]
    for one, other in pairs(outlines, lambda one, other: True, Budget()):
        if meet(boxes[one], boxes[other]) is not None:
            yield min(one, other), max(one, other)


def outline_of(condition: Condition, of: T) -> Outline[T]:
    """Return what is plain to see of a condition."""
    values: dict[Any, frozenset[Any]] = {}
    bounds: dict[Any, Bounds] = {}
    for conjunct in map(Conjunct, flattened(condition)):
        for key, some in conjunct.keys.items():
            values[key] = values[key] & some if key in values else some
        if conjunct.bounds is not None:
            key, limits = conjunct.bounds
            bounds[key] = narrowed([bounds[key], limits]) if key in bounds else limits
    return Outline(of, values, bounds)


def _outline_of_box(place: int, box: Box, whole: Box) -> Outline[int]:
    taken = {fact: mask for fact, mask in enumerate(box) if mask != whole[fact] and mask.bit_count() <= _MOST_SHELVES}
    bits = {
        fact: frozenset(atom for atom in range(mask.bit_length()) if mask >> atom & 1) for fact, mask in taken.items()
    }
    return Outline(place, bits, {})


def _are_apart(one: Bounds, other: Bounds) -> bool:
    low, may_low, high, may_high = narrowed([one, other])
    return low is not None and high is not None and (low > high or (low == high and not (may_low and may_high)))


_Pairs = Iterator[tuple[Outline[T], Outline[T]]]


def _pairs(outlines: Sequence[Outline[T]], wanted: Wanted[T], budget: Budget, used: frozenset[Any]) -> _Pairs[T]:
    key = _best_key(outlines, used) if len(outlines) >= _FEWEST_TO_SHELVE else None
    if key is None:
        for number, a in enumerate(outlines):
            yield from _with_each(a, outlines[number + 1 :], wanted, budget)
        return
    shelved = [one for one in outlines if key in one.values]
    free = [one for one in outlines if key not in one.values]
    shelves: dict[object, list[Outline[T]]] = defaultdict(list)
    for one in shelved:
        for value in one.values[key]:
            shelves[value].append(one)
    seen: set[frozenset[int]] = set()
    for shelf in shelves.values():
        for a, b in _pairs(shelf, wanted, budget, used | {key}):
            ids = frozenset((id(a), id(b)))
            if ids not in seen:  # Two boxes may share several values, and come up in either order.
                seen.add(ids)
                yield a, b
    yield from _pairs(free, wanted, budget, used | {key})
    for a in free:
        yield from _with_each(a, shelved, wanted, budget)


def _with_each(a: Outline[T], others: Sequence[Outline[T]], wanted: Wanted[T], budget: Budget) -> _Pairs[T]:
    for b in others[: budget.take(len(others))]:
        if wanted(a.of, b.of) and not a.is_apart(b):
            yield a, b


def _best_key(outlines: Sequence[Outline[T]], used: frozenset[Any]) -> Any:
    """Return the fact that tells most boxes apart, None if none tells many apart."""
    values: dict[Any, set[object]] = defaultdict(set)
    count: dict[Any, int] = defaultdict(int)
    for one in outlines:
        for key, some in one.values.items():
            if key not in used:
                values[key] |= some
                count[key] += 1
    best = max(values, key=lambda key: (count[key] * min(len(values[key]), 50), str(key)), default=None)
    return best if best is not None and len(values[best]) > 1 and count[best] * 2 >= len(outlines) else None
