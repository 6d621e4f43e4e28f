"""Tasks end with the lead they are about, and come back with it: nobody has to do what is no longer wanted."""

from __future__ import annotations

from collections.abc import Iterator

from ..schema.kind import Change, LifecycleContext, Typed
from .deadline_closing import ENDED


def cancel_tasks(about_id: str, context: LifecycleContext) -> Iterator[Change]:
    """Yield the changes that cancel the open tasks about a record that has ended; those about what it has stay."""
    for task in reversed(context.store.related("task", about_id=about_id, state="open")):
        yield Change("task", task.id, Typed(state="cancelled", closed_because=ENDED))


def reopen_tasks(about_id: str, context: LifecycleContext) -> Iterator[Change]:
    """Yield the changes that bring back the tasks that ended with their record, now that it is open again."""
    for task in reversed(context.store.related("task", about_id=about_id, state="cancelled")):
        if task.closed_because == ENDED:
            yield Change("task", task.id, Typed(state="open", closed_because=""))
