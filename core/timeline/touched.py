"""What of that which just happened somebody sees: the records, by kind, that new lines of the journal are about."""

from __future__ import annotations

from typing import Any

from ..access.policy import visible
from ..journal.origin import Actor
from ..schema.registry import Kinds
from ..storage.system_tables import JournalLine

MOST = 200
"""So many lines are read; of what happened before them nothing is said but that it did."""


def lines_after(seq: int) -> list[JournalLine]:
    """Return the newest lines after a number, with who wrote them and about what."""
    columns = ("seq", "kind", "record_kind", "record_id", "customer_id", "actor_kind", "actor_id", "actor_name")
    query = JournalLine.select(*(getattr(JournalLine, name) for name in columns)).where(JournalLine.seq > seq)
    return list(query.order_by(JournalLine.seq.desc()).limit(MOST))


def touched(kinds: Kinds, actor: Actor, lines: list[JournalLine]) -> dict[str, set[str]]:
    """Return the records that lines are about and that an actor sees, by kind: with one statement a kind."""
    about: dict[str, set[str]] = {}
    for line in lines:
        here = kinds.get(line.record_kind)
        if here is not None and not here.configuration:
            about.setdefault(line.record_kind, set()).add(line.record_id)
    found: dict[str, set[str]] = {}
    for name, ids in about.items():
        query: Any = visible(kinds, actor, name)
        seen = {row.id for row in query.where(query.model.id.in_(ids)).select(query.model.id)}
        if seen:
            found[name] = seen
    return found
