"""Deadlines that are due, or near: found by their index, missed or warned of through the door, heard of by the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from peewee import fn

from ..actions import subject_of
from ..actions.warn import warn_owner
from ..errors import Conflict
from ..journal.origin import SYSTEM, Cause
from ..kinds import Deadline
from ..storage.statements import rows
from ..workspace import Workspace


def due(ws: Workspace, limit: int = 500) -> list[str]:
    """Return the ids of the open deadlines that are due, the oldest first."""
    query = (
        Deadline.select(Deadline.id)
        .where((Deadline.state == "open") & (Deadline.due_at <= ws.clock.now()))
        .order_by(Deadline.due_at)
        .limit(limit)
    )
    return [row.id for row in query]


def miss(ws: Workspace, deadline_id: str) -> bool:
    """Mark one deadline as missed; return False if it was met or missed meanwhile."""
    try:
        with ws.door.transaction(SYSTEM) as tx:
            row = tx.store.get("deadline", deadline_id)
            if row.state != "open" or row.due_at > tx.now:
                return False
            tx.change("deadline", deadline_id, {"state": "missed", "closed_at": tx.now}, row.revision)
    except Conflict:
        return False  # Another scheduler was quicker, or somebody answered at the same moment.
    return True


def to_warn_of(ws: Workspace, limit: int = 500) -> list[str]:
    """Return the ids of the open deadlines whose owners are to be warned now, the oldest first."""
    query = (
        Deadline.select(Deadline.id)
        .where(_unwarned() & (Deadline.warn_at <= ws.clock.now()))
        .order_by(Deadline.warn_at)
        .limit(limit)
    )
    return [row.id for row in query]


def warn(ws: Workspace, deadline_id: str) -> bool:
    """Warn the record's owner that a deadline is near, once; return False if it was closed or warned of meanwhile."""
    try:
        with ws.door.transaction(SYSTEM) as tx:
            row = tx.store.get("deadline", deadline_id)
            if row.state != "open" or row.warned_at is not None or row.warn_at is None or row.warn_at > tx.now:
                return False
            tx.change("deadline", deadline_id, {"warned_at": tx.now}, row.revision)
            tx.caused_by(replace(SYSTEM, cause=Cause(seq=tx.last_seq, depth=1)))
            warn_owner(tx, subject_of(tx.kinds, tx.store, "deadline", row), row)
    except Conflict:
        return False  # Another scheduler was quicker, or somebody answered at the same moment.
    return True


def _unwarned() -> Any:
    return Deadline.warn_at.is_null(False) & Deadline.warned_at.is_null() & (Deadline.state == "open")


def next_due() -> datetime | None:
    """Return when the next open deadline is due, or its owner to be warned of it."""
    due_next = rows("next deadline", lambda: _earliest(Deadline.due_at, Deadline.state == "open"), "open")
    warn_next = rows("next warning", lambda: _earliest(Deadline.warn_at, _unwarned()), "open")
    found = [moment for ((moment,),) in (due_next, warn_next) if moment is not None]
    return min(map(Deadline.due_at.python_value, found), default=None)


def _earliest(moment: Any, where: Any) -> Any:
    return Deadline.select(fn.MIN(moment)).where(where)
