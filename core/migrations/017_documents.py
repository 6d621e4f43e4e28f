"""Files hang on leads, too, say who uploaded them, and can be removed and put back."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the columns; a contract's file belongs to the contract's lead from now on, as it did by way of it."""
    migrator.add_fields(
        "document",
        lead=pw.ForeignKeyField(
            column_name="lead_id", field="id", model=migrator.orm["lead"], null=True, on_delete="RESTRICT"
        ),
        uploader=pw.ForeignKeyField(
            column_name="uploader_id", field="id", model=migrator.orm["users"], null=True, on_delete="RESTRICT"
        ),
        pages=pw.IntegerField(null=True),
        retired_at=pw.DateTimeField(null=True),
    )
    migrator.sql(
        "UPDATE document SET lead_id = (SELECT contract.lead_id FROM contract WHERE contract.id = document.contract_id)"
        " WHERE contract_id IS NOT NULL"
    )
    # A file of two gigabytes has more bytes than 32 bits count; SQLite counts in 64 anyway.
    if not isinstance(database, pw.SqliteDatabase):
        migrator.sql("ALTER TABLE document ALTER COLUMN size TYPE BIGINT")
