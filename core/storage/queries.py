"""Types for what peewee's stubs leave open: a query over any model, and the rows of one as plain tuples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from peewee import ModelSelect

Query: TypeAlias = "ModelSelect[Any]"
"""A query for records, to read or to narrow further."""


def tuples(query: Query) -> Iterable[tuple[Any, ...]]:
    """Return the rows of a query as tuples, one value a column."""
    return query.tuples()


def pairs(query: Query) -> Iterable[tuple[Any, Any]]:
    """Return the rows of a query for two columns, to make a dict of."""
    return query.tuples()
