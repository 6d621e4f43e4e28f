"""Records to try a rule on: those to which its events came, the newest moment first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from peewee import SQL, fn

from ..schema.kind import Kind
from ..storage.queries import Query, among, tuples
from ..storage.records import UTCDateTimeField
from ..storage.system_tables import JournalLine
from ..workspace import Workspace

_NEWEST = 200
"""So many of the newest lines are looked at first: what it costs does not grow with the journal."""


@dataclass(frozen=True)
class TriedOn:
    """A record, and when one of the rule's events last came to it (None: never)."""

    record: Any
    at: datetime | None


def tried_on(ws: Workspace, kind: Kind, records: Query, events: Iterable[str], most: int) -> list[TriedOn]:
    """Return at most so many of these records of a kind: those that the events came to, the newest moment first.

    Where they came to none of them, the newest records are returned.
    """
    sources = list(_sources(ws, kind, list(events)))
    lately = _moments(sources, None)
    model = kind.model
    rows = {row.id: row for row in records.where(among(model.id, sorted(lately)))} if lately else {}
    if len(rows) < most and sources:
        rest = records.where(reduce(or_, (one.came_to(model) for one in sources)))
        rest = rest.where(model.id.not_in(list(rows))) if rows else rest
        older = {row.id: row for row in rest.order_by(model.id.desc()).limit(most - len(rows))}
        lately |= _moments(sources, sorted(older))
        rows |= older
    if not rows:
        return [TriedOn(row, None) for row in records.order_by(model.id.desc()).limit(most)]
    found = [TriedOn(row, lately.get(row.id)) for row in rows.values()]
    return sorted(found, key=lambda one: (one.at is not None and one.at.timestamp(), one.record.id), reverse=True)[
        :most
    ]


@dataclass(frozen=True)
class _Source:
    """Events about one kind of record; `acting` is the column by which those act on the kind that is tried, if another."""

    here: Kind
    names: Sequence[str]
    acting: Any = None

    def came_to(self, model: Any) -> Any:
        """Return the condition that one of the events came to a record."""
        if self.acting is None:
            return fn.EXISTS(self._lines(model.id))
        of = self.here.model
        return fn.EXISTS(of.select(SQL("1")).where((self.acting == model.id) & fn.EXISTS(self._lines(of.id))))

    def _lines(self, record_id: Any) -> Query:
        about = (JournalLine.record_kind == self.here.name) & (JournalLine.record_id == record_id)
        return JournalLine.select(SQL("1")).where(about & JournalLine.kind.in_(self.names))

    def moments(self, ids: Sequence[str] | None) -> Iterator[tuple[str, datetime]]:
        """Yield when the events came: to these records, or (None) lately to any."""
        of: dict[str, str] | None = None
        if ids is None:
            lines = JournalLine.select(JournalLine.record_id, JournalLine.at).where(JournalLine.kind.in_(self.names))
            lines = lines.order_by(JournalLine.at.desc()).limit(_NEWEST)
        else:
            about = ids
            if self.acting is not None:
                of = dict(
                    tuples(self.here.model.select(self.here.model.id, self.acting).where(among(self.acting, ids)))
                )
                about = sorted(of)
            if not about:
                return
            at = fn.MAX(JournalLine.at).converter(UTCDateTimeField().python_value)
            mine = (JournalLine.record_kind == self.here.name) & among(JournalLine.record_id, about)
            lines = JournalLine.select(JournalLine.record_id, at).where(mine & JournalLine.kind.in_(self.names))
            lines = lines.group_by(JournalLine.record_id)
        found = list(tuples(lines))
        if self.acting is not None and of is None:
            known = sorted({one for one, _ in found})
            rows = self.here.model.select(self.here.model.id, self.acting).where(among(self.here.model.id, known))
            of = dict(tuples(rows)) if known else {}
        for record_id, moment in found:
            on = record_id if of is None else of.get(record_id)
            if on:
                yield on, moment


def _moments(sources: Iterable[_Source], ids: Sequence[str] | None) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for source in sources if ids is None or ids else ():
        for record_id, at in source.moments(ids):
            found[record_id] = max(at, found.get(record_id, at))
    return found


def _sources(ws: Workspace, kind: Kind, events: list[str]) -> Iterator[_Source]:
    for here in ws.kinds.ruled:
        # What is judged before it is saved leaves no line.
        names = [one for one in events if one.startswith(f"{here.name}.") and not one.endswith(".saving")]
        if not names:
            continue
        fields = here.model._meta.combined
        if here.name == kind.name:
            yield _Source(here, names)
        elif "about_id" in here.columns:
            yield _Source(here, names, fields["about_id"])
        elif here.acts_on == kind.name:
            yield _Source(here, names, fields[next(one.name for one in here.parents if one.to == kind.name)])
