"""The statements every event needs, written once: peewee takes longer to write them than the database to run them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from peewee import Query

from ..storage.records import Record
from .database import database, is_sqlite
from .records import Base

_texts: dict[tuple[object, ...], str] = {}


def by_id(model: type[Base], record_id: str | int | None, *, lock: bool = False) -> Any:
    """Return the record of that id, or None; with `lock` nobody else changes it before this transaction ends."""
    if record_id is None:
        return None
    lock = lock and not is_sqlite()  # SQLite has one writer at a time anyway.

    def query() -> Query:
        found = model.select().where(model._meta.primary_key == record_id)
        return found.for_update() if lock else found

    return next(iter(model.raw(written((model, "lock" if lock else "read"), query), record_id)), None)


def insert(record: Base) -> None:
    """Insert a record as it is; the number it is given, where the database numbers its like, is then in it."""
    model, meta = type(record), record._meta
    key: Any = meta.primary_key  # Every table has one.
    fields = [field for field in meta.sorted_fields if not (meta.auto_increment and field is key)]
    numbered = meta.auto_increment and not is_sqlite()

    def text() -> str:
        names = ", ".join(f'"{field.column_name}"' for field in fields)
        marks = ", ".join([database.param] * len(fields))
        returning = f' RETURNING "{key.column_name}"' if numbered else ""
        return f'INSERT INTO "{meta.table_name}" ({names}) VALUES ({marks}){returning}'  # noqa: S608 - names of ours

    data = record.__data__
    values = [field.db_value(data.get(field.name)) for field in fields]
    cursor = database.execute_sql(_text((model, "insert"), text), values)
    if meta.auto_increment:
        setattr(record, key.name, cursor.fetchone()[0] if numbered else cursor.lastrowid)


def update(record: Record, names: Sequence[str], seen: int) -> bool:
    """Write these fields of a record if it still has the revision `seen` in the database; say whether it had."""
    meta = record._meta
    fields = [meta.combined[name] for name in names]

    def text() -> str:
        changes = ", ".join(f'"{field.column_name}" = {database.param}' for field in fields)
        where = f'"id" = {database.param} AND "revision" = {database.param}'
        return f'UPDATE "{meta.table_name}" SET {changes} WHERE {where}'  # noqa: S608 - names of ours

    values = [field.db_value(record.__data__[field.name]) for field in fields]
    cursor = database.execute_sql(_text((type(record), "update", *names), text), [*values, record.id, seen])
    return bool(cursor.rowcount)


def count(name: str, query: Callable[[], Query], *values: str) -> int:
    """Return what a query counts; `name` stands for its text, and `values` are those of this time."""
    return int(database.execute_sql(written((name,), query), values).fetchone()[0])


def written(key: tuple[object, ...], query: Callable[[], Query]) -> str:
    """Return the text of a query, the same for every call with this key."""
    return _text(key, lambda: query().sql()[0])


def _text(key: tuple[object, ...], write: Callable[[], str]) -> str:
    kind = (is_sqlite(), *key)
    found = _texts.get(kind)
    if found is None:
        found = _texts[kind] = write()
    return found
