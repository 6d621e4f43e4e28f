"""The index by which records of every kind are found; whoever opens the workspace fills it from what is there."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the table. Terms are compared byte by byte, whatever language the database sorts by."""
    bytewise = "" if isinstance(database, pw.SqliteDatabase) else ' COLLATE "C"'
    migrator.sql(
        "CREATE TABLE search_term (record_kind VARCHAR(40) NOT NULL, "
        f"term VARCHAR(60){bytewise} NOT NULL, sort INTEGER NOT NULL, record_id VARCHAR(26) NOT NULL, "
        "PRIMARY KEY (record_id, sort, term))"
    )
    migrator.sql("CREATE INDEX search_term_found ON search_term (record_kind, sort, term, record_id)")
