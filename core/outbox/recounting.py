"""Open deadlines counted anew after a calendar, a leave or somebody's team has changed; owners are told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from ..actions.recount import of_all, recount
from ..errors import Conflict
from ..facts.database_store import DatabaseStore
from ..journal.origin import SYSTEM, Cause, Origin
from ..kinds import Deadline, Leave, Team, User
from ..kinds.deadline_clock import clock_of, recounted, team_of
from ..schema.kind import Calendar, Values
from ..schema.registry import Kinds
from ..storage.system_tables import Dispatch, JournalLine
from ..time.working_calendar import NoWorkingTime
from ..workspace import Workspace
from ..write.transaction import RECOUNT

_AT_ONCE = 500
_WRITTEN_AT_ONCE = 100
"""So many deadlines are written in one transaction: other writers wait no longer than for these."""


class Moving(NamedTuple):
    """An open deadline that another calendar moves; `values` is None where that leaves no working time at all."""

    deadline: Deadline
    values: Values | None


class WithPeople(DatabaseStore):
    """A store that has people and teams at hand, so that nobody is looked up once for each of their deadlines."""

    def __init__(self, kinds: Kinds) -> None:
        super().__init__(kinds)
        self._held: dict[str, dict[str, Any]] = {
            "user": {row.id: row for row in User.select()},
            "team": {row.id: row for row in Team.select()},
        }

    def get(self, kind: str, record_id: str | None) -> Any:
        held = self._held.get(kind)
        return held.get(record_id or "") if held is not None else super().get(kind, record_id)


def moving(ws: Workspace, calendar: Calendar, owner_id: str | None = None) -> Iterator[Moving]:
    """Yield the open deadlines (of one person, or all) that a calendar moves, the oldest first. Writes nothing."""
    store, after = WithPeople(ws.kinds), ""
    open_ones = Deadline.state == "open"
    if owner_id is not None:
        open_ones &= Deadline.owner_id == owner_id
    while True:
        rows = list(Deadline.select().where(open_ones & (Deadline.id > after)).order_by(Deadline.id).limit(_AT_ONCE))
        for row in rows:
            clock = clock_of(calendar, store, row.owner_id, team_of(row, ws.kinds, store))
            try:
                found = recounted(row, clock)
            except NoWorkingTime:
                yield Moving(row, None)
                continue
            if found:
                yield Moving(row, found)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].id


def recount_after(ws: Workspace, line: JournalLine) -> int:
    """Count the open deadlines anew that a journal line is about; return how many moved.

    Where a later change of the calendars waits to be counted, too, nothing is done now: that one does it all.
    Counting twice changes nothing, so that it may be begun anew at any time.
    """
    if of_all(line) and _later(line):
        return 0
    origin = replace(SYSTEM, cause=Cause(seq=line.seq, depth=line.depth + 1))
    moved, waiting = Counter[str](), list[str]()
    for one in moving(ws, ws.calendar, _whose(line)):
        if one.values is not None:
            waiting.append(one.deadline.id)
        if len(waiting) == _WRITTEN_AT_ONCE:
            moved.update(_recounted(ws, waiting, origin))
            waiting.clear()
    moved.update(_recounted(ws, waiting, origin))
    _tell(ws, moved, line, origin)
    return moved.total()


def _whose(line: JournalLine) -> str | None:
    """Return whose deadlines a line is about; None: everybody's."""
    if of_all(line):
        return None
    leave = Leave.get_or_none(Leave.id == line.record_id) if line.record_kind == "leave" else None
    return str(leave.user_id if leave is not None else line.record_id)


def _recounted(ws: Workspace, ids: list[str], origin: Origin) -> list[str]:
    """Count deadlines in one transaction; return the owners of those that moved."""
    try:
        return _in_one(ws, ids, origin)
    except Conflict:  # Somebody changed one of them at the same moment: one by one, each again.
        return [owner for one in ids for owner in _in_one(ws, [one], origin)]


def _in_one(ws: Workspace, ids: list[str], origin: Origin) -> list[str]:
    if not ids:
        return []
    with ws.door.transaction(origin) as tx:
        return [tx.store.get("deadline", one).owner_id or "" for one in ids if recount(tx, one)]


def _later(line: JournalLine) -> bool:
    waiting = (Dispatch.consumer == RECOUNT) & (Dispatch.seq > line.seq) & Dispatch.state.in_(("pending", "running"))
    return bool(Dispatch.select().where(waiting & Dispatch.record_kind.in_(("calendar", "calendar_day"))).exists())


def _tell(ws: Workspace, moved: Counter[str], line: JournalLine, origin: Origin) -> None:
    """Tell each owner how many of their deadlines moved."""
    people = {row.id: row for row in User.select().where(User.active & User.id.in_([one for one in moved if one]))}
    if not people:
        return
    with ws.door.transaction(origin) as tx:
        for user_id, user in sorted(people.items()):
            count = moved[user_id]
            title = (
                f"工作日历或请假改了，你有 {count} 个时限重新计算"
                if (user.locale or "zh") == "zh"
                else f"Calendar or leave has changed: {count} of your deadlines were counted anew"
            )
            key = f"recounted:{line.seq}:{user_id}"
            tx.create("notification", {"user_id": user_id, "title": title}, key, "recounted")
