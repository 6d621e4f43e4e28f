"""Lists: views kept under a name, and what bulk acts did to each record."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the tables, and the index by which those nobody answered yet are counted."""
    migrator.add_index("lead", "outcome", "first_response_at")

    @migrator.create_model
    class SavedView(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        kind = pw.CharField(max_length=40)
        name = pw.CharField(max_length=80)
        query = pw.TextField(default="")
        share = pw.CharField(default="own", max_length=4)
        user = pw.ForeignKeyField(
            column_name="user_id", field="id", model=migrator.orm["users"], on_delete="RESTRICT", index=False
        )
        team = pw.ForeignKeyField(
            column_name="team_id", field="id", model=migrator.orm["team"], null=True, on_delete="RESTRICT", index=False
        )
        place = pw.IntegerField(default=0)
        retired_at = pw.DateTimeField(null=True)

        class Meta:
            table_name = "saved_view"
            indexes = [(("kind", "user"), False), (("kind", "share", "team"), False)]

    @migrator.create_model
    class BulkBatch(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        kind = pw.CharField(max_length=40)
        action = pw.CharField(max_length=20)
        target = pw.CharField(default="", max_length=200)
        values = pw.TextField(default="{}")
        user_id = pw.CharField(max_length=26)
        user_name = pw.CharField(default="", max_length=80)
        total = pw.IntegerField(default=0)
        created_at = pw.DateTimeField()
        undone_at = pw.DateTimeField(null=True)
        undone_by = pw.CharField(default="", max_length=80)

        class Meta:
            table_name = "bulk_batch"
            indexes = [(("user_id", "id"), False), (("kind", "id"), False)]

    @migrator.create_model
    class BulkRow(pw.Model):
        id = pw.BigAutoField()
        batch_id = pw.CharField(max_length=26)
        record_id = pw.CharField(max_length=26)
        revision = pw.IntegerField(null=True)
        state = pw.CharField(default="", max_length=10)
        seq = pw.BigIntegerField(null=True)
        zh = pw.TextField(default="")
        en = pw.TextField(default="")

        class Meta:
            table_name = "bulk_row"
            indexes = [(("batch_id", "record_id"), True), (("batch_id", "state", "id"), False)]
