"""Joins items of which each after the first equals an earlier one in some field: found by value, first ones first.

Nothing is asserted anywhere and nothing is looked at twice: an equality leads straight to the rows that fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..language.errors import JoinTooLarge
from ..language.operators import compare
from ..language.values import FactView, typed
from .joins_durable import FLIPPED, Relation
from .joins_rows import ItemRows

_MOST_TRIED = 200_000
"""Rows that one rule may try in one evaluation; joins that find nothing would otherwise try them all."""


class _Asked(NamedTuple):
    """A comparison between an item's field and that of an item bound before it."""

    own: str
    op: str
    item: int
    other: str


class HashJoiner:
    """Items, at least two, and the comparisons between their rows; see `fits` for which it takes."""

    def __init__(self, rule_id: str, aliases: Sequence[str], relations: Sequence[Relation]) -> None:
        self._rule_id = rule_id
        self._items = len(aliases)
        by_item = _by_item(aliases, relations)
        self._by = [next((one for one in asked if one.op == "=="), None) for asked in by_item]
        self._rest = [tuple(one for one in asked if one is not self._by[item]) for item, asked in enumerate(by_item)]

    @staticmethod
    def fits(aliases: Sequence[str], relations: Sequence[Relation]) -> bool:
        """Say whether every item after the first equals a field of an item before it."""
        return all(any(one.op == "==" for one in asked) for asked in _by_item(aliases, relations)[1:])

    def combinations(self, rows: Sequence[ItemRows], view: FactView) -> Iterator[tuple[int, ...]]:
        """Yield the combinations that fit, as places in `rows`, in the order of the rows. Raises JoinTooLarge."""
        tried = 0
        bound: list[int] = []
        waiting: list[Iterator[int]] = [iter(range(len(rows[0])))]
        while waiting:
            place = next(waiting[-1], None)
            if place is None:
                waiting.pop()
                if bound:
                    bound.pop()
                continue
            tried += 1
            if tried > _MOST_TRIED:
                raise JoinTooLarge(self._rule_id)
            item = len(bound)
            if not all(
                compare(
                    one.op, rows[item].value(place, one.own), rows[one.item].value(bound[one.item], one.other), view.now
                )
                for one in self._rest[item]
            ):
                continue
            if item + 1 == self._items:
                yield (*bound, place)
                continue
            bound.append(place)
            waiting.append(iter(self._candidates(item + 1, bound, rows)))

    def _candidates(self, item: int, bound: Sequence[int], rows: Sequence[ItemRows]) -> Sequence[int]:
        by = self._by[item]
        if by is None:
            return range(len(rows[item]))
        value = rows[by.item].value(bound[by.item], by.other)
        return () if value is None else rows[item].having(by.own, typed(value))


def _by_item(aliases: Sequence[str], relations: Sequence[Relation]) -> list[list[_Asked]]:
    """Return each item's comparisons with the items before it."""
    place = {alias: number for number, alias in enumerate(aliases)}
    found: list[list[_Asked]] = [[] for _ in aliases]
    for one in relations:
        item, other = place[one.alias], place[one.other_alias]
        if item > other:
            found[item].append(_Asked(one.own, one.op, other, one.other))
        else:
            found[other].append(_Asked(one.other, FLIPPED[one.op], item, one.own))
    return found
