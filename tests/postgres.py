"""The tests' PostgreSQL: making databases, and making one as good as new in milliseconds."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

SERVER = os.environ.get("CLEW_TEST_POSTGRES_URL", "postgresql:///test")
_SHAPE = """
WITH ours AS (
  SELECT c.*, nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
)
SELECT relname::text, pg_relation_size(oid) FROM ours WHERE relkind = 'r'
UNION ALL
SELECT concat_ws(' ', 'relation', nspname, relname, relkind, relowner, relacl, reloptions, relrowsecurity), NULL FROM ours
UNION ALL
SELECT concat_ws(' ', 'column', ours.oid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
  attidentity, attgenerated, pg_get_expr(adbin, adrelid)), NULL
  FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT pg_get_indexdef(oid), NULL FROM ours WHERE relkind = 'i'
UNION ALL
SELECT concat_ws(' ', conname, conrelid::regclass, pg_get_constraintdef(oid), convalidated), NULL
  FROM pg_constraint WHERE conrelid IN (SELECT oid FROM ours)
UNION ALL
SELECT concat_ws(' ', pg_get_triggerdef(oid), tgenabled), NULL
  FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM ours) AND NOT tgisinternal
UNION ALL
SELECT pg_get_functiondef(oid), NULL FROM pg_proc WHERE pronamespace IN (SELECT relnamespace FROM ours)
UNION ALL
SELECT concat_ws(' ', 'sequence', schemaname, sequencename, data_type, start_value, increment_by, cycle), NULL
  FROM pg_sequences
UNION ALL
SELECT concat_ws(' ', 'schema', nspname), NULL FROM pg_namespace WHERE nspname !~ '^pg_'
UNION ALL
SELECT concat_ws(' ', 'extension', extname, extversion), NULL FROM pg_extension
ORDER BY 1, 2
"""


def administer(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True, connect_timeout=5) as connection:
        connection.execute(statement)


def database_url(name: str) -> str:
    return urlsplit(SERVER)._replace(path=f"/{name}").geturl().replace("postgresql:/clew", "postgresql:///clew")


class Reused:
    """One PostgreSQL database, brought back to its template before each test.

    Rows are deleted with triggers off (the journal's refuse it), the files shrunk, and the template's rows and
    sequences put back: some 10 ms, where CREATE DATABASE takes 200 and TRUNCATE of 37 tables 600. Whatever else
    a test changed shows in `_SHAPE`, and then the database is made anew.
    """

    def __init__(self, template: str) -> None:
        self._template = template
        self._name = ""
        with psycopg.connect(database_url(template), autocommit=True) as connection:
            self._shape = shape(connection)
            tables = {name: size for name, size in self._shape if size is not None}
            self._tables = [f'"{name}"' for name in tables]
            self._rows = {f'"{name}"': copied(connection, f'"{name}"') for name, size in tables.items() if size}
            names = [name for (name,) in connection.execute("SELECT sequencename FROM pg_sequences")]
            self._sequences = {
                name: connection.execute(f'SELECT last_value, is_called FROM "{name}"').fetchone() for name in names
            }

    def fresh(self) -> str:
        """Return the URL of the database, which is now as its template."""
        if not (self._name and self._restore()):
            self.drop()
            self._name = f"clew_test_{uuid4().hex[:10]}"
            administer(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
            # No test pulls the plug of the server: a commit need not wait for the disk.
            administer(f"ALTER DATABASE {self._name} SET synchronous_commit = off")
        return database_url(self._name)

    def drop(self) -> None:
        """Drop the database, whoever is connected to it."""
        if self._name:
            administer(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def _restore(self) -> bool:
        try:
            with psycopg.connect(database_url(self._name), autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
                connection.execute("SET session_replication_role = replica")
                connection.execute(";".join(f"DELETE FROM {table}" for table in self._tables))
                connection.execute(f"VACUUM {', '.join(self._tables)}")
                with connection.transaction():
                    for table, rows in self._rows.items():
                        with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                            copy.write(rows)
                    for name, state in self._sequences.items():
                        connection.execute("SELECT setval(%s::regclass, %s, %s)", (f'"{name}"', *state))
                return shape(connection) == self._shape
        except psycopg.Error:
            return False  # A table is gone, or this user may not turn triggers off.


def copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
        return b"".join(bytes(part) for part in copy)


def shape(connection: psycopg.Connection[Any]) -> list[tuple[str, int | None]]:
    """Return every table with the size of its file, and a line for everything else that defines the database."""
    return connection.execute(_SHAPE).fetchall()
