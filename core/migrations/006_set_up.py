"""Where the company is and what it speaks; and lists of people that were pasted and wait for an answer."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the columns and the table; empty columns stand for what the installation's settings say."""
    migrator.add_fields(
        "company",
        trade=pw.CharField(default="", max_length=60),
        zone=pw.CharField(default="", max_length=60),
        locale=pw.CharField(default="", max_length=5),
        put_off=pw.TextField(default="[]"),
    )

    @migrator.create_model
    class RosterDraft(pw.Model):
        user_id = pw.CharField(max_length=26, primary_key=True)
        code = pw.CharField(max_length=26)
        document = pw.TextField()
        updated_at = pw.DateTimeField()

        class Meta:
            table_name = "roster_draft"
