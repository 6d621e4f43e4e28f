"""The statements every event needs, written once: peewee takes longer to write them than the database to run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from peewee import Query

from ..storage.records import Record
from .database import database, is_sqlite
from .queries import locked
from .records import Base

LARGEST = 2**63 - 1
"""The largest number a database holds: no row is called by a larger one."""
_texts: dict[tuple[object, ...], str] = {}


def by_id(model: type[Base], record_id: str | int | None, *, lock: bool = False) -> Any:
    """Return the record of that id, or None; with `lock` nobody else changes it before this transaction ends."""
    if record_id is None or (isinstance(record_id, int) and not 0 <= record_id <= LARGEST):
        return None

    def query() -> Query:
        found = model.select().where(model._meta.primary_key == record_id)
        return locked(found) if lock else found

    return next(iter(read(model, written((model, "lock" if lock else "read"), query), [record_id])), None)


def read(model: type[Base], text: str, values: Sequence[object]) -> list[Any]:
    """Return the records a statement of ours selects: every column of the model's, in its order."""
    columns = _columns(model)
    found = []
    for row in database.execute_sql(text, values):
        record = model(__no_default__=True)
        record.__data__ = {
            name: None if value is None else convert(value) for (name, convert), value in zip(columns, row, strict=True)
        }
        found.append(record)
    return found


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
    values = {name: record.__data__[record._meta.combined[name].name] for name in names}
    return update_if(type(record), values, {"id": record.id, "revision": seen})


def update_if(model: type[Base], values: Mapping[str, Any], seen: Mapping[str, Any]) -> bool:
    """Write values to the row whose fields still equal those `seen` (its id among them); say whether it was there."""
    combined = model._meta.combined
    pairs = [(combined[name], value) for given in (values, seen) for name, value in given.items()]

    def text() -> str:
        marks = [f'"{field.column_name}" = {database.param}' for field, _ in pairs]
        changes, where = ", ".join(marks[: len(values)]), " AND ".join(marks[len(values) :])
        return f'UPDATE "{model._meta.table_name}" SET {changes} WHERE {where}'  # noqa: S608 - names of ours

    key = (model, "update", *values, "if", *seen)
    return bool(database.execute_sql(_text(key, text), [field.db_value(value) for field, value in pairs]).rowcount)


def rows(name: str, query: Callable[[], Query], *values: object) -> list[Any]:
    """Return what a query selects, as the database has it; `name` stands for its text, `values` are those of now."""
    return list(database.execute_sql(written((name,), query), values).fetchall())


def count(name: str, query: Callable[[], Query], *values: object) -> int:
    """Return what a query counts; `name` stands for its text, and `values` are those of this time."""
    return int(rows(name, query, *values)[0][0])


@cache
def _columns(model: type[Base]) -> list[tuple[str, Callable[[Any], Any]]]:
    return [(field.name, field.python_value) for field in model._meta.sorted_fields]


def written(key: tuple[object, ...], query: Callable[[], Query]) -> str:
    """Return the text of a query, the same for every call with this key."""
    return _text(key, lambda: query().sql()[0])


def _text(key: tuple[object, ...], write: Callable[[], str]) -> str:
    kind = (is_sqlite(), *key)
    found = _texts.get(kind)
    if found is None:
        found = _texts[kind] = write()
    return found
