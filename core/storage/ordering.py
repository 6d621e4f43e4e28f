"""Rows in the order of a value, those without one last: in pieces, each of which an index over (value, id) serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .database import is_sqlite
from .queries import Query


@dataclass(frozen=True)
class Piece:
    """Some rows of a query, in order; the rows of the next piece come after all of these."""

    condition: Any
    order: tuple[Any, ...]

    def of(self, query: Query) -> Query:
        """Return the rows of a query that this piece has."""
        found = query if self.condition is None else query.where(self.condition)
        return found.order_by(*self.order)


def pieces(column: Any, key: Any, down: bool, *, gaps: bool, after: tuple[Any, str] | None = None) -> list[Piece]:
    """Return the pieces of the order by a column, then by the primary key, in the same direction.

    `gaps` says that rows may have no value; these come last either way. `after` are the value and the key of a
    row: only what comes behind it is wanted. No single statement would do: neither database walks an index to
    find the rows behind a place, or those without a value at the end of a falling order.
    """
    by_key = key.desc() if down else key.asc()
    by_value = (column.desc() if down else column.asc(), by_key)
    found: list[Piece] = []
    behind: Any = None
    if after is None:
        found.append(Piece(column.is_null(False) if gaps else None, by_value))
    else:
        value, last = after
        behind = key < last if down else key > last
        if value is not None:
            found.append(Piece((column == value) & behind, (by_key,)))
            found.append(Piece(column < value if down else column > value, by_value))
            behind = None
    if gaps:
        nothing = column.is_null()
        # PostgreSQL does not see that rows without a value are in the order of their key; SQLite sees only that.
        order = (by_key,) if is_sqlite() else by_value
        found.append(Piece(nothing if behind is None else nothing & behind, order))
    return found


def pieces_before(column: Any, key: Any, down: bool, *, gaps: bool, before: tuple[Any, str]) -> list[Piece]:
    """Return the pieces of what comes before a row in the order that `pieces` has, backwards: the closest row first."""
    value, first = before
    by_key = key.asc() if down else key.desc()
    by_value = (column.asc() if down else column.desc(), by_key)
    ahead = key > first if down else key < first
    if value is not None:
        same = Piece((column == value) & ahead, (by_key,))
        return [same, Piece(column > value if down else column < value, by_value)]
    nothing = Piece(column.is_null() & ahead, (by_key,) if is_sqlite() else by_value)
    return [nothing, Piece(column.is_null(False) if gaps else None, by_value)]


def rows_of(query: Query, parts: Sequence[Piece], limit: int, skipped: int = 0) -> list[Any]:
    """Return at most `limit` rows of the pieces, one after another, behind the first `skipped`."""
    found: list[Any] = []
    for number, part in enumerate(parts):
        here = part.of(query)
        some = list(here.limit(limit - len(found)).offset(skipped)) if skipped else list(here.limit(limit - len(found)))
        found += some
        if len(found) >= limit or number == len(parts) - 1:
            break
        skipped = 0 if some or not skipped else max(0, skipped - here.order_by().count())
    return found
