"""What is plain to see of a box, by which an index files it: two outlines that are apart never meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from ..engine.compiled_conditions import Bounds, narrowed
from ..engine.compiled_rule import Conjunct
from ..language.conditions import Condition, flattened
from .box import Box

_MOST_VALUES = 8
T = TypeVar("T")


class Outline(NamedTuple, Generic[T]):
    """The box of something, with the values that facts must have and the numbers they must lie between."""

    of: T
    values: Mapping[Any, frozenset[Any]]
    bounds: Mapping[Any, Bounds]

    def is_apart(self, other: Outline[Any]) -> bool:
        """Say whether it is plain that the two boxes never meet."""
        for key, values in self.values.items():
            if key in other.values and values.isdisjoint(other.values[key]):
                return True
        return any(key in other.bounds and _are_apart(one, other.bounds[key]) for key, one in self.bounds.items())


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


def outline_of_box(box: Box, whole: Box, of: T) -> Outline[T]:
    """Return what is plain to see of a box: a few atoms are values, many are what lies between the first and the last."""
    values: dict[Any, frozenset[Any]] = {}
    bounds: dict[Any, Bounds] = {}
    for place, (mask, every) in enumerate(zip(box, whole, strict=True)):
        if mask == every:
            continue
        if mask.bit_count() <= _MOST_VALUES:
            values[place] = frozenset(atom for atom in range(mask.bit_length()) if mask >> atom & 1)
        else:
            bounds[place] = ((mask & -mask).bit_length(), True, mask.bit_length(), True)
    return Outline(of, values, bounds)


def _are_apart(one: Bounds, other: Bounds) -> bool:
    low, may_low, high, may_high = narrowed([one, other])
    return low is not None and high is not None and (low > high or (low == high and not (may_low and may_high)))
