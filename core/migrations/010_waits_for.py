"""What a rule that was set aside waits for."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the column; what was set aside before waits for nothing but a person."""
    migrator.add_fields("dispatch", waits_for=pw.TextField(default=""))
    migrator.sql("CREATE INDEX dispatch_waits_for ON dispatch (waits_for) WHERE waits_for <> ''")
