"""Warning before a deadline: who owns the record is told how much working time is left."""

from __future__ import annotations

from typing import Any

from ...hooks.text import Text, n_of
from ..kinds.deadline_clock import clock_of
from .action import Writer
from .notify import notify
from .subject import Subject


def warn_owner(tx: Writer, subject: Subject, deadline: Any) -> None:
    """Tell who owns the record of a deadline how much working time is left; nobody where it has no owner.

    Whoever takes over for an owner on leave is told instead.
    """
    owner = tx.store.get("user", subject.owner_id)
    if owner is None:
        return
    left = clock_of(tx.calendar, tx.store, owner.id).minutes_between(tx.now, deadline.due_at)
    away = tx.calendar.away(owner.id, tx.now)
    owner = (tx.store.get("user", away[2]) if away else None) or owner
    title = warning(subject.title, left).for_locale(owner.locale or "zh")
    notify(tx, owner.id, title, "", subject, f"warned:{deadline.id}", "warning")


def warning(title: str, left: int) -> Text:
    """Return what the owner of a record called `title` reads, `left` working minutes before a deadline."""
    return Text(
        f"「{title}」的时限还剩 {left} 个工作分钟", f"“{title}”: {n_of(left, 'working minute')} left before a deadline"
    )
