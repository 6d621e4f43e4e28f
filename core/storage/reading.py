"""What a request reads once, however often it asks: forgotten as soon as something is written.

Each question of access asks whose place the actor takes; a page asks hundreds of them. Within a transaction that writes
nothing is kept, since it decides by what it has locked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Found = TypeVar("Found")
_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("read once", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Keep what `read_once` reads while the block runs."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


@contextmanager
def asked_anew() -> Iterator[None]:
    """Keep nothing while the block runs, and nothing of what was read before it."""
    kept = _kept.get()
    token = _kept.set(None)
    try:
        yield
    finally:
        _kept.reset(token)
        if kept is not None:
            kept.clear()


def read_once(key: Hashable, read: Callable[[], Found]) -> Found:
    """Return what `read` returns, or what it returned for this key since the last write of this request."""
    kept = _kept.get()
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    found: Found = kept[key]
    return found
