"""Joins rows of several items: turns what is compared into small whole numbers and asks durable-rules.

Equality becomes a code and order a rank, given out anew for each evaluation, so that the engine compares
exactly and by type. Only rows that can still matter are asserted, a few of the first item's at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..language.errors import JoinTooLarge
from ..language.values import FactView, Value, is_number, moment, typed
from .durable import JoinTest, cell_for
from .joins_rows import ItemRows

# Combinations that one question to the engine may have; it takes some 15 µs for each it finds.
_MOST_AT_ONCE = 2000
# Combinations that one row of the first item may have, and rows asserted in one evaluation.
_MOST_OF_ONE = 20_000
_MOST_ASSERTED = 50_000

Numbers = dict[str, int]


FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
"""An operator seen from the other side."""


class Relation(NamedTuple):
    """A comparison between the rows of two items: `own` op `other`, both written as conditions write them."""

    alias: str
    own: str
    op: str
    other_alias: str
    other: str


class Joiner:
    """Items, at least two, and the comparisons between their rows."""

    def __init__(self, rule_id: str, aliases: Sequence[str], relations: Sequence[Relation]) -> None:
        self._rule_id = rule_id
        place = {alias: number for number, alias in enumerate(aliases)}
        self._relations = tuple(relations)
        self._ends = tuple((place[one.alias], place[one.other_alias]) for one in relations)
        tests: list[JoinTest] = []
        for number, relation in enumerate(relations):
            item, other = self._ends[number]
            if relation.op in ("==", "!="):
                tests.append(JoinTest(item, relation.op, f"a{number}", other, f"b{number}"))
            else:  # A number and a moment have no order: their kinds have to be equal first.
                tests.append(JoinTest(item, "==", f"j{number}", other, f"k{number}"))
                tests.append(JoinTest(item, relation.op, f"a{number}", other, f"b{number}"))
        # Each comparison as seen from either side.
        self._asked = tuple(
            side
            for one in tests
            for side in (
                (one.item, one.op, one.own, one.other_item, one.other),
                (one.other_item, FLIPPED[one.op], one.other, one.item, one.own),
            )
        )
        self._items = len(aliases)
        self._tests = tests
        self._cell = cell_for(self._items, tests)

    def combinations(self, rows: Sequence[ItemRows], view: FactView) -> Iterator[tuple[int, ...]]:
        """Yield the combinations that fit, as places in `rows`, in the order of the rows."""
        numbers = self._numbers(rows, view)
        kept = [[place for place, one in enumerate(of_item) if one is not None] for of_item in numbers]
        self._reduce(numbers, kept)
        asserted = 0
        for first in self._portions(numbers, kept):
            asked = [first, *kept[1:]]
            self._reduce(numbers, asked)
            if not all(asked):
                continue
            asserted += sum(map(len, asked))
            if asserted > _MOST_ASSERTED:
                raise JoinTooLarge(self._rule_id)
            facts = [[numbers[item][place] or {} for place in places] for item, places in enumerate(asked)]
            found = self._cell.combinations(facts)
            yield from sorted(tuple(asked[item][at] for item, at in enumerate(one)) for one in found)

    def _numbers(self, rows: Sequence[ItemRows], view: FactView) -> list[list[Numbers | None]]:
        """Return what the engine sees of each row; None for a row that lacks what a comparison needs."""
        found: list[list[Numbers | None]] = [[{} for _ in range(len(of_item))] for of_item in rows]
        for number, relation in enumerate(self._relations):
            ends = self._ends[number]
            values = [rows[ends[0]].values(relation.own), rows[ends[1]].values(relation.other)]
            equality = relation.op in ("==", "!=")
            coded = _codes(values) if equality else _ranks(values, view)
            for end, kind, name, codes in zip(ends, "jk", "ab", coded, strict=True):
                for place, code in enumerate(codes):
                    one = found[end][place]
                    if one is None:
                        continue
                    if code is None:
                        found[end][place] = None
                    elif equality:
                        one[f"{name}{number}"] = code[1]
                    else:
                        one[f"{kind}{number}"], one[f"{name}{number}"] = code
        return found

    def _reduce(self, numbers: Sequence[Sequence[Numbers | None]], kept: list[list[int]]) -> None:
        """Drop rows that no row kept of the other item can go with: both ways, once through."""
        for item, op, own, other, other_name in (*self._asked, *reversed(self._asked)):
            if not kept[item]:
                continue
            there = {(numbers[other][place] or {})[other_name] for place in kept[other]}
            fits = _fitting(op, there)
            kept[item] = [place for place in kept[item] if fits((numbers[item][place] or {})[own])]

    def _portions(self, numbers: Sequence[Sequence[Numbers | None]], kept: Sequence[list[int]]) -> Iterator[list[int]]:
        """Yield the first item's rows, few enough at a time that their combinations stay bounded."""
        most = 1
        for item in range(1, self._items):
            most *= max(self._most_alike(item, numbers[item], kept[item]), 1)
        if most > _MOST_OF_ONE:
            raise JoinTooLarge(self._rule_id)
        size = max(1, _MOST_AT_ONCE // most)
        yield from (kept[0][start : start + size] for start in range(0, len(kept[0]), size))

    def _most_alike(self, item: int, numbers: Sequence[Numbers | None], kept: Sequence[int]) -> int:
        """Return how many of an item's rows one combination of the items before can meet at most."""
        names = [test.own for test in self._tests if test.item == item and test.op == "=="]
        counts: dict[Any, int] = {}
        for place in kept:
            key = tuple((numbers[place] or {})[name] for name in names)
            counts[key] = counts.get(key, 0) + 1
        return max(counts.values(), default=0)


def _fitting(op: str, there: set[int]) -> Callable[[int], bool]:
    """Return the test whether a number can go with at least one of those on the other side."""
    if not there:
        return lambda number: False
    low, high = min(there), max(there)
    if op == "==":
        return there.__contains__
    if op == "!=":
        return lambda number: number != low or number != high
    if op == "<":
        return lambda number: number < high
    if op == "<=":
        return lambda number: number <= high
    return (lambda number: number > low) if op == ">" else (lambda number: number >= low)


Code = tuple[int, int]


def _codes(values: Sequence[Sequence[Value | None]]) -> list[list[Code | None]]:
    """Return a code for each value, the same for values that are equal and of one kind."""
    codes: dict[Any, int] = {}
    return [
        [None if value is None else (0, codes.setdefault(typed(value), len(codes))) for value in column]
        for column in values
    ]


def _ranks(values: Sequence[Sequence[Value | None]], view: FactView) -> list[list[Code | None]]:
    """Return (kind, rank) for each value: numbers are ordered among numbers, moments among moments."""
    read: list[list[tuple[int, Any] | None]] = [[_ordered(value, view) for value in column] for column in values]
    ranks: list[dict[Any, int]] = []
    for kind in (0, 1):
        present = {one[1] for column in read for one in column if one is not None and one[0] == kind}
        ranks.append({value: rank for rank, value in enumerate(sorted(present))})
    return [[None if one is None else (one[0], ranks[one[0]][one[1]]) for one in column] for column in read]


def _ordered(value: Value | None, view: FactView) -> tuple[int, Any] | None:
    if is_number(value):
        return 0, value
    at = moment(value, view.now)
    return None if at is None else (1, at)
