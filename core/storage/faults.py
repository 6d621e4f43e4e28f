"""Faults of the database that are nobody's mistake: it can't be reached, or its disk is full."""

from __future__ import annotations

import sqlite3

from peewee import InterfaceError, OperationalError

from ..errors import Unavailable

_MISTAKES = ("no such ", "syntax error", "has no column")


def unavailable(error: BaseException) -> Unavailable | None:
    """Return what to say of an error that comes from a database out of reach, locked or full; None for any other."""
    if not isinstance(error, OperationalError | InterfaceError | sqlite3.OperationalError):
        return None
    if any(words in str(error) for words in _MISTAKES):  # SQLite tells wrong statements by the same class.
        return None
    return Unavailable(
        "数据库现在连不上，或者写不进去（磁盘可能满了）；这一次什么都没有写，请稍后再试",
        "the database can't be reached or written to (its disk may be full): nothing was written, try again later",
    )
