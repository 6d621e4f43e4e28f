"""Connections, and the guard that keeps every write of a record behind the one door (law 1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from peewee import Database, DatabaseProxy, OperationalError, PeeweeException, SqliteDatabase
from playhouse.pool import PooledPostgresqlDatabase

from ..errors import ConfigurationError, DoorClosed
from .reading import asked_anew

database = DatabaseProxy()
_WAITS_SECONDS = 30
"""What the models are bound to; `open_workspace` points it at the workspace's database."""

_door_open: ContextVar[bool] = ContextVar("door_open", default=False)
_guarded: set[str] = set()
_WRITE = re.compile(
    r"\b(?:insert(?:\s+or\s+\w+)?\s+into|replace\s+into|merge\s+into(?:\s+only)?|copy"
    r"|update(?:\s+or\s+\w+)?(?:\s+only)?|delete\s+from(?:\s+only)?"
    r"|truncate(?:\s+table)?(?:\s+only)?|(?:drop|alter)\s+table(?:\s+if\s+exists)?(?:\s+only)?)"
    r"\s+((?:\w+\s*\.\s*)?\w+(?:\s*,\s*(?:\w+\s*\.\s*)?\w+)*)"
)
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_QUOTES = str.maketrans(dict.fromkeys('"`[]', " "))


def written_tables(sql: str) -> set[str]:
    """Return the names of the tables that a statement may write, however it is spelled."""
    # Read with its comments and without: a comment may hide a name, and a text may look like a comment.
    spellings = {text.translate(_QUOTES).lower() for text in (sql, _COMMENT.sub(" ", sql))}
    found = (name for plain in spellings for names in _WRITE.findall(plain) for name in names.split(","))
    return {name.rpartition(".")[2].strip() for name in found}


def guard(table: str) -> None:
    """Refuse writes to `table` from outside the door, in this process."""
    _guarded.add(table)


@contextmanager
def door_opened() -> Iterator[None]:
    """Allow writes of records while the block runs; only the door and migrations may call this."""
    token = _door_open.set(True)
    try:
        yield
    finally:
        _door_open.reset(token)


class _Guarded(Database):
    """A database at whose narrowest point each statement passes the guard, raw SQL included."""

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        if not _door_open.get():
            for table in sorted(written_tables(sql) & _guarded):
                raise DoorClosed(
                    f"只有统一入口能写「{table}」；请改用 workspace.door",
                    f"a write of {table!r} did not pass the door; use workspace.door",
                )
        return super().execute_sql(sql, params)  # type: ignore[no-untyped-call] # as peewee has it


class GuardedSqlite(_Guarded, SqliteDatabase):
    """SQLite in WAL mode: many readers, one writer at a time, no server."""


class GuardedPostgres(_Guarded, PooledPostgresqlDatabase):  # type: ignore[misc]
    """PostgreSQL through a pool of connections."""


def connect(url: str) -> Database:
    """Return the database that `url` names; the connection itself opens at first use.

    Raises ConfigurationError for a URL of another kind.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = Path(unquote(url.removeprefix("sqlite:///")))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"不能建立数据库目录 {path.parent}：{error.strerror}",
                f"can't create the database's folder {path.parent}: {error.strerror}",
            ) from None
        return GuardedSqlite(
            str(path),
            pragmas={"journal_mode": "wal", "synchronous": "normal", "foreign_keys": 1, "cache_size": -32_000},
            timeout=_WAITS_SECONDS,
        )
    if parts.scheme in ("postgresql", "postgres"):
        options: dict[str, Any] = {"max_connections": 32, "stale_timeout": 300, "timeout": _WAITS_SECONDS}
        # What a page asks has many branches of few rows: to compile them takes a second, to run them a tenth of one.
        options["options"] = "-c jit=off"
        for name, value in (
            ("host", parts.hostname),
            ("port", parts.port),
            ("user", parts.username),
            ("password", unquote(parts.password) if parts.password else None),
        ):
            if value:
                options[name] = value
        return GuardedPostgres(parts.path.lstrip("/"), prefer_psycopg3=True, **options)
    raise ConfigurationError(
        f"不认识的数据库地址「{url}」", f"unknown database {url!r}: use sqlite:///path or postgresql://host/name"
    )


def is_sqlite() -> bool:
    """Say whether the bound database is SQLite."""
    return isinstance(database.obj, SqliteDatabase)


@contextmanager
def write_transaction() -> Iterator[None]:
    """One transaction that takes SQLite's write lock at once, so that it can't deadlock later."""
    lock = ("IMMEDIATE",) if is_sqlite() else ()
    try:
        with asked_anew(), database.atomic(*lock) if not database.in_transaction() else database.atomic():
            yield
    except OperationalError as error:
        # A full disk ends SQLite's transaction by itself; that there is none to roll back would hide why.
        if "no transaction is active" not in str(error):
            raise
        before = error.__context__
        while before is not None and "no transaction is active" in str(before):
            before = before.__context__
        raise (before or error) from None


@contextmanager
def savepoint() -> Iterator[None]:
    """A part of the transaction one is in, which may be rolled back by itself."""
    with database.savepoint():
        yield


@contextmanager
def in_passing() -> Iterator[None]:
    """Write what may be lost: while somebody else holds SQLite's one turn to write, or the disk is full, it is."""
    if is_sqlite():
        database.execute_sql("PRAGMA busy_timeout = 50")
    try:
        yield
    except OperationalError:
        pass
    finally:
        if is_sqlite():
            database.execute_sql(f"PRAGMA busy_timeout = {_WAITS_SECONDS * 1000}")


@contextmanager
def living_connection() -> Iterator[None]:
    """Drop this thread's connection if the database fails within the block, so that the next statement opens another.

    A request has a connection of its own; a worker would go on with one that was cut for ever.
    """
    try:
        yield
    except PeeweeException:
        if not database.is_closed() and not database.in_transaction():
            database.close()
        raise


@contextmanager
def read_snapshot() -> Iterator[None]:
    """What the block reads is of one moment, whatever is committed meanwhile; within a transaction it is as there."""
    if database.in_transaction():
        yield
        return
    with database.atomic():
        if not is_sqlite():
            database.execute_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
