"""Open deadlines counted anew after a calendar, a leave or somebody's team has changed; owners are told once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ..actions.recount import of_all, recount
from ..errors import Conflict
from ..journal.origin import SYSTEM, Cause
from ..kinds import Deadline, Leave
from ..storage.system_tables import Dispatch, JournalLine
from ..workspace import Workspace
from ..write.transaction import RECOUNT

_AT_ONCE = 200
"""So many deadlines are counted in one transaction: other writers wait no longer than for these."""


def recount_after(ws: Workspace, line: JournalLine) -> int:
    """Count the open deadlines anew that a journal line is about; return how many moved.

    Where a later change of the calendars waits to be counted, too, nothing is done now: that one does it all.
    Counting twice changes nothing, so that it may be begun anew at any time.
    """
    if of_all(line) and _later(line):
        return 0
    where = Deadline.state == "open"
    if not of_all(line):
        leave = Leave.get_or_none(Leave.id == line.record_id) if line.record_kind == "leave" else None
        where &= Deadline.owner_id == (leave.user_id if leave is not None else line.record_id)
    origin = replace(SYSTEM, cause=Cause(seq=line.seq, depth=line.depth + 1))
    moved, after = Counter[str](), ""
    while True:
        query = Deadline.select(Deadline.id).where(where & (Deadline.id > after)).order_by(Deadline.id)
        ids = [row.id for row in query.limit(_AT_ONCE)]
        if not ids:
            break
        for one, owner in _recounted(ws, ids, origin):
            after = one
            if owner:
                moved[owner] += 1
        after = ids[-1]
    _tell(ws, moved, line, origin)
    return moved.total()


def _recounted(ws: Workspace, ids: list[str], origin: object) -> list[tuple[str, str]]:
    """Count deadlines in one transaction; return those that moved, each with its owner."""
    try:
        with ws.door.transaction(origin) as tx:  # type: ignore[arg-type]
            return [(one, tx.store.get("deadline", one).owner_id or "") for one in ids if recount(tx, one)]
    except Conflict:  # Somebody changed one of them at the same moment: one by one, each again.
        found = []
        for one in ids:
            with ws.door.transaction(origin) as tx:  # type: ignore[arg-type]
                if recount(tx, one):
                    found.append((one, tx.store.get("deadline", one).owner_id or ""))
        return found


def _later(line: JournalLine) -> bool:
    waiting = (Dispatch.consumer == RECOUNT) & (Dispatch.seq > line.seq) & Dispatch.state.in_(("pending", "running"))
    return bool(Dispatch.select().where(waiting & Dispatch.record_kind.in_(("calendar", "calendar_day"))).exists())


def _tell(ws: Workspace, moved: Counter[str], line: JournalLine, origin: object) -> None:
    """Tell each owner how many of their deadlines moved."""
    for user_id, count in moved.items():
        with ws.door.transaction(origin) as tx:  # type: ignore[arg-type]
            user = tx.store.get("user", user_id)
            if user is None or user.active is False:
                continue
            zh = (user.locale or "zh") == "zh"
            title = (
                f"工作日历改了，你有 {count} 个时限重新计算"
                if zh
                else f"The working calendar has changed: {count} of your deadlines were counted anew"
            )
            tx.create(
                "notification", {"user_id": user_id, "title": title}, f"recounted:{line.seq}:{user_id}", "recounted"
            )
