"""Rules in force that name what is not there, and where a message leads."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the table and the column; messages from before lead to their lead, as they did."""

    @migrator.create_model
    class NameTrouble(pw.Model):
        code = pw.CharField(max_length=80, primary_key=True)
        zh = pw.TextField()
        en = pw.TextField()
        at = pw.DateTimeField()

        class Meta:
            table_name = "name_trouble"

    migrator.add_fields("notification", link=pw.CharField(default="", max_length=200))
