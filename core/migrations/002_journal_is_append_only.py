"""The database itself refuses to change or drop what the journal and its seals say."""

import peewee as pw
from peewee_migrate import Migrator

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the triggers."""
    if isinstance(database, pw.SqliteDatabase):
        for table in ("journal", "seal"):
            for verb in ("update", "delete"):
                migrator.sql(_SQLITE.format(table=table, verb=verb, VERB=verb.upper()))
        return
    migrator.sql(
        "CREATE FUNCTION clew_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
    )
    for table in ("journal", "seal"):
        migrator.sql(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION clew_append_only()"
        )
