"""Taking turns: locks of PostgreSQL's own, held to the end of a transaction. SQLite has one writer anyway."""

from __future__ import annotations

from .database import database, is_sqlite

SEALING, PUBLISHING, DEFINING, MERGING, NAMES = 7203901, 7203902, 7203903, 7203904, 7203908
PEOPLE = 7203915
"""Who changes teams, people's places or what they have in hand takes this turn first, before any row."""
SETTING_UP = 7203916
FILES = 7203917
"""Who puts a file where its record will say it is, or removes one that no record names."""
KEYS, IDENTITIES, STAGES = 0, 1, 2
"""Spaces of names: the same text in two of them is two locks."""


def one_at_a_time(what: int) -> None:
    """Wait until no other transaction does `what`."""
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (what,))


def nobody_writes(table: str) -> None:
    """Wait until no other transaction has written to a table; until this one ends none does."""
    if not is_sqlite():
        database.execute_sql(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE')


def enter_stages(kind: str) -> None:
    """Wait until nobody takes stages of a kind of record out; until this transaction ends nobody does."""
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, %s))", (kind, STAGES))


def nobody_enters(kind: str) -> None:
    """Wait until no other transaction puts records of a kind into stages; until this one ends none does."""
    wait_for(kind, STAGES)


def wait_for(name: str, space: int) -> None:
    """Wait until no other transaction holds a name of a space."""
    if not is_sqlite():
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", (name, space))
