"""Counting a deadline anew when a calendar, a leave or the team of its owner has changed."""

from __future__ import annotations

from typing import Any

from ..kinds.deadline_clock import clock_of, recounted, team_of
from ..schema.kind import Typed
from ..time.working_calendar import NoWorkingTime
from .action import Writer

_CALENDARS = ("calendar", "calendar_day")


def recounts(line: Any) -> bool:
    """Say whether open deadlines have to be counted anew after a journal line."""
    if line.record_kind in (*_CALENDARS, "leave"):
        return True
    return bool(line.record_kind == "user" and line.before and "team_id" in line.after)


def of_all(line: Any) -> bool:
    """Say whether a line that recounts is about everybody's deadlines; else it is about one person's."""
    return line.record_kind in _CALENDARS


def recount(tx: Writer, deadline_id: str) -> bool:
    """Count one deadline by the calendar in force; say whether it moved.

    Where the calendar leaves no working time at all, the deadline stays as it is.
    """
    deadline = tx.store.get("deadline", deadline_id)
    if deadline is None or deadline.state != "open":
        return False
    clock = clock_of(tx.calendar, tx.store, deadline.owner_id, team_of(deadline, tx.kinds, tx.store))
    try:
        found = recounted(deadline, clock)
    except NoWorkingTime:
        return False
    if found:
        tx.change("deadline", deadline_id, Typed(found))
    return "due_at" in found
