"""The index over records' texts: written along with each record by the door, made anew for a whole company."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.database import database, write_transaction
from ..storage.system_tables import SearchTerm
from .folding import endings, wholes

PLAIN, PERSONAL, WHOLE = 0, 1, 2
"""What an entry is of: a text that whoever sees the record reads; a masked one; a masked one as a whole."""
_AT_ONCE = 200
_ROWS_AT_ONCE = 2_000
Entry = tuple[str, str, int, str]
"""Kind, term, sort and id of the record."""


def write(kind: Kind, record: Any) -> None:
    """Enter a new record into the index."""
    _insert(list(_entries(kind, record)))


def rewrite(kind: Kind, record: Any, changed: Iterable[str]) -> None:
    """Enter a record anew if a text that it is found by is among what changed."""
    if set(changed).isdisjoint(kind.found_by) and not ("extra" in changed and kind.added & set(kind.found_by)):
        return
    SearchTerm.delete().where(SearchTerm.record_id == record.id).execute()
    write(kind, record)


def rebuild(kinds: Kinds) -> int:
    """Make the index anew of all records there are; return how many it holds."""
    count = 0
    with write_transaction():
        SearchTerm.delete().execute()
        for kind in kinds.values():
            if not kind.found_by:
                continue
            for rows in _pages(kind):
                _insert([entry for row in rows for entry in _entries(kind, row)])
                count += len(rows)
    return count


def enter_long(kinds: Kinds, beyond: int = 60) -> int:
    """Enter anew the records with a text longer than an earlier Clew entered; return how many there were."""
    count = 0
    with write_transaction():
        for kind in kinds.values():
            for rows in _pages(kind) if kind.found_by else ():
                for row in rows:
                    if any(len(value) > beyond for _, value in values_of(kind, row)):
                        SearchTerm.delete().where(SearchTerm.record_id == row.id).execute()
                        write(kind, row)
                        count += 1
    return count


def values_of(kind: Kind, record: Any) -> Iterator[tuple[Any, str]]:
    """Yield the fields that a record is found by, with its values."""
    for name in kind.found_by:
        field = kind.by_name.get(name)
        if field is None:
            continue
        value = (record.extra or {}).get(name) if field.extra else getattr(record, name, None)
        if isinstance(value, str) and value:
            yield field, value


def _entries(kind: Kind, record: Any) -> Iterator[Entry]:
    found: dict[Entry, None] = {}
    for field, value in values_of(kind, record):
        for term in endings(value):
            found[kind.name, term, PERSONAL if field.mask else PLAIN, record.id] = None
        for term in wholes(value) if field.mask else ():
            found[kind.name, term, WHOLE, record.id] = None
    yield from found


def _insert(entries: Sequence[Entry]) -> None:
    for start in range(0, len(entries), _AT_ONCE):
        some = entries[start : start + _AT_ONCE]
        row = f"({', '.join([database.param] * 4)})"
        text = f"INSERT INTO search_term (record_kind, term, sort, record_id) VALUES {', '.join([row] * len(some))}"  # noqa: S608
        database.execute_sql(text, [value for entry in some for value in entry])


def _pages(kind: Kind) -> Iterator[list[Any]]:
    last = ""
    while True:
        model = kind.model
        query = model.select().where(model.id > last)
        if kind.data:
            query = query.where(model.kind_name == kind.name)  # type: ignore[attr-defined]
        rows = list(query.order_by(model.id).limit(_ROWS_AT_ONCE))
        if not rows:
            return
        yield rows
        last = rows[-1].id
