"""Values inside a JSON column: read, filtered and sorted by the database, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from peewee import ColumnBase, Context

from .database import database, is_sqlite

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST_NAME = 60
"""PostgreSQL cuts names after 63 bytes."""
LONGEST_INDEXED = 500
"""So many characters fit an entry of PostgreSQL's index, 2,704 bytes, whatever they are."""
_NUMBERS = ("number", "money")
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?"


class JSONValue(ColumnBase):
    """The value under one key of a JSON column, as an expression to compare and to sort by.

    The key stands in the statement itself, so that an index over the same expression serves it.
    """

    def __init__(self, column: Any, key: str, type: str) -> None:
        super().__init__()
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a JSON column: lower-case letters, digits and underscores")
        self.column, self.key, self.type = column, key, type

    def __sql__(self, context: Context) -> Context:
        before, after = _around(self.key, self.type)
        written: Context = context.literal(before).sql(self.column).literal(after)
        return written

    def __hash__(self) -> int:
        return hash((JSONValue, self.key))


def comparable(column: Any, value: Any) -> Any:
    """Return a value as the database compares it with `column`: within JSON there are texts and numbers only."""
    if not isinstance(column, JSONValue) or value is None:
        return value
    if isinstance(value, bool):
        return int(value) if is_sqlite() else ("true" if value else "false")
    if column.type in _NUMBERS:
        return float(value) if is_sqlite() else Decimal(str(value))
    if isinstance(value, datetime):
        value = value.astimezone(UTC)  # As it is kept: texts of two zones don't compare.
    return value.isoformat() if isinstance(value, date) else value


def _around(key: str, type: str) -> tuple[str, str]:
    """Return what stands before and after the column's name."""
    if is_sqlite():
        before, after = "json_extract(", f", '$.{key}')"
        return (f"CAST({before}", f"{after} AS REAL)") if type in _NUMBERS else (before, after)
    before, after = "((", f")::jsonb ->> '{key}')"
    if type not in _NUMBERS:
        return before, after
    # What is no number (it was written as the field became one) has no place among them, and stops no list.
    return f"(SUBSTRING({before}", f"{after} FROM '^{_NUMBER}$')::numeric)"


Where = tuple[str, str] | None
"""A column and its value: the rows of a table that are meant. None: all of them."""


def ensure_index(table: str, key: str, type: str, where: Where = None) -> None:
    """Make an index over one value in the `extra` of a table's rows, of those where a column has a value.

    With the id behind the value it serves equality in the order of ids, and the order by the value; see `ordering`.
    """
    _check_names(key, where)
    before, after = _around(key, type)
    name = _index_name(table, key, type, where)
    # SQLite walks a partial index in its order only if what it is partial by is a column too; PostgreSQL only if not.
    first = f'"{where[0]}", ' if where and is_sqlite() else ""
    columns = f'{first}({before}"extra"{after}), "id"'
    database.execute_sql(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" ({columns}){_only(where)}')
    if not is_sqlite():  # It knows nothing of what an expression holds before.
        database.execute_sql(f'ANALYZE "{table}"')


def drop_indexes(table: str, key: str, where: Where = None) -> None:
    """Drop what `ensure_index` made over one value, for whatever type."""
    _check_names(key, where)
    for type in ("text", "number"):
        database.execute_sql(f'DROP INDEX IF EXISTS "{_index_name(table, key, type, where)}"')


def is_held(table: str, key: str, where: Where = None) -> bool:
    """Say whether any of a table's rows has a value under a key of its `extra`."""
    _check_names(key, where)
    before, after = _around(key, "text")
    only = f"{_only(where)} AND" if where else " WHERE"
    sql = f'SELECT 1 FROM "{table}"{only} {before}"extra"{after} IS NOT NULL LIMIT 1'  # noqa: S608 - names checked
    return database.execute_sql(sql).fetchone() is not None


def is_longer(table: str, key: str, longest: int, where: Where = None) -> bool:
    """Say whether any of a table's rows has a text of more characters under a key of its `extra`."""
    _check_names(key, where)
    before, after = _around(key, "text")
    only = f"{_only(where)} AND" if where else " WHERE"
    sql = f'SELECT 1 FROM "{table}"{only} LENGTH({before}"extra"{after}) > {int(longest)} LIMIT 1'  # noqa: S608
    return database.execute_sql(sql).fetchone() is not None


def _check_names(key: str, where: Where) -> None:
    if not all(_KEY.fullmatch(word) for word in (key, *(where or ()))):
        raise ValueError(f"no key {key!r} where {where}: names are lower-case letters, digits and underscores")


def _only(where: Where) -> str:
    return f" WHERE \"{where[0]}\" = '{where[1]}'" if where else ""


def _index_name(table: str, key: str, type: str, where: Where) -> str:
    """Return an index's name. It says how values are read: made for numbers, an index refuses every text."""
    parts = ("ix", table, *((where[1],) if where else ()), key, *(("numeric",) if type in _NUMBERS else ()))
    name = "_".join(parts)
    if len(name) > _LONGEST_NAME:  # Cut off, two names may be one.
        name = f"{name[: _LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return name
