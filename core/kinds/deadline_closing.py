"""Closing the deadlines of a record: when what was waited for has happened, or the record has ended without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ..schema.kind import Change, LifecycleContext, Typed, Values
from .deadline_clock import RUNNING, closed, reopened

ENDED = "record_ended"
"""Why a deadline was cancelled that can go on when its record is opened again."""


def close_deadlines(about_id: str, context: LifecycleContext, name: str) -> Iterator[Change]:
    """Yield the changes that close a record's deadlines of a name: running ones are met, a missed one was met late."""
    for deadline in reversed(context.store.related("deadline", about_id=about_id, name=name)):
        if values := closing_of(deadline, context.now):
            yield Change("deadline", deadline.id, values)


def closing_of(deadline: Any, now: datetime) -> Values | None:
    """Return what it means for a deadline that what it waited for has happened; None if it means nothing any more."""
    if deadline.state in RUNNING:
        return Typed(state="met", closed_at=now, paused_for="")
    return Typed(met_at=now) if deadline.state == "missed" and deadline.met_at is None else None


def cancel_deadlines(about_id: str, context: LifecycleContext) -> Iterator[Change]:
    """Yield the changes that end the running deadlines of a record that has ended: nobody waits any more."""
    for deadline in reversed(_of(about_id, context, *RUNNING)):
        yield Change("deadline", deadline.id, closed(deadline, ENDED, context))


def reopen_deadlines(
    about_id: str, owner_id: str | None, team_id: str | None, context: LifecycleContext
) -> Iterator[Change]:
    """Yield the changes that make the deadlines go on that ended with their record, now that it is open again."""
    for deadline in reversed(_of(about_id, context, "cancelled")):
        if deadline.closed_because == ENDED:
            yield Change("deadline", deadline.id, reopened(deadline, owner_id, team_id, context))


def end_pauses(deadline: Any, context: LifecycleContext) -> Iterator[Change]:
    """Yield the changes that end the pause of a deadline that is closed."""
    for pause in context.store.related("pause", deadline_id=deadline.id):
        if pause.to_at is None:
            yield Change("pause", pause.id, Typed(to_at=context.now))


def _of(about_id: str, context: LifecycleContext, *states: str) -> list[Any]:
    return [row for state in states for row in context.store.related("deadline", about_id=about_id, state=state)]
