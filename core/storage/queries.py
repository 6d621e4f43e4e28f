"""Queries where peewee leaves something open: types for a query and its rows, and a long list of values at little cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from peewee import OP, SQL, Expression, ModelSelect, NodeList, Select, fn

from .database import database, is_sqlite

Query: TypeAlias = "ModelSelect[Any]"
"""A query for records, to read or to narrow further."""


def tuples(query: Query) -> Iterable[tuple[Any, ...]]:
    """Return the rows of a query as tuples, one value a column."""
    return query.tuples()


def pairs(query: Query) -> Iterable[tuple[Any, Any]]:
    """Return the rows of a query for two columns, to make a dict of."""
    return query.tuples()


def locked(query: Query) -> Query:
    """Return a query whose rows nobody else changes before the transaction ends; SQLite has one writer at a time anyway."""
    return query if is_sqlite() else query.for_update()


class _FoundIn(Expression):
    """`column IN (query)`, written once; peewee's own is written twice to see if it is empty, so nested ones 2^n times."""

    def __sql__(self, context: Any) -> Any:
        with context(parentheses=True, in_expr=True, converter=None):
            return context.sql(self.lhs).literal(" IN ").sql(self.rhs)


def found_in(column: Any, query: Query) -> Any:
    """Return the condition that a column holds what a query of one column finds."""
    return _FoundIn(column, OP.IN, query)


def refers_into(column: Any, query: Query) -> Any:
    """Return the condition of `found_in`, for one that stands beside others joined by OR; no row twice in the same table.

    PostgreSQL reads a query behind IN whole wherever it is one of several conditions, and row by row once it is too
    large for its memory; of EXISTS it takes whichever way costs less. SQLite finds rows by index through IN alone.
    """
    (found,) = query._returning  # type: ignore[attr-defined] # peewee has no other way to say what a query returns
    if is_sqlite() or getattr(column, "model", None) is query.model:
        return found_in(column, query)
    return fn.EXISTS(query.select(SQL("1")).where(found == column))


def any_of(conditions: Sequence[Any]) -> Any:
    """Return the condition that one of some holds, written side by side.

    peewee nests what is joined one by one, `((a OR b) OR c)`, and SQLite's parser takes no more than a hundred brackets
    and words that are open at once: access asked through several kinds of record comes close to that.
    """
    return NodeList(list(conditions), " OR ", parens=True)


def all_of(conditions: Sequence[Any]) -> Any:
    """Return the condition that all of some hold, written side by side as `any_of` does."""
    return NodeList(list(conditions), " AND ", parens=True)


def among(column: Any, ids: Sequence[str] | Sequence[int]) -> Any:
    """Return the condition that a column holds one of these ids; peewee's own `in_` handles each value by itself."""
    return column.in_(SQL(f"({','.join([database.param] * len(ids))})", ids))


COUNTED_UP_TO = 9_999
"""Rows are counted this far where nobody needs to know more: what a page asks costs by what it shows."""


def counted_up_to(query: Query, most: int = COUNTED_UP_TO) -> int:
    """Return how many rows a query has; `most` + 1 stands for all above."""
    return count_each([query], most)[0]


def count_each(queries: Sequence[Query], most: int = COUNTED_UP_TO) -> list[int]:
    """Return how many rows each query has, with one statement; `most` + 1 stands for all above."""
    union: Any = None
    for number, one in enumerate(queries):
        rows = one.order_by().select(one.model._meta.primary_key).limit(most + 1).alias(f"counted{number}")
        counted = Select([rows], [SQL(str(number)), fn.COUNT(SQL("*"))])
        union = counted if union is None else union.union_all(counted)
    if union is None:
        return []
    text, values = database.get_sql_context().sql(union).query()
    found = dict(database.execute_sql(text, values))
    return [int(found.get(number, 0)) for number in range(len(queries))]
