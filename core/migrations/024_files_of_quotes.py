"""Files hang on quotes, too."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the column, with its index."""
    migrator.add_fields(
        "document",
        quote=pw.ForeignKeyField(
            column_name="quote_id", field="id", model=migrator.orm["quote"], null=True, on_delete="RESTRICT"
        ),
    )
