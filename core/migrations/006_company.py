"""The company as a record: its name, its size, and how far its set-up has come."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Create the table; a company that has people already is set up and is not asked again."""

    @migrator.create_model
    class Company(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        code = pw.CharField(default="company", max_length=20, unique=True)
        name = pw.CharField(default="", max_length=120)
        size = pw.CharField(default="", max_length=10)
        steps = pw.TextField(default="[]")
        finished = pw.BooleanField(default=False)

        class Meta:
            table_name = "company"
