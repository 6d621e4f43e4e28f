"""Deadlines that are due: found by their index, missed through the door, heard of by the rules."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .errors import Conflict
from .models import Deadline
from .origin import SYSTEM

if TYPE_CHECKING:
    from .workspace import Workspace


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
            row = Deadline.get_by_id(deadline_id)
            if row.state != "open" or row.due_at > tx.now:
                return False
            tx.change("deadline", deadline_id, {"state": "missed", "closed_at": tx.now}, row.revision)
    except Conflict:
        return False  # Another look-out was quicker, or somebody answered at the same moment.
    return True


def next_due() -> datetime | None:
    """Return when the next open deadline is due."""
    row = Deadline.select(Deadline.due_at).where(Deadline.state == "open").order_by(Deadline.due_at).first()
    return row.due_at if row else None
