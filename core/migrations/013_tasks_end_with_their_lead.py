"""Why a task was cancelled: those that ended with their lead come back with it."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the column; tasks cancelled before stay cancelled, and open tasks of leads that are closed stay open."""
    migrator.add_fields("task", closed_because=pw.CharField(max_length=20, default=""))
