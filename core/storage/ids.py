"""Identifiers that sort by the moment they were made: ULIDs, from the injected clock."""

from __future__ import annotations

from datetime import datetime

from ulid import ULID


def new_id(now: datetime) -> str:
    """Return a new 26-character id; ids of later milliseconds sort after those of earlier ones."""
    return str(ULID.from_datetime(now))
