"""Closing the deadlines of a record: what several kinds do when what was waited for has happened."""

from __future__ import annotations

from collections.abc import Iterator

from ..schema.kind import Change, LifecycleContext, Typed


def close_deadlines(about_id: str, context: LifecycleContext, name: str | None = None) -> Iterator[Change]:
    """Yield the changes that close a record's open deadlines as met: those of one name, or all."""
    for deadline in reversed(context.store.related("deadline", about_id=about_id, state="open")):
        if name is None or deadline.name == name:
            yield Change("deadline", deadline.id, Typed(state="met", closed_at=context.now))
