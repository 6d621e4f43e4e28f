"""Roles as records: what each may do, and with which records."""

import peewee as pw
from peewee_migrate import Migrator


def migrate(migrator: Migrator, database: pw.Database, *, fake: bool = False) -> None:
    """Create the table; a workspace gets the roles that come with Clew when its defaults are installed."""

    @migrator.create_model
    class Role(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        name = pw.CharField(max_length=40, unique=True)
        title_zh = pw.CharField(max_length=80)
        title_en = pw.CharField(default="", max_length=80)
        permissions = pw.TextField(default="[]")
        cells = pw.TextField(default="{}")
        active = pw.BooleanField(default=True)

        class Meta:
            table_name = "role"

    @migrator.create_model
    class RoleChange(pw.Model):
        id = pw.CharField(max_length=26, primary_key=True)
        revision = pw.IntegerField(default=1)
        created_at = pw.DateTimeField()
        updated_at = pw.DateTimeField()
        role = pw.CharField(max_length=40, index=True)
        title_zh = pw.CharField(max_length=80)
        title_en = pw.CharField(default="", max_length=80)
        permissions = pw.TextField(default="[]")
        cells = pw.TextField(default="{}")
        base = pw.IntegerField(default=0)
        state = pw.CharField(default="open", max_length=10, index=True)
        author_id = pw.CharField(default="", max_length=26)
        author_name = pw.CharField(default="", max_length=80)
        decided_by = pw.CharField(default="", max_length=80)
        decided_at = pw.DateTimeField(null=True)
        note = pw.CharField(default="", max_length=300)

        class Meta:
            table_name = "role_change"
