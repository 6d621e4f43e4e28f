"""Imports in the console: the file kept, its rows, mappings kept under a name; and records that are taken out again."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the tables and the columns; no record is taken out."""
    for table in ("customer", "contact", "lead"):
        migrator.add_fields(table, withdrawn_at=pw.DateTimeField(null=True))

    @migrator.create_model
    class ImportBatch(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        user_id = pw.CharField(max_length=26, index=True)
        user_name = pw.CharField(default="", max_length=80)
        file_name = pw.CharField(max_length=200)
        file = pw.BlobField()
        kind = pw.CharField(default="lead", max_length=40)
        document = pw.TextField(default="{}")
        state = pw.CharField(default="draft", max_length=10)
        stop_asked = pw.BooleanField(default=False)
        done = pw.BigIntegerField(default=0)
        total = pw.BigIntegerField(default=0)
        attempts = pw.IntegerField(default=0)
        claimed_by = pw.CharField(default="", max_length=80)
        due_at = pw.DateTimeField()
        error = pw.TextField(default="")
        created_at = pw.DateTimeField()
        started_at = pw.DateTimeField(null=True)
        done_at = pw.DateTimeField(null=True)
        undone_at = pw.DateTimeField(null=True)
        undone_by = pw.CharField(default="", max_length=26)

        class Meta:
            table_name = "import_batch"
            indexes = [(("state", "due_at"), False)]

    @migrator.create_model
    class ImportRow(pw.Model):
        id = pw.BigAutoField()
        batch_id = pw.CharField(max_length=26)
        line = pw.IntegerField()
        plan = pw.CharField(max_length=10)
        state = pw.CharField(default="", max_length=10)
        title = pw.CharField(default="", max_length=200)
        cells = pw.TextField(default="{}")
        values = pw.TextField(default="{}")
        key = pw.CharField(default="", max_length=200)
        external_id = pw.CharField(default="", max_length=100)
        record_id = pw.CharField(default="", max_length=26)
        matched = pw.CharField(default="", max_length=20)
        differences = pw.TextField(default="{}")
        written = pw.TextField(default="{}")
        seq = pw.BigIntegerField(null=True)
        zh = pw.TextField(default="")
        en = pw.TextField(default="")

        class Meta:
            table_name = "import_row"
            indexes = [
                (("batch_id", "line"), True),
                (("batch_id", "plan", "line"), False),
                (("batch_id", "state", "line"), False),
            ]

    @migrator.create_model
    class ImportMapping(pw.Model):
        name = pw.CharField(max_length=80, primary_key=True)
        kind = pw.CharField(max_length=40)
        headings = pw.TextField(default="[]")
        document = pw.TextField(default="{}")
        user_name = pw.CharField(default="", max_length=80)
        updated_at = pw.DateTimeField()

        class Meta:
            table_name = "import_mapping"
