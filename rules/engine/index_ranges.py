"""Rules told apart by a number: the thresholds cut the line into slots, and each slot knows its rules."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ..language.values import FactView, Key
from .compiled_conditions import narrowed

FEWEST_IN_RANGES = 8
_BLOCKS = 64
# Rows kept in slots, as a multiple of the rows there are: one-sided bounds would otherwise keep n².
_MOST_KEPT = 50


class _Node(Protocol):
    def collect(self, view: FactView, found: list[int]) -> None: ...


class Ranges:
    """Rules that bound one number.

    Thresholds are numbered; slot 2n lies below threshold n and above the one before, slot 2n + 1 is
    equal to it. A block is a run of slots with every rule that may hold somewhere in it, so that a
    slot's own rules are found among few when a number first falls into it.
    """

    def __init__(
        self,
        key: Key,
        rows: Sequence[Any],
        used: frozenset[Key],
        node: Callable[[Sequence[Any], frozenset[Key]], _Node],
        row_test: Callable[..., Callable[[FactView], bool]],
    ) -> None:
        self._used, self._node, self._row_test = used | {key}, node, row_test
        spans = [(row, [part.bounds[1] for part in row[1] if part.bounds and part.bounds[0] == key]) for row in rows]
        self._thresholds = sorted(
            {bound for _, all_bounds in spans for bounds in all_bounds for bound in (bounds[0], bounds[2])} - {None}
        )
        slots = 2 * len(self._thresholds) + 1
        place = {threshold: 2 * number + 1 for number, threshold in enumerate(self._thresholds)}
        self._width = -(-slots // _BLOCKS)
        self._blocks: list[list[tuple[int, int, Any]]] = [[] for _ in range(-(-slots // self._width))]
        for (position, left, gate), all_bounds in spans:
            low, with_low, high, with_high = narrowed(all_bounds)
            first = 0 if low is None else place[low] + (not with_low)
            last = slots - 1 if high is None else place[high] - (not with_high)
            after = tuple(part for part in left if not (part.bounds and part.bounds[0] == key))
            for block in range(first // self._width, last // self._width + 1):
                self._blocks[block].append((first, last, (position, after, gate)))
        self._slots: dict[int, _Node] = {}
        self._room = _MOST_KEPT * len(rows)

    def collect(self, number: int | float, view: FactView, found: list[int]) -> None:
        """Add the positions of the rules that hold for a view in which the number is this one."""
        thresholds = self._thresholds
        place = bisect_left(thresholds, number)
        slot = 2 * place + (place < len(thresholds) and thresholds[place] == number)
        node = self._slots.get(slot)
        if node is not None:
            node.collect(view, found)
            return
        rows = [row for first, last, row in self._blocks[slot // self._width] if first <= slot <= last]
        if len(rows) <= self._room:
            self._room -= len(rows) + 1
            node = self._slots[slot] = self._node(rows, self._used)
            node.collect(view, found)
            return
        for position, left, gate in rows:
            if all(part.test(view) for part in left) and (gate is None or gate(view)):
                found.append(position)
