"""The badges there are, and what a rule that was set aside waits for."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the table and the column; badges given before keep the words they were given in."""

    @migrator.create_model
    class BadgeDefinition(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=40, unique=True)
        title_zh = pw.CharField(max_length=80)
        title_en = pw.CharField(max_length=80)
        active = pw.BooleanField(default=True)

        class Meta:
            table_name = "badge_definition"

    migrator.add_fields("dispatch", waits_for=pw.TextField(default=""))
    migrator.sql("CREATE INDEX dispatch_waits_for ON dispatch (waits_for) WHERE waits_for <> ''")
