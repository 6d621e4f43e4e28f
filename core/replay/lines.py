"""Journal lines as a backtest handles them: read in chunks, plain values, and the same shape for simulated ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from peewee import SQL, fn

from ..storage.database import database
from ..storage.queries import Query
from ..storage.system_tables import JournalLine

CHUNK = 2_000
Values = dict[str, Any]
_NOTHING: dict[str, Any] = {}
_READ = (
    *("seq", "at", "kind", "record_kind", "record_id", "record_revision", "channel", "actor_kind", "actor_id"),
    *("cause_seq", "cause_rule", "cause_version", "cause_plugin", "depth", "before", "after"),
)


class Firing(NamedTuple):
    """A rule that fired in a simulated life, and what it saw."""

    rule: str
    version: str
    event: str
    facts: Mapping[str, Any]


class Line(NamedTuple):
    """One thing that happened. `at` is ISO text in UTC, so that lines sort by it; `firing` led to it, if any.

    Values `before` and `after` are plain in a line of history, typed in a simulated one.
    """

    seq: int
    at: str
    kind: str
    record_kind: str
    record_id: str
    revision: int
    channel: str
    actor_kind: str
    actor_id: str
    cause_seq: int | None
    rule: str
    version: str
    plugin: str
    depth: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    firing: Firing | None = None


def moment_of(text: str) -> datetime:
    """Return the moment that ISO text in UTC says."""
    return datetime.fromisoformat(text)


def text_of(moment: datetime) -> str:
    """Return a moment as lines hold it."""
    return moment.astimezone(UTC).isoformat()


def span(since: datetime, until: datetime) -> tuple[int, int]:
    """Return the first and last number of the lines of a period (0, -1 if there are none)."""
    first = JournalLine.select(fn.MIN(JournalLine.seq)).where(JournalLine.at >= since).scalar()
    last = JournalLine.select(fn.MAX(JournalLine.seq)).where(JournalLine.at < until).scalar()
    return (int(first), int(last)) if first and last and first <= last else (0, -1)


def read(first: int, last: int, kinds: Sequence[str] | None = None, plugins: bool = False) -> Iterator[Line]:
    """Yield the lines numbered `first` to `last`, in order: those of record `kinds`, or of `plugins` alone."""
    after = first - 1
    while after < last:
        query = JournalLine.select(*(getattr(JournalLine, name) for name in _READ))
        query = query.where((JournalLine.seq > after) & (JournalLine.seq <= last))
        if kinds is not None:
            query = query.where(JournalLine.record_kind.in_(list(kinds)))
        if plugins:
            query = query.where(JournalLine.cause_plugin != "")
        rows = _rows(query.order_by(JournalLine.seq).limit(CHUNK))
        for row in rows:
            yield _line(row)
        if len(rows) < CHUNK:
            return
        after = rows[-1][0]


def changes_backwards(first: int, last: int, kinds: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what the lines of record `kinds` numbered `last` down to `first` changed: kind, id, JSON of what was."""
    before = last + 1
    while before > first:
        query = JournalLine.select(JournalLine.seq, JournalLine.record_kind, JournalLine.record_id, JournalLine.before)
        query = query.where((JournalLine.seq < before) & (JournalLine.seq >= first))
        query = query.where(JournalLine.record_kind.in_(list(kinds)))
        rows = _rows(query.order_by(JournalLine.seq.desc()).limit(CHUNK))
        for _, kind, record_id, was in rows:
            yield kind, record_id, was
        if len(rows) < CHUNK:
            return
        before = rows[-1][0]


def those(condition: Any) -> Iterator[Line]:
    """Yield the lines for which a condition holds, in order."""
    query = JournalLine.select(*(getattr(JournalLine, name) for name in _READ)).where(condition)
    yield from (_line(row) for row in _rows(query.order_by(JournalLine.seq)))


def count(first: int, last: int, kinds: Sequence[str] | None = None) -> int:
    """Return how many lines `read` would yield."""
    query = JournalLine.select(fn.COUNT(SQL("*"))).where(JournalLine.seq.between(first, last))
    if kinds is not None:
        query = query.where(JournalLine.record_kind.in_(list(kinds)))
    return int(query.scalar())


def _rows(query: Query) -> list[tuple[Any, ...]]:
    # Without peewee's conversion of each value: hundreds of thousands of rows are read here.
    sql, values = query.sql()
    return list(database.execute_sql(sql, values).fetchall())


def _line(row: tuple[Any, ...]) -> Line:
    at = row[1]
    text = at.replace(" ", "T") if isinstance(at, str) else at.isoformat()
    before, after = (_NOTHING if one == "{}" else json.loads(one) for one in row[14:16])
    return Line._make((row[0], text + "+00:00", *row[2:14], before, after, None))
