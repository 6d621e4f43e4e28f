"""Teams as a tree, with deputies; what is known of people; what changes hands when somebody leaves or a team goes."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Add the columns and the table. Every team there is stands at the top, and nobody has a deputy."""
    migrator.add_fields(
        "team",
        parent_id=pw.CharField(max_length=26, null=True, index=True),
        deputy_id=pw.CharField(max_length=26, null=True, index=True),
        retired_at=pw.DateTimeField(null=True),
    )
    migrator.add_fields(
        "users",
        title=pw.CharField(default="", max_length=80),
        phone=pw.CharField(null=True, max_length=40),
        deputy_id=pw.CharField(max_length=26, null=True, index=True),
        left_at=pw.DateTimeField(null=True),
    )

    @migrator.create_model
    class PersonnelChange(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        what = pw.CharField(max_length=12)
        user_id = pw.CharField(max_length=26, null=True, index=True)
        team_id = pw.CharField(max_length=26, null=True, index=True)
        by_id = pw.CharField(default="", max_length=26)
        by_name = pw.CharField(default="", max_length=80)
        reason = pw.CharField(default="", max_length=300)
        items = pw.TextField(default="[]")
        undone_at = pw.DateTimeField(null=True)
        undone_by = pw.CharField(default="", max_length=80)

        class Meta:
            table_name = "personnel_change"

    migrator.add_index("users", "active", "name")
