"""A change of a role may retire it, or bring it back."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the column; changes made before leave roles in force."""
    migrator.add_fields("role_change", active=pw.BooleanField(default=True))
