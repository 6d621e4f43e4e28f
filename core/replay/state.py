"""The records as they were at a moment: today's, with what the journal says happened since taken back.

Only what can still matter is read: customers with an open lead, or touched since. So it costs by what is going
on, not by how long the journal is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from peewee import fn

from ..kinds import Customer, Lead
from ..schema.kind import Kind
from ..schema.registry import Kinds
from ..storage.queries import among, tuples
from ..storage.system_tables import JournalLine
from .lines import changes_backwards
from .memory import CALENDARS, InMemoryStore, kept_kinds

_PEOPLE = ("team", "user", "pause_reason", *CALENDARS)
_PART = 5_000


def state_before(kinds: Kinds, first: int, since: datetime, seen: Callable[[], None] = lambda: None) -> InMemoryStore:
    """Return the records as they were before the journal's line `first`, written at `since`.

    `seen` is called for each line that is taken back, and may raise to stop.
    """
    store = InMemoryStore(kinds)
    customers = _customers_that_matter(first)
    for name in store.records:
        for values in _rows(kinds[name], customers, first):
            store.add(name, values["id"], values["created_at"], values)
    newest = int(JournalLine.select(fn.MAX(JournalLine.seq)).scalar() or 0)
    for kind, record_id, was in changes_backwards(first, newest, kept_kinds(kinds)):
        seen()
        if was != "{}" and record_id in store.records[kind]:
            store.set(kind, record_id, store.typed(kind, json.loads(was)))
    store.assigned_before = _assigned_before(since)
    return store


def lines_since(kinds: Kinds, first: int) -> int:
    """Return how many lines `state_before` takes back."""
    query = JournalLine.select(fn.COUNT(JournalLine.seq)).where(JournalLine.seq >= first)
    return int(query.where(JournalLine.record_kind.in_(list(kept_kinds(kinds)))).scalar())


def _customers_that_matter(first: int) -> list[str]:
    touched = JournalLine.select(JournalLine.customer_id).where(
        (JournalLine.seq >= first) & JournalLine.customer_id.is_null(False)
    )
    found = {one for (one,) in tuples(touched.distinct())}
    found |= {one for (one,) in tuples(Lead.select(Lead.customer).where(Lead.outcome == "open").distinct())}
    # A merger since then moved what belonged to one customer to another.
    merged = Customer.select(Customer.id, Customer.merged_into).where(Customer.merged_into.is_null(False))
    found |= {one for pair in tuples(merged) if found & set(pair) for one in pair}
    return sorted(found)


def _rows(kind: Kind, customers: list[str], first: int) -> Iterator[dict[str, Any]]:
    """Yield the values of the records of a kind that matter and were made before line `first`, the oldest first."""
    model = kind.model
    names = ["id", "created_at", *sorted(kind.columns - kind.secrets)]
    columns = [model._meta.combined[name] for name in names]
    created = (JournalLine.record_kind == kind.name) & (JournalLine.record_id == model.id) & (JournalLine.seq >= first)
    later = JournalLine.select(JournalLine.seq).where(created & (JournalLine.kind == f"{kind.name}.created"))
    query = model.select(*columns).where(~fn.EXISTS(later)).order_by(model.id)
    if kind.name in _PEOPLE:
        parts = [query]
    else:
        column = model.id if kind.name == "customer" else model._meta.fields["customer"]
        parts = [query.where(among(column, customers[at : at + _PART])) for at in range(0, len(customers), _PART)]
        if kind.name != "customer" and column.null:
            parts.append(query.where(column.is_null()))
    for part in parts:
        for row in part.tuples().iterator():
            yield dict(zip(names, row, strict=True))


def _assigned_before(since: datetime) -> dict[str, str]:
    """Return when each person's newest lead was assigned before a moment, whether or not it is in memory."""
    query = (
        Lead.select(Lead.owner, fn.MAX(Lead.assigned_at))
        .where(Lead.owner.is_null(False) & (Lead.assigned_at < since))
        .group_by(Lead.owner)
    )
    return {owner: _iso(newest) for owner, newest in tuples(query)}


def _iso(value: Any) -> str:
    """Return a moment as the store compares it; an aggregate comes from SQLite as naive text."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return str(Lead.assigned_at.python_value(moment).isoformat())
