"""Which pairs of rules may hold together, without asking each pair: by the values their conditions insist on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..engine.compiled_conditions import Bounds
from ..engine.compiled_rule import CompiledRule
from ..language.documents import Rule
from ..language.values import Key

_FEWEST_TO_SHELVE = 8


class Box(NamedTuple):
    """A rule, with the values that facts must have and the numbers they must lie between."""

    rule: Rule
    values: dict[Key, frozenset[object]]
    bounds: dict[Key, Bounds]


def box_of(rule: Rule) -> Box:
    """Return what is plain to see of a rule's condition."""
    values: dict[Key, frozenset[object]] = {}
    bounds: dict[Key, Bounds] = {}
    for conjunct in CompiledRule(rule).conjuncts:
        for key, some in conjunct.keys.items():
            values[key] = values[key] & some if key in values else frozenset(some)
        if conjunct.bounds is not None:
            key, limits = conjunct.bounds
            bounds[key] = _narrowed(bounds[key], limits) if key in bounds else limits
    return Box(rule, values, bounds)


def apart(a: Box, b: Box) -> bool:
    """Say whether it is plain that the two never hold together."""
    for key, values in a.values.items():
        if key in b.values and values.isdisjoint(b.values[key]):
            return True
    return any(key in b.bounds and _are_apart(limits, b.bounds[key]) for key, limits in a.bounds.items())


class Budget:
    """How many pairs may still be compared; `skipped` counts those beyond."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.skipped = 0

    def take(self, count: int) -> int:
        """Return how many of `count` comparisons may be made."""
        granted = min(count, max(self.left, 0))
        self.left -= granted
        self.skipped += count - granted
        return granted


Wanted = Callable[[Rule, Rule], bool]


def pairs(boxes: Sequence[Box], wanted: Wanted, budget: Budget) -> Iterator[tuple[Box, Box]]:
    """Yield each pair that is `wanted` and may hold together, once."""
    yield from _pairs(list(boxes), wanted, budget, frozenset())


def pairs_with(some: Sequence[Box], boxes: Sequence[Box], wanted: Wanted, budget: Budget) -> Iterator[tuple[Box, Box]]:
    """Yield the pairs of which one box is among `some`, once."""
    done: set[str] = set()
    for a in some:
        done.add(a.rule.id)
        yield from _with_each(a, [b for b in boxes if b.rule.id not in done], wanted, budget)


def _pairs(boxes: list[Box], wanted: Wanted, budget: Budget, used: frozenset[Key]) -> Iterator[tuple[Box, Box]]:
    key = _best_key(boxes, used) if len(boxes) >= _FEWEST_TO_SHELVE else None
    if key is None:
        for number, a in enumerate(boxes):
            yield from _with_each(a, boxes[number + 1 :], wanted, budget)
        return
    shelves: dict[object, list[Box]] = defaultdict(list)
    free: list[Box] = []
    for box in boxes:
        for value in box.values.get(key, ()):
            shelves[value].append(box)
        if key not in box.values:
            free.append(box)
    seen: set[tuple[str, str]] = set()
    for shelf in shelves.values():
        for a, b in _pairs(shelf, wanted, budget, used | {key}):
            ids = a.rule.id, b.rule.id
            if ids not in seen:  # Two rules may share several values.
                seen.add(ids)
                yield a, b
    yield from _pairs(free, wanted, budget, used | {key})
    shelved = [box for box in boxes if key in box.values]
    for a in free:
        yield from _with_each(a, shelved, wanted, budget)


def _with_each(a: Box, others: Sequence[Box], wanted: Wanted, budget: Budget) -> Iterator[tuple[Box, Box]]:
    for b in others[: budget.take(len(others))]:
        if wanted(a.rule, b.rule) and not apart(a, b):
            yield a, b


def _best_key(boxes: Sequence[Box], used: frozenset[Key]) -> Key | None:
    """Return the fact that tells most rules apart, if one tells many apart."""
    values: dict[Key, set[object]] = defaultdict(set)
    count: dict[Key, int] = defaultdict(int)
    for box in boxes:
        for key, some in box.values.items():
            if key not in used:
                values[key] |= some
                count[key] += 1
    best = max(values, key=lambda key: (count[key] * min(len(values[key]), 50), str(key)), default=None)
    return best if best is not None and len(values[best]) > 1 and count[best] * 2 >= len(boxes) else None


def _narrowed(a: Bounds, b: Bounds) -> Bounds:
    low = max(((a[0], not a[1]), (b[0], not b[1])), key=lambda one: (one[0] is not None, one[0] or 0, one[1]))
    high = min(((a[2], a[3]), (b[2], b[3])), key=lambda one: (one[0] is None, one[0] or 0, one[1]))
    return low[0], not low[1], high[0], high[1]


def _are_apart(a: Bounds, b: Bounds) -> bool:
    low, may_low, high, may_high = _narrowed(a, b)
    if low is None or high is None:
        return False
    return low > high or (low == high and not (may_low and may_high))
