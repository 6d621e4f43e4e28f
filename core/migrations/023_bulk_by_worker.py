"""Bulk acts are carried on by the worker: how far each is, who has it in hand, and why it rests."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the columns; what was begun before and is not finished rests until somebody lets it go on."""
    migrator.add_fields(
        "bulk_batch",
        state=pw.CharField(default="stopped", max_length=10),
        said=pw.CharField(default="", max_length=250),
        run_by=pw.CharField(default="", max_length=26),
        claimed_by=pw.CharField(default="", max_length=80),
        attempts=pw.IntegerField(default=0),
        due_at=pw.DateTimeField(null=True),
        zh=pw.TextField(default=""),
        en=pw.TextField(default=""),
    )
    migrator.add_index("bulk_batch", "state", "due_at")
