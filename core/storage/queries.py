"""Queries where peewee leaves something open: types for a query and its rows, and a long list of values at little cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from peewee import SQL, ModelSelect

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


def among(column: Any, ids: Sequence[str] | Sequence[int]) -> Any:
    """Return the condition that a column holds one of these ids; peewee's own `in_` handles each value by itself."""
    return column.in_(SQL(f"({','.join([database.param] * len(ids))})", ids))
